import Model

/// Stop daemons and start them again with their state.
struct RestartCommand: Command {
    static let declaration = DaemonAct.declaration(
        .restart, "stop daemons and start them again with their state",
        """
        Starts one that is at rest. With --all: every daemon that is not.
        """)

    private let act: DaemonAct

    init(_ arguments: ParsedArguments) throws(UsageError) { act = try DaemonAct(.restart, arguments) }

    func run(in context: CommandContext) async throws(HostError) -> ExitCode { try await act.run(in: context) }
}
