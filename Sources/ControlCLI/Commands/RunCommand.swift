import Model

/// Hosts a project in the foreground.
struct RunCommand: Command {
    static let declaration = CommandDeclaration(
        name: "run", summary: "host the project's daemons in the foreground",
        discussion: """
            Every script in DIR/scripts is a daemon and starts, unless it says enabled = false. The first SIGTERM or
            SIGINT stops all of them in good order, the second skips ahead; SIGHUP reads the scripts again.
            """,
        positionals: [.init(name: "DIR", doc: "the project's folder (default: the current one)", presence: .optional)])

    private let directory: String?

    init(_ arguments: ParsedArguments) { directory = arguments.positionals.first }

    func run(in context: CommandContext) async -> ExitCode {
        let options = RunOptions(
            directory: directory ?? context.folder, json: context.isJSON, quiet: context.isQuiet)
        return ExitCode(rawValue: await context.runHost(options))
    }
}
