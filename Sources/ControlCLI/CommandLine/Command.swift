import Model

/// One command of the command line. Its declaration says what it takes; `run` does it.
protocol Command: Sendable {
    static var declaration: CommandDeclaration { get }
    /// Takes over its arguments; a value that makes no sense is a usage error.
    init(_ arguments: ParsedArguments) throws(UsageError)
    func run(in context: CommandContext) async throws(HostError) -> ExitCode
}

/// What commands work with; tests put their own in.
package struct CommandContext: Sendable {
    package var output: Screen
    package var messages: Screen
    package var clock: any HostClock
    /// Hosts a project until it is stopped; the result is the exit status. Given by the executable.
    package var runHost: @Sendable (RunOptions) async -> Int32
    /// Runs the tests of a project's scripts. Given by the executable.
    package var runTests: ScriptTestRun?
    /// Tries a swap without a host. Given by the executable.
    package var rehearseSwap: SwapRehearsalRun?
    /// How long `check` lets a script take to load.
    var loadTimeout = Duration.seconds(5)
    /// What the executable was linked with, besides what this target knows of itself.
    package var libraries: [LibraryVersion] = []
    /// The folder given by `--dir`, or the current one.
    var folder = "."
    var isJSON = false
    var isQuiet = false

    package init(
        output: Screen, messages: Screen, clock: any HostClock, runHost: @escaping @Sendable (RunOptions) async -> Int32
    ) {
        self.output = output
        self.messages = messages
        self.clock = clock
        self.runHost = runHost
    }

    /// Says something that is not the result; silent with `--quiet`.
    func note(_ text: String) {
        if !isQuiet { messages.line(text) }
    }
}

/// How `lunad run` was called.
package struct RunOptions: Sendable, Hashable {
    /// The project's folder as given.
    package var directory: String
    /// The one script to host without a project, as given; nil for a project.
    package var script: String?
    /// Log lines as JSON objects instead of text.
    package var json: Bool
    /// Only warnings and errors.
    package var quiet: Bool
    /// Where to serve the API on TCP besides the socket; nil for nowhere.
    package var http: String?
    /// Changed scripts take over by themselves.
    package var watches: Bool

    package init(
        directory: String, script: String? = nil, json: Bool = false, quiet: Bool = false, http: String? = nil,
        watches: Bool = true
    ) {
        self.directory = directory
        self.script = script
        self.json = json
        self.quiet = quiet
        self.http = http
        self.watches = watches
    }
}

extension CommandContext {
    var project: ProjectFolder { ProjectFolder(path: folder) }
}
