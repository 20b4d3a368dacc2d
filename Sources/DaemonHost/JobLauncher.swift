/// Who launches a job: a daemon, a job, or nobody known.
struct JobLauncher: Sendable, Hashable {
    var daemon: String?
    var generation = 0
    /// The job that launches a child.
    var job: Int64?
}
