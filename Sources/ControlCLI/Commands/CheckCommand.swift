import LuaSyntax
import Model
import Platform

/// Looks for mistakes in scripts before anything runs.
struct CheckCommand: Command {
    static let declaration = CommandDeclaration(
        name: "check", summary: "look for mistakes in the scripts, before anything runs",
        discussion: """
            Reads every script for faults of syntax, unknown names and misused lunad functions, then loads it as the
            host would, without starting it, and checks what it declares. PATH is a script or a folder of them; by
            default the whole project: lunad.lua, scripts/ with jobs/, lib/ and tests/. Exit status 1 when an error was
            found; warnings alone do not count. With --json: an array of {file, line, column, severity, message}.
            """,
        positionals: [.init(name: "PATH", doc: "a script, or a folder of scripts", presence: .repeated)])

    private let paths: [String]

    init(_ arguments: ParsedArguments) { paths = arguments.positionals }

    func run(in context: CommandContext) async throws(HostError) -> ExitCode {
        let files = try files(of: context.project)
        let inspector = ScriptInspector(
            project: context.project, clock: context.clock, timeout: context.loadTimeout)
        var findings: [Finding] = []
        for file in files { findings += try inspector.inspect(file) }
        try show(findings, in: context)
        let errors = findings.count { $0.severity == .error }
        tell(files: files.count, errors: errors, warnings: findings.count - errors, in: context)
        return errors == 0 ? .done : .failed
    }

    private func files(of project: ProjectFolder) throws(HostError) -> [ProjectFile] {
        guard !paths.isEmpty else {
            try project.requireScripts()
            return try project.files()
        }
        var files: [ProjectFile] = []
        for path in paths { files += try project.files(at: path) }
        return files
    }

    private func show(_ findings: [Finding], in context: CommandContext) throws(HostError) {
        if context.isJSON {
            let values = findings.map(\.value)
            return context.output.line(values.isEmpty ? "[]" : try JSON.encode(.array(values)))
        }
        for finding in findings {
            let paint: Paint = finding.severity == .error ? .red : .yellow
            let place = Paint.bold.on(TerminalText.escape(finding.place), context.output)
            let severity = paint.on(finding.severity.rawValue, context.output)
            context.output.line("\(place): \(severity): \(TerminalText.escape(finding.message))")
        }
    }

    private func tell(files: Int, errors: Int, warnings: Int, in context: CommandContext) {
        let counts = "\(errors) error\(errors == 1 ? "" : "s"), \(warnings) warning\(warnings == 1 ? "" : "s")"
        context.note("\(files) file\(files == 1 ? "" : "s") checked: \(counts)")
    }
}

extension Finding {
    fileprivate var value: Value {
        [
            "file": .string(file), "line": position.map { .integer(Int64($0.line)) } ?? .null,
            "column": position.map { .integer(Int64($0.column)) } ?? .null, "severity": .string(severity.rawValue),
            "message": .string(message),
        ]
    }
}
