/// What a script says of itself in the table it returns, checked.
package struct DaemonDeclaration: Sendable, Hashable {
    package var doc: String?
    package var every: StepInterval
    /// What the script says; an operator's word wins over it.
    package var enabled: Bool
    package var config: ConfigSchema
    package var allow: Grants
    /// The state a daemon starts with when none was ever saved.
    package var initialState: Value
    package var stateVersion: Int
    package var policy: Policy
    package var swap: SwapMode
    /// Whether the host counts as ready only while this daemon runs.
    package var isCritical: Bool
    /// Which of the known hooks the table defines, by name: `on_start`, `run_step`, `on_stop`, `on_job`, `on_swap`.
    package var hooks: Set<String>

    package init(
        doc: String? = nil, every: StepInterval = .seconds(1), enabled: Bool = true, config: ConfigSchema = .init(),
        allow: Grants = .init(), initialState: Value = .emptyTable, stateVersion: Int = 1, policy: Policy = .init(),
        swap: SwapMode = .automatic, isCritical: Bool = false, hooks: Set<String> = []
    ) {
        self.doc = doc
        self.every = every
        self.enabled = enabled
        self.config = config
        self.allow = allow
        self.initialState = initialState
        self.stateVersion = stateVersion
        self.policy = policy
        self.swap = swap
        self.isCritical = isCritical
        self.hooks = hooks
    }
}

/// When the next step is due.
package enum StepInterval: Sendable, Hashable {
    /// From one due time to the next; a step that takes longer is followed at once.
    case seconds(Double)
    case cron(CronExpression)
}

/// Whether a changed file takes over a running daemon by itself.
package enum SwapMode: String, Sendable, Hashable, CaseIterable {
    case automatic = "auto"
    /// Only when asked for.
    case manual
}

/// What becomes of a daemon's unfinished jobs when it stops; when the whole host stops, they go back to the queue.
package enum JobsAtStop: String, Sendable, Hashable, CaseIterable {
    /// They go on, and report to it when it runs again.
    case leave
    /// They are cancelled once it has stopped.
    case cancel
    /// It stops once they have ended.
    case wait
}

/// What a script may touch, as written in `allow`: `$key` stands for that config key's value.
package struct Grants: Sendable, Hashable {
    package var fs: [String]
    package var exec: [String]
    package var http: [String]

    package init(fs: [String] = [], exec: [String] = [], http: [String] = []) {
        self.fs = fs
        self.exec = exec
        self.http = http
    }
}

/// The limits and delays under which a daemon runs; every one has a default.
package struct Policy: Sendable, Hashable {
    /// Failures in a row after which the daemon is `failed`.
    package var maxErrors = 5
    /// The first delay after a failure; doubles with each further one.
    package var backoffBase = Duration.seconds(1)
    package var backoffMax = Duration.seconds(60)
    /// How long loading and `on_start` may take.
    package var startTimeout = Duration.seconds(30)
    /// How long a hook may go without a sign of life: a wait, a heartbeat, its end.
    package var stepTimeout = Duration.seconds(10)
    /// From the request to stop until the daemon is interrupted.
    package var stopTimeout = Duration.seconds(10)
    /// `on_stop`'s own budget inside `stopTimeout`.
    package var stopHookTimeout = Duration.seconds(5)
    /// How long one session may hold the writer.
    package var sessionTimeout = Duration.seconds(2)
    /// How long a failed daemon waits before the host tries it again by itself.
    package var probeInterval = Duration.seconds(3_600)
    /// The cap of its Lua heap, in bytes.
    package var memory = 16 << 20
    /// Log lines a second that are kept, and how many may come at once.
    package var logRate = 50.0
    package var logBurst = 500
    /// What becomes of the daemon's unfinished jobs when it is told to stop, or ends itself.
    package var stopJobs = JobsAtStop.leave

    package init() {}
}
