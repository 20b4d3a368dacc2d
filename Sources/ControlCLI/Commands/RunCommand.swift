import Model

/// Hosts a project in the foreground.
struct RunCommand: Command {
    static let declaration = CommandDeclaration(
        name: "run", summary: "host the project's daemons, or one script, in the foreground",
        discussion: """
            Every script in DIR/scripts is a daemon and starts, unless it says enabled = false. The first SIGTERM or
            SIGINT stops all of them in good order, the second skips ahead; SIGHUP reads the scripts again.
            A path that ends in .lua is a single script, which needs no project: its database is in a temporary folder
            that is removed at the end, relative paths begin at the current folder, and lib/ and jobs/ beside the script
            are where require and launch look.
            """,
        positionals: [
            .init(
                name: "DIR", doc: "the project's folder (default: the current one), or a script", presence: .optional)
        ],
        options: [
            .init(
                long: "http", value: "ADDRESS",
                doc: "also serve the API on TCP, such as 127.0.0.1:8000, to those who show the token"),
            .init(
                long: "no-watch",
                doc: "let changed scripts take over only when asked: by 'lunad swap', or SIGHUP for all of them"),
        ])

    private let directory: String?
    private let http: String?
    private let watches: Bool

    init(_ arguments: ParsedArguments) {
        directory = arguments.positionals.first
        http = arguments.values["http"]
        watches = !arguments.has("no-watch")
    }

    func run(in context: CommandContext) async -> ExitCode {
        let options = RunOptions(
            directory: directory ?? context.folder, script: directory.flatMap { $0.hasSuffix(".lua") ? $0 : nil },
            json: context.isJSON, quiet: context.isQuiet, http: http, watches: watches)
        return ExitCode(rawValue: await context.runHost(options))
    }
}
