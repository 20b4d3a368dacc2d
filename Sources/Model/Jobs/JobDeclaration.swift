/// What a job type says of itself in the table that `scripts/jobs/TYPE.lua` returns, checked.
package struct JobDeclaration: Sendable, Hashable {
    package var doc: String?
    /// What `args` may hold; like a daemon's config.
    package var args: ConfigSchema
    /// Extra argument names are refused only when a schema was declared.
    package var hasArgsSchema: Bool
    package var allow: Grants
    /// A whole run may take this long; nil for no limit.
    package var timeout: Duration?
    /// So long without progress or another sign of life, and it is interrupted; nil for no limit of its own.
    package var progressTimeout: Duration?
    package var attempts: Int
    package var backoffBase: Duration
    package var backoffMax: Duration
    package var concurrency: Int?
    package var conflictsWith: Set<String>
    /// From the request to cancel until it is interrupted, or its program is killed.
    package var cancelTimeout: Duration
    /// The cap of its Lua heap, in bytes.
    package var memory: Int
    /// The external program that is the job; nil for a Lua job.
    package var command: JobCommand?
    /// Which of `run` and `on_cancel` the table defines.
    package var hooks: Set<String>

    package init() {
        args = ConfigSchema()
        hasArgsSchema = false
        allow = Grants()
        timeout = .seconds(900)
        attempts = 20
        backoffBase = .seconds(15)
        backoffMax = .seconds(3_600)
        conflictsWith = []
        cancelTimeout = .seconds(10)
        memory = 16 << 20
        hooks = []
    }
}

/// A declared external program: an argument vector, never a shell line. `{name}` in a part stands for that argument's
/// value, as text, inside that part; it is never split again.
package struct JobCommand: Sendable, Hashable {
    package var argv: [String]
    package var environment: [Value.Field]
    package var folder: String?
    /// What it reads on standard input, with placeholders; nil for an empty input.
    package var stdin: String?
    /// How much of each output is kept, in bytes; the middle is left out past it.
    package var outputLimit: Int

    package init(argv: [String]) {
        self.argv = argv
        environment = []
        outputLimit = 1 << 20
    }
}
