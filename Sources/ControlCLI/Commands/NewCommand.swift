import Model
import Platform

/// Lays out a project, or adds a daemon to one.
struct NewCommand: Command {
    static let declaration = CommandDeclaration(
        name: "new", summary: "lay out a project, or add a daemon to one",
        discussion: """
            new project NAME makes the folder NAME with settings and a first daemon.
            new daemon NAME makes scripts/NAME.lua in the project, a commented starting point.
            """,
        positionals: [
            .init(name: "KIND", doc: "project or daemon"),
            .init(name: "NAME", doc: "the folder of the project, or the daemon's name"),
        ])

    private enum Kind: String, CaseIterable {
        case project
        case daemon
    }

    private let kind: Kind
    private let name: String

    init(_ arguments: ParsedArguments) throws(UsageError) {
        let word = arguments.positionals[0]
        guard let kind = Kind(rawValue: word) else {
            let kinds = Kind.allCases.map(\.rawValue)
            let hint = DidYouMean.closest(to: word, in: kinds).map { "did you mean '\($0)'?" }
            throw UsageError("cannot make a new '\(word)'; \(hint ?? "it is project or daemon")", command: "new")
        }
        self.kind = kind
        name = arguments.positionals[1]
    }

    func run(in context: CommandContext) throws(HostError) -> ExitCode {
        switch kind {
        case .project: try makeProject(in: context)
        case .daemon: try makeDaemon(in: context)
        }
        return .done
    }

    private func makeProject(in context: CommandContext) throws(HostError) {
        let folder = name.hasPrefix("/") || context.folder == "." ? name : "\(context.folder)/\(name)"
        let project = ProjectFolder(path: folder)
        if let facts = try Files.facts(of: folder) {
            guard facts.kind == .directory, try Files.list(folder).isEmpty else {
                throw HostError(.conflict, "\(folder) exists already; a new project needs a new or empty folder")
            }
        }
        for path in [folder, project.scripts, project.libraries, project.migrations] { try Files.makeFolder(path) }
        let files = ProjectTemplate.files(name: String(name.split(separator: "/").last ?? "project"))
        for (path, text) in files { try Files.write(Array(text.utf8), to: "\(folder)/\(path)") }
        context.output.line("Made \(folder):")
        for (path, _) in files { context.output.line("  \(path)") }
        context.output.line("Run it: lunad run \(folder)")
    }

    private func makeDaemon(in context: CommandContext) throws(HostError) {
        let project = context.project
        try project.requireScripts()
        guard ScriptCatalog.isValid(name: name) else {
            throw HostError(
                .invalidArgument,
                "'\(name)' cannot name a daemon: letters, digits, '_', '-' and '.', at most 100, no leading '.'")
        }
        let path = "\(project.scripts)/\(name).lua"
        guard try Files.facts(of: path) == nil else { throw HostError(.conflict, "\(path) exists already") }
        try Files.write(Array(DaemonTemplate.text(name: name).utf8), to: path)
        context.output.line("Made \(path).")
        context.output.line("A host that is running here starts it at once; else: lunad run")
    }
}
