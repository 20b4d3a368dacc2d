import Model

/// Stops an instance and forgets it.
struct RemoveCommand: Command {
    static let declaration = CommandDeclaration(
        name: "remove", summary: "stop a daemon that was added and forget it, with its state and config",
        discussion: """
            Its log and history stay. The instance that a script has by itself cannot be removed: delete the script, or
            disable the daemon.
            """,
        positionals: [.init(name: "NAME", doc: "the daemon")])

    private let name: String

    init(_ arguments: ParsedArguments) { name = arguments.positionals[0] }

    func run(in context: CommandContext) async throws(HostError) -> ExitCode {
        _ = try await ControlClient(context.project).call(.delete, ["api", "daemons", name])
        if context.isJSON {
            context.output.line(try JSON.encode(["removed": .string(name)]))
        } else {
            context.output.line("Removed \(name)")
        }
        return .done
    }
}
