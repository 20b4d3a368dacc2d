import Model

/// Answers the shells' scripts: what the last word of a command line may be.
struct CompleteCommand: Command {
    static let declaration = CommandDeclaration(
        name: "complete", summary: "say what the last word of a command line may be",
        positionals: [
            .init(name: "WORD", doc: "the words after the program's name", presence: .repeated, completion: .nothing)
        ], isHidden: true)

    private let words: [String]

    init(_ arguments: ParsedArguments) { words = arguments.positionals }

    func run(in context: CommandContext) -> ExitCode {
        let commands = CommandLineTool.shownCommands.map { $0.declaration }
        let question = CompletionQuestion(words, commands: commands)
        context.output.write(CompletionAnswer(question, commands: commands, context: context).text)
        return .done
    }
}
