import Model

/// Shows the list of commands, or what one of them takes.
struct HelpCommand: Command {
    static let declaration = CommandDeclaration(
        name: "help", summary: "show what the commands do",
        positionals: [.init(name: "COMMAND", doc: "the command to explain", presence: .optional)])

    private let command: (any Command.Type)?

    init(_ arguments: ParsedArguments) throws(UsageError) {
        guard let name = arguments.positionals.first else {
            command = nil
            return
        }
        command = try CommandLineTool.command(named: name)
    }

    func run(in context: CommandContext) -> ExitCode {
        let page = command.map { HelpText.command($0.declaration) } ?? HelpText.overview(CommandLineTool.commands)
        context.output.write(page)
        return .done
    }
}
