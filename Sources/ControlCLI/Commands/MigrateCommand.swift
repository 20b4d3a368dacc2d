import Model
import Platform
import SQLiteStore

/// Brings the project's database up to date without hosting anything.
struct MigrateCommand: Command {
    static let declaration = CommandDeclaration(
        name: "migrate", summary: "bring the project's database up to date",
        discussion: """
            Applies what is missing of the host's own schema and of DIR/Migrations/*.sql, in the order of their names.
            'lunad run' does the same when it starts. Refused while a host is running here.
            """,
        positionals: [.init(name: "DIR", doc: "the project's folder (default: the current one)", presence: .optional)])

    private let directory: String?

    init(_ arguments: ParsedArguments) { directory = arguments.positionals.first }

    func run(in context: CommandContext) throws(HostError) -> ExitCode {
        let project = ProjectFolder(path: directory ?? context.folder)
        try project.requireScripts()
        try Files.makeFolder(project.runtime)
        let lock = try ProjectLock.acquire(project.lock, bootID: BootID.make())
        let applied = try SQLiteStore.migrate(
            path: project.database, projectMigrations: project.migrations, clock: context.clock)
        withExtendedLifetime(lock) {}
        if context.isJSON {
            let names = applied.map { Value.string($0.name) }
            context.output.line(names.isEmpty ? "[]" : try JSON.encode(.array(names)))
        } else if applied.isEmpty {
            context.output.line("\(project.database) is up to date.")
        } else {
            for migration in applied { context.output.line("applied \(migration.origin) \(migration.name)") }
        }
        return .done
    }
}
