import Model

/// Stop daemons.
struct StopCommand: Command {
    static let declaration = DaemonAct.declaration(
        .stop, "stop daemons",
        """
        Each ends its step, runs on_stop and stops; one that does not is interrupted when its stop_timeout is over. A stopped
        daemon starts again with the host, unless it is disabled.
        """)

    private let act: DaemonAct

    init(_ arguments: ParsedArguments) throws(UsageError) { act = try DaemonAct(.stop, arguments) }

    func run(in context: CommandContext) async throws(HostError) -> ExitCode { try await act.run(in: context) }
}
