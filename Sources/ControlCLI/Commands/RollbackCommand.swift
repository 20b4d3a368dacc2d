import Model
import Platform

/// Goes back to an earlier version of a daemon.
struct RollbackCommand: Command {
    static let declaration = CommandDeclaration(
        name: "rollback", summary: "go back to an earlier version of a daemon",
        discussion: """
            The version takes over as in a swap, with the state as it is now; when it declares another state_version, with the
            state that it left. It stays, also when the host restarts, until the script on disk changes.
            """,
        positionals: [.init(name: "NAME", doc: "the daemon")],
        options: [
            .init(long: "to", value: "GENERATION", doc: "which, of 'lunad versions' (default: the one that ran before)")
        ])

    private let name: String
    private let generation: Int?

    init(_ arguments: ParsedArguments) throws(UsageError) {
        name = arguments.positionals[0]
        generation = try arguments.values["to"].map { (text) throws(UsageError) in
            guard let number = Int(text), number > 0 else {
                throw UsageError("'\(text)' is no generation: that is a number from 1", command: "rollback")
            }
            return number
        }
    }

    func run(in context: CommandContext) async throws(HostError) -> ExitCode {
        let client = try ControlClient(context.project)
        let before = try await client.call(.get, ["api", "daemons", name])
        let body = generation.map { Value.object([.init("generation", .integer(Int64($0)))]) } ?? .emptyTable
        let answer = try await client.call(.post, ["api", "daemons", name, "rollback"], body: body)
        if context.isJSON {
            context.output.line(try JSON.encode(answer, style: .typed))
        } else {
            SwapReport.show(name, answer, isDone: answer["generation"] != before["generation"], in: context)
        }
        return .done
    }
}
