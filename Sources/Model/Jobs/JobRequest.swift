/// What is asked for when a job is launched.
package struct JobRequest: Sendable, Hashable {
    /// What happens when a job of the same type and unique key is not finished yet.
    package enum Conflict: String, Sendable, Hashable, CaseIterable {
        /// The existing job is returned.
        case existing
        /// The existing job, when still pending, gets the new arguments and time; a running one is returned.
        case replace
        /// The launch is refused.
        case refuse
    }

    package var type: String
    package var args: Value
    package var priority: Int
    /// Not before this; nil for at once.
    package var runAt: WallTime?
    package var maxAttempts: Int
    package var uniqueKey: String?
    package var onConflict: Conflict
    package var tags: [String]
    package var parent: Int64?
    package var daemon: String?
    package var generation: Int
    /// The daemon hears of its end through `on_job`.
    package var isMonitored: Bool
    /// The schedule that launches it.
    package var schedule: String?

    package init(
        type: String, args: Value = .emptyTable, priority: Int = 0, runAt: WallTime? = nil, maxAttempts: Int = 20,
        uniqueKey: String? = nil, onConflict: Conflict = .existing, tags: [String] = [], parent: Int64? = nil,
        daemon: String? = nil, generation: Int = 0, isMonitored: Bool = false, schedule: String? = nil
    ) {
        self.type = type
        self.args = args
        self.priority = priority
        self.runAt = runAt
        self.maxAttempts = maxAttempts
        self.uniqueKey = uniqueKey
        self.onConflict = onConflict
        self.tags = tags
        self.parent = parent
        self.daemon = daemon
        self.generation = generation
        self.isMonitored = isMonitored
        self.schedule = schedule
    }
}

/// What came of a launch.
package struct JobLaunch: Sendable, Hashable {
    package var id: Int64
    /// False when an unfinished job with the same unique key stands for it.
    package var isNew: Bool

    package init(id: Int64, isNew: Bool) {
        self.id = id
        self.isNew = isNew
    }
}
