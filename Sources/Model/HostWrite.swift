/// One thing that the host writes down. A list of them is applied in order, in one transaction, all or none.
package enum HostWrite: Sendable {
    /// Inserts the daemon if its name is new; else updates only `type`, and `enabled` unless an operator decided it.
    case registerDaemon(name: String, type: String, enabled: Bool)
    /// The operator's word on `enabled`; it wins over the script's from now on.
    case setEnabled(name: String, enabled: Bool)
    /// The whole live record except `type`, `enabled` and `enabledByOperator`.
    case daemonStatus(DaemonRecord)
    /// Signs of life and step counters, once a second for all daemons together.
    case heartbeats([Heartbeat])
    /// The daemon's `state`; replaces the one before.
    case saveState(daemon: String, state: Value, version: Int)
    /// One config key; nil unsets it. Leaves every other key alone.
    case setConfig(daemon: String, key: String, value: Value?)
    case logs([LogEntry])
    case activity(Activity)
    /// Counts a failure under its fingerprint: one row a distinct failure and daemon. A resolved one is reopened.
    case error(ErrorReport)
    /// This daemon's unresolved failures are taken care of: those of that fingerprint, or all. One that comes again is
    /// unresolved again, and counted on.
    case resolveErrors(daemon: String, fingerprint: String? = nil, at: WallTime)
    /// The daemon and what only it has: state and config. Its history stays.
    case removeDaemon(name: String)
    /// The alert as it is now, new or not.
    case alert(Alert)
    case version(VersionWrite)
    /// A run of the host begins; one without a later `bootStopped` was killed.
    case bootStarted(Boot)
    case bootStopped(id: String, at: WallTime)
    /// The daemon has been told of the job's end: in the transaction that keeps what `on_job` changed.
    case monitorDelivered(job: Int64, daemon: String)
    /// All that the job's command has written so far, the middle left out past its bound; replaces what was kept.
    case jobOutput(job: Int64, out: [UInt8], err: [UInt8])

    /// One run of the host.
    package struct Boot: Sendable, Hashable {
        package var id: String
        package var pid: Int
        package var version: String
        package var startedAt: WallTime

        package init(id: String, pid: Int, version: String, startedAt: WallTime) {
            self.id = id
            self.pid = pid
            self.version = version
            self.startedAt = startedAt
        }
    }

    package struct Heartbeat: Sendable, Hashable {
        package var daemon: String
        package var lastHeartbeat: WallTime
        package var lastSuccess: WallTime?
        package var nextStepAt: WallTime?
        package var steps: Int64
        package var memoryBytes: Int64
        package var activity: String?
        package var progress: Double?
        package var runningJobs: Int

        package init(
            daemon: String, lastHeartbeat: WallTime, lastSuccess: WallTime?, nextStepAt: WallTime?, steps: Int64,
            memoryBytes: Int64, activity: String?, progress: Double?, runningJobs: Int = 0
        ) {
            self.daemon = daemon
            self.lastHeartbeat = lastHeartbeat
            self.lastSuccess = lastSuccess
            self.nextStepAt = nextStepAt
            self.steps = steps
            self.memoryBytes = memoryBytes
            self.activity = activity
            self.progress = progress
            self.runningJobs = runningJobs
        }
    }
}

/// One line of what happened to a daemon: a status change, a swap, a config edit.
package struct Activity: Sendable, Hashable {
    /// Its place in the record; nil for one that has none yet.
    package var id: Int64?
    package var at: WallTime
    package var daemon: String?
    /// A short stable word: `status`, `config`, `state`, `host`.
    package var kind: String
    package var message: String
    package var details: Value?

    package init(at: WallTime, daemon: String?, kind: String, message: String, details: Value? = nil) {
        self.at = at
        self.daemon = daemon
        self.kind = kind
        self.message = message
        self.details = details
    }
}

/// A failure to be counted with its like.
package struct ErrorReport: Sendable, Hashable {
    package var at: WallTime
    package var daemon: String
    /// `load`, `config`, `runtime`, `limit`, `timeout`; `logged` for a line that the script wrote as an error.
    package var kind: String
    package var message: String
    package var traceback: String?
    package var file: String?
    package var line: Int?
    /// The same for failures that differ only in numbers.
    package var fingerprint: String
    package var generation: Int
    package var codeHash: String

    package init(
        at: WallTime, daemon: String, kind: String, message: String, traceback: String?, file: String?, line: Int?,
        fingerprint: String, generation: Int, codeHash: String
    ) {
        self.at = at
        self.daemon = daemon
        self.kind = kind
        self.message = message
        self.traceback = traceback
        self.file = file
        self.line = line
        self.fingerprint = fingerprint
        self.generation = generation
        self.codeHash = codeHash
    }
}
