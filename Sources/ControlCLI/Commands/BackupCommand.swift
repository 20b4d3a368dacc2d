import Model
import SQLiteStore

/// Copies the project's database, also while a host writes it.
struct BackupCommand: Command {
    static let declaration = CommandDeclaration(
        name: "backup", summary: "copy the database into a file, also while a host is running",
        discussion: """
            The copy is one moment's: everything that was acknowledged before it, nothing by halves. A file that exists
            is never overwritten. To go back to it, stop the host and put the copy in the place of var/lunad.db.
            """,
        positionals: [.init(name: "FILE", doc: "where to put the copy")])

    private let file: String

    init(_ arguments: ParsedArguments) { file = arguments.positionals[0] }

    func run(in context: CommandContext) throws(HostError) -> ExitCode {
        let view = try HostView(context.project, clock: context.clock)
        defer { view.store.close() }
        let bytes = try view.store.backup(to: file)
        if context.isJSON {
            context.output.line(try JSON.encode(["file": .string(file), "bytes": .integer(bytes)]))
        } else {
            context.output.line("Copied \(context.project.database) to \(file): \(Int(bytes).grouped) bytes")
        }
        return .done
    }
}
