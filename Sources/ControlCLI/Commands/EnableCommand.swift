import Model

/// Let daemons start with the host.
struct EnableCommand: Command {
    static let declaration = DaemonAct.declaration(
        .enable, "let daemons start with the host",
        """
        Changes that alone: start starts one now.
        """)

    private let act: DaemonAct

    init(_ arguments: ParsedArguments) throws(UsageError) { act = try DaemonAct(.enable, arguments) }

    func run(in context: CommandContext) async throws(HostError) -> ExitCode { try await act.run(in: context) }
}
