import Model

/// Shows the list of commands, or what one of them takes.
struct HelpCommand: Command {
    static let declaration = CommandDeclaration(
        name: "help", summary: "show what the commands do",
        positionals: [.init(name: "COMMAND", doc: "the command to explain", presence: .optional)],
        options: [.init(long: "man", doc: "the manual page lunad(1) instead, for man or groff")])

    private let command: (any Command.Type)?
    private let isManual: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        isManual = arguments.has("man")
        guard let name = arguments.positionals.first else {
            command = nil
            return
        }
        command = try CommandLineTool.command(named: name)
    }

    func run(in context: CommandContext) -> ExitCode {
        if isManual {
            context.output.write(ManualPage.text(CommandLineTool.shownCommands))
            return .done
        }
        let page = command.map { HelpText.command($0.declaration) } ?? HelpText.overview(CommandLineTool.shownCommands)
        context.output.write(page)
        return .done
    }
}
