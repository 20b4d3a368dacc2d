import Model

/// Start daemons that are at rest.
struct StartCommand: Command {
    static let declaration = DaemonAct.declaration(
        .start, "start daemons that are at rest",
        """
        Waits until each runs or has failed. A daemon that is disabled, or whose script says enabled = false, is started too.
        With --all: every daemon that is enabled.
        """)

    private let act: DaemonAct

    init(_ arguments: ParsedArguments) throws(UsageError) { act = try DaemonAct(.start, arguments) }

    func run(in context: CommandContext) async throws(HostError) -> ExitCode { try await act.run(in: context) }
}
