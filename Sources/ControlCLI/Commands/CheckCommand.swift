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
            default the whole project: lunad.lua, scripts/ with jobs/, lib/ and tests/. Exit status 1 when an error
            was found; warnings and notes alone do not count.
            The comment '-- lunad: ignore' silences its line (the next one when it stands alone), '-- lunad: ignore CODE'
            only that kind of finding; the code stands in brackets behind each. What scripts/lib/ holds of others is left
            out when it is a link that leads out of the project, or when lunad.lua says
            check = { skip = { "scripts/lib/pl" } }.
            With --json: an array of {file, line, column, severity, code, message}.
            """,
        positionals: [.init(name: "PATH", doc: "a script, or a folder of scripts", presence: .repeated)])

    private let paths: [String]

    init(_ arguments: ParsedArguments) { paths = arguments.positionals }

    func run(in context: CommandContext) async throws(HostError) -> ExitCode {
        let files = try files(of: context.project, in: context)
        let inspector = try ScriptInspector(
            project: context.project, clock: context.clock, timeout: context.loadTimeout)
        var findings: [Finding] = []
        for file in files { findings += try inspector.inspect(file) }
        try show(findings, of: files, in: context)
        let errors = findings.count { $0.severity == .error }
        let warnings = findings.count { $0.severity == .warning }
        let notes = findings.count - errors - warnings
        tell(files: files.count, errors: errors, warnings: warnings, notes: notes, in: context)
        return errors == 0 ? .done : .failed
    }

    private func files(of project: ProjectFolder, in context: CommandContext) throws(HostError) -> [ProjectFile] {
        guard !paths.isEmpty else {
            try project.requireScripts()
            let foreign = ForeignFiles(of: project, clock: context.clock, timeout: context.loadTimeout)
            return try project.files().filter { !foreign.contains($0) }
        }
        var files: [ProjectFile] = []
        for path in paths { files += try project.files(at: path) }
        return files
    }

    private func show(
        _ findings: [Finding], of files: [ProjectFile], in context: CommandContext
    ) throws(HostError) {
        if context.isJSON {
            let values = findings.map(\.value)
            return context.output.line(values.isEmpty ? "[]" : try JSON.encode(.array(values)))
        }
        let paths = Dictionary(files.map { ($0.name, $0.path) }) { first, _ in first }
        var excerpts = SourceExcerpts()
        for finding in findings {
            let paint = finding.severity.paint
            let place = Paint.bold.on(TerminalText.escape(finding.place), context.output)
            let severity = paint.on(finding.severity.rawValue, context.output)
            let code = Paint.dim.on("[\(finding.code.rawValue)]", context.output)
            context.output.line("\(place): \(severity): \(TerminalText.escape(finding.message)) \(code)")
            guard let width = context.output.width, let position = finding.position, let path = paths[finding.file],
                let excerpt = excerpts.excerpt(of: path, at: position, width: width)
            else { continue }
            context.output.line("    \(excerpt.line)\n    \(excerpt.indent)\(paint.on("^", context.output))")
        }
    }

    private func tell(files: Int, errors: Int, warnings: Int, notes: Int, in context: CommandContext) {
        var counts = "\(errors) error\(errors == 1 ? "" : "s"), \(warnings) warning\(warnings == 1 ? "" : "s")"
        if notes > 0 { counts += ", \(notes) note\(notes == 1 ? "" : "s")" }
        context.note("\(files) file\(files == 1 ? "" : "s") checked: \(counts)")
    }
}

extension Finding {
    fileprivate var value: Value {
        [
            "file": .string(file), "line": position.map { .integer(Int64($0.line)) } ?? .null,
            "column": position.map { .integer(Int64($0.column)) } ?? .null, "severity": .string(severity.rawValue),
            "code": .string(code.rawValue), "message": .string(message),
        ]
    }
}

extension Finding.Severity {
    fileprivate var paint: Paint {
        switch self {
        case .error: .red
        case .warning: .yellow
        case .note: .dim
        }
    }
}
