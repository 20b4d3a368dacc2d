/// How many unfinished jobs of one type have one status.
package struct JobBacklog: Sendable, Hashable {
    package var type: String
    package var status: JobStatus
    package var count: Int
    /// Of pending jobs: when the first of them could have run, or will.
    package var oldestDue: WallTime?

    package init(type: String, status: JobStatus, count: Int, oldestDue: WallTime? = nil) {
        self.type = type
        self.status = status
        self.count = count
        self.oldestDue = oldestDue
    }
}
