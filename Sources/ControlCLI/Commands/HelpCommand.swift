import Model

/// Shows the list of commands, what one of them takes, or the reference of the Lua API.
struct HelpCommand: Command {
    static let declaration = CommandDeclaration(
        name: "help", summary: "show what the commands do, or what scripts can call (help api)",
        discussion: """
            help COMMAND explains a command. help api shows all that a script returns, calls and is given; help api NAME
            one entry of that, such as jobs.launch, db:query, on_job, policy or policy.memory.
            """,
        positionals: [
            .init(name: "COMMAND", doc: "the command to explain, or api", presence: .optional),
            .init(name: "NAME", doc: "after api: the entry to show", presence: .optional, completion: .nothing),
        ],
        options: [
            .init(long: "man", doc: "the manual page lunad(1) instead, for man or groff"),
            .init(long: "markdown", doc: "with api: the whole reference as a Markdown page"),
        ])

    private enum Topic {
        case overview
        case manual
        case command(any Command.Type)
        case api
        case apiPage
        case entry(ReferenceEntry)
    }

    private let topic: Topic

    init(_ arguments: ParsedArguments) throws(UsageError) {
        topic = arguments.has("man") ? .manual : try Self.topic(arguments)
    }

    private static func topic(_ arguments: ParsedArguments) throws(UsageError) -> Topic {
        let words = arguments.positionals
        guard let name = words.first else { return .overview }
        if name == "api" {
            if arguments.has("markdown") { return .apiPage }
            return words.count > 1 ? .entry(try ReferenceEntry.find(words[1])) : .api
        }
        guard words.count == 1 else { throw UsageError("'\(words[1])' is one argument too many", command: "help") }
        return .command(try CommandLineTool.command(named: name))
    }

    func run(in context: CommandContext) -> ExitCode {
        let screen = context.output
        switch topic {
        case .overview: screen.write(HelpText.overview(CommandLineTool.shownCommands))
        case .manual: screen.write(ManualPage.text(CommandLineTool.shownCommands))
        case .command(let command): screen.write(HelpText.command(command.declaration))
        case .api: Pager.show(ReferencePage(for: screen).text(), on: screen)
        case .apiPage: screen.write(ReferenceMarkdown.text())
        case .entry(let entry): screen.write(ReferencePage(for: screen).text(of: entry))
        }
        return .done
    }
}
