import Model

/// What is to be run: an argument vector, never a shell line, and the surroundings it gets.
package struct ProcessSpec: Sendable, Hashable {
    /// Variables that a program gets from the host unless `inherits` says otherwise.
    package static let usualVariables = ["PATH", "HOME", "LANG", "TZ"]
    /// The most that may be kept of each output, in bytes.
    package static let largestOutput = 64 << 20

    /// The program and its arguments. A program without a slash is looked for in the `PATH` that it gets itself; one
    /// with a slash that does not begin with it is meant from `folder`.
    package var argv: [String]
    /// Set on top of what is inherited.
    package var environment: [String: String]
    /// The names of the host's variables that are passed on, where they are set.
    package var inherits: [String]
    /// Where it runs; nil for the host's own working folder.
    package var folder: String?
    /// All that it can read from standard input; then comes the end.
    package var stdin: [UInt8]
    /// How much of each output is kept, in bytes: half from the beginning, half from the end.
    package var outputLimit: Int
    /// So long after its start it is ended; nil for no limit.
    package var timeout: Duration?
    /// From the SIGTERM at the timeout to SIGKILL.
    package var grace: Duration
    /// The id of the job that it is, set as `LUNAD_JOB` in its environment.
    package var job: String?

    package init(
        _ argv: [String], environment: [String: String] = [:], inherits: [String] = usualVariables,
        folder: String? = nil, stdin: [UInt8] = [], outputLimit: Int = 1 << 20, timeout: Duration? = nil,
        grace: Duration = .seconds(5), job: String? = nil
    ) {
        self.argv = argv
        self.environment = environment
        self.inherits = inherits
        self.folder = folder
        self.stdin = stdin
        self.outputLimit = outputLimit
        self.timeout = timeout
        self.grace = grace
        self.job = job
    }

    /// How messages call the program.
    var name: String { Value.string(argv.first ?? "").shown() }

    /// Throws `invalidArgument` for what can never be run.
    func check() throws(HostError) {
        guard let program = argv.first, !program.isEmpty else {
            throw HostError(.invalidArgument, "nothing to run: the first argument is the program, and it is missing")
        }
        if let index = argv.firstIndex(where: { $0.utf8.contains(0) }) {
            throw refusal(index == 0 ? "its name holds a NUL byte" : "argument \(index) holds a NUL byte")
        }
        if folder?.utf8.contains(0) == true { throw refusal("its folder's path holds a NUL byte") }
        if job?.utf8.contains(0) == true { throw refusal("its job's id holds a NUL byte") }
        for (name, value) in environment {
            guard !name.isEmpty, !name.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "=") }) else {
                let shown = Value.string(name).shown()
                throw refusal("\(shown) is no name for a variable: expected text without = and NUL")
            }
            guard !value.utf8.contains(0) else { throw refusal("the variable \(name) holds a NUL byte") }
        }
        guard (0...Self.largestOutput).contains(outputLimit) else {
            throw refusal("its output limit has to lie between 0 and \(MemorySize.shown(Self.largestOutput))")
        }
    }

    private func refusal(_ reason: String) -> HostError {
        HostError(.invalidArgument, "cannot run \(name): \(reason)")
    }
}
