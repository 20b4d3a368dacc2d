/// A daemon as the database keeps it and as `status --json` shows it.
package struct DaemonRecord: Sendable, Hashable {
    package var name: String
    /// The script it is an instance of: `scripts/TYPE.lua`.
    package var type: String
    package var status: DaemonStatus
    /// Why it has this status.
    package var reason: String
    package var statusSince: WallTime?
    package var enabled: Bool
    /// Whether an operator decided `enabled`; else the script's own word stands.
    package var enabledByOperator: Bool
    /// Whether its script, when it was last loaded, said that the host is only ready while it runs.
    package var isCritical: Bool
    package var generation: Int
    package var codeHash: String
    /// The hash of the script on disk that is not loaded while it has it; empty for none.
    package var passedOver: String
    package var startedAt: WallTime?
    package var lastHeartbeat: WallTime?
    package var lastSuccess: WallTime?
    package var nextStepAt: WallTime?
    package var steps: Int64
    package var errors: Int64
    package var consecutiveErrors: Int
    package var restarts: Int64
    package var memoryBytes: Int64
    /// What it says it is doing now.
    package var activity: String?
    /// 0…1, when the script tells.
    package var progress: Double?
    package var runningJobs: Int
    /// The last failure's message and traceback, while it explains the status.
    package var error: String?
    package var traceback: String?

    package init(name: String, type: String) {
        self.name = name
        self.type = type
        status = .stopped
        reason = "never started"
        enabled = true
        enabledByOperator = false
        isCritical = false
        generation = 0
        codeHash = ""
        passedOver = ""
        steps = 0
        errors = 0
        consecutiveErrors = 0
        restarts = 0
        memoryBytes = 0
        runningJobs = 0
    }
}
