/// A job as the database keeps it.
package struct JobRecord: Sendable, Hashable {
    package var id: Int64
    /// `scripts/jobs/TYPE.lua`.
    package var type: String
    package var status: JobStatus
    /// Why it has this status, when there is more to say than the status: `poison`, `timed out after 60 s`, …
    package var reason: String?
    package var args: Value
    package var result: Value?
    /// The last attempt's error.
    package var error: String?
    /// How much is done of how much, as the job last said.
    package var done: Double?
    package var total: Double?
    package var message: String?
    /// How many attempts have begun and counted; 1 while the first runs.
    package var attempt: Int
    package var maxAttempts: Int
    /// How often it ended without an outcome because its host was killed.
    package var kills: Int
    /// Higher goes first.
    package var priority: Int
    package var runAt: WallTime
    package var createdAt: WallTime
    package var startedAt: WallTime?
    package var finishedAt: WallTime?
    /// The daemon that launched it, and the generation of its code.
    package var daemon: String?
    package var generation: Int
    package var parent: Int64?
    /// The schedule that launched it.
    package var schedule: String?
    package var tags: [String]
    package var uniqueKey: String?
    /// Who runs it: the host's boot id and a counter. Nobody else may finish it.
    package var claim: String?
    /// What it asked to be given back on its next attempt.
    package var checkpoint: Value?
    /// It waits for its children, without a worker.
    package var isParked: Bool
    /// The external program that runs for it now.
    package var pid: Int32?

    package init(id: Int64, type: String, args: Value, createdAt: WallTime) {
        self.id = id
        self.type = type
        self.args = args
        self.createdAt = createdAt
        status = .pending
        attempt = 0
        maxAttempts = 20
        kills = 0
        priority = 0
        runAt = createdAt
        generation = 0
        tags = []
        isParked = false
    }

    /// 0…1, when the job tells.
    package var progress: Double? {
        guard let done, let total, total > 0 else { return nil }
        return min(max(done / total, 0), 1)
    }
}
