import Model

/// Let daemons no longer start with the host.
struct DisableCommand: Command {
    static let declaration = DaemonAct.declaration(
        .disable, "let daemons no longer start with the host",
        """
        Changes that alone: stop stops one now.
        """)

    private let act: DaemonAct

    init(_ arguments: ParsedArguments) throws(UsageError) { act = try DaemonAct(.disable, arguments) }

    func run(in context: CommandContext) async throws(HostError) -> ExitCode { try await act.run(in: context) }
}
