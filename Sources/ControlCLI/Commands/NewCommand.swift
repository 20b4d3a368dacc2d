import Model
import Platform

/// Lays out a project, or adds a daemon or a job type to one.
struct NewCommand: Command {
    static let declaration = CommandDeclaration(
        name: "new", summary: "lay out a project, or add a daemon or a job type to one",
        discussion: """
            new project NAME makes the folder NAME with settings, a first daemon and its test.
            new daemon NAME makes scripts/NAME.lua in the project, a commented starting point, and its test.
            new job NAME makes scripts/jobs/NAME.lua in the project, likewise.
            """,
        positionals: [
            .init(name: "KIND", doc: "project, daemon or job", completion: .words(["project", "daemon", "job"])),
            .init(
                name: "NAME", doc: "the folder of the project, or the name of the daemon or job type",
                completion: .byAction(["project": .folders])),
        ])

    private enum Kind: String, CaseIterable {
        case project
        case daemon
        case job
    }

    private let kind: Kind
    private let name: String

    init(_ arguments: ParsedArguments) throws(UsageError) {
        let word = arguments.positionals[0]
        guard let kind = Kind(rawValue: word) else {
            let kinds = Kind.allCases.map(\.rawValue)
            let hint = DidYouMean.closest(to: word, in: kinds).map { "did you mean '\($0)'?" }
            throw UsageError("cannot make a new '\(word)'; \(hint ?? "it is project, daemon or job")", command: "new")
        }
        self.kind = kind
        name = arguments.positionals[1]
    }

    func run(in context: CommandContext) throws(HostError) -> ExitCode {
        switch kind {
        case .project: try makeProject(in: context)
        case .daemon: try makeDaemon(in: context)
        case .job: try makeJob(in: context)
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
        for path in [folder, project.scripts, project.jobs, project.libraries, project.tests, project.migrations] {
            try Files.makeFolder(path)
        }
        let files = ProjectTemplate.files(name: String(name.split(separator: "/").last ?? "project"))
        for (path, text) in files { try Files.write(Array(text.utf8), to: "\(folder)/\(path)") }
        context.output.line("Made \(folder):")
        for (path, _) in files { context.output.line("  \(path)") }
        context.output.line("Run it: lunad run \(folder)")
    }

    private func makeDaemon(in context: CommandContext) throws(HostError) {
        let path = "\(context.project.scripts)/\(name).lua"
        try add(DaemonTemplate.text(name: name), at: path, for: "a daemon", in: context)
        try addTest(TestTemplate.daemon(name: name), in: context)
        context.output.line("A host that is running here starts it at once; else: lunad run")
    }

    private func makeJob(in context: CommandContext) throws(HostError) {
        let path = "\(context.project.jobs)/\(name).lua"
        try add(JobTemplate.text(name: name), at: path, for: "a job type", in: context)
        try addTest(TestTemplate.job(name: name), in: context)
        context.output.line("A host that is running here knows it at once: lunad jobs run \(name) --wait")
    }

    /// Writes the test of a new script, unless there is one of that name already.
    private func addTest(_ text: String, in context: CommandContext) throws(HostError) {
        let path = "\(context.project.tests)/\(name)\(ScriptTestOptions.ending)"
        guard try Files.facts(of: path) == nil else { return }
        try Files.makeFolder(context.project.tests)
        try Files.write(Array(text.utf8), to: path)
        context.output.line("Made \(path): lunad test")
    }

    /// Writes a new script into the project; `owner` is what bears its name.
    private func add(
        _ text: String, at path: String, for owner: String, in context: CommandContext
    ) throws(HostError) {
        try context.project.requireScripts()
        guard ScriptCatalog.isValid(name: name) else {
            throw HostError(
                .invalidArgument,
                "'\(name)' cannot name \(owner): letters, digits, '_', '-' and '.', at most 100, no leading '.'")
        }
        guard try Files.facts(of: path) == nil else { throw HostError(.conflict, "\(path) exists already") }
        try Files.makeFolder(String(path.dropLast(name.utf8.count + "/.lua".utf8.count)))
        try Files.write(Array(text.utf8), to: path)
        context.output.line("Made \(path).")
    }
}
