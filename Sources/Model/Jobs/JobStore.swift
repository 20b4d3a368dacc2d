/// The port to the durable queue. `Store`'s rules hold here too: acknowledged means fsynced, `done` is called exactly
/// once on a thread of the store's, reads block and never wait for the writer.
package protocol JobStore: Sendable {
    /// Makes jobs durable, all or none; at most 10,000. Answers `invalidArgument` or `limitExceeded` for what
    /// `JobRequest.check` refuses, `conflict` for a unique key in use with `refuse`, `notFound` for a parent that does
    /// not exist, and `cancelled` for one that has ended or is being cancelled.
    ///
    /// With a claimant a claim follows in the same transaction, as by `claim`: both are durable, or neither.
    func launch(
        _ requests: [JobRequest], then claimant: JobClaimant?,
        done: @escaping @Sendable (Result<JobLaunches, HostError>) -> Void)

    /// Moves due pending jobs to running, as many as the claimant has room for, best first (priority, run_at, id), as far
    /// as its gate admits them one after another, each with a claim token of its own: `boot:counter`. Of jobs whose time
    /// has just come, 1,000 a call join the others. Of two types that conflict, the one whose best job goes first is not
    /// passed by the other while it waits for that one's running jobs. Cost: some index seeks a type that waits and a job
    /// that is taken.
    func claim(for claimant: JobClaimant, done: @escaping @Sendable (Result<JobClaim, HostError>) -> Void)

    /// Answers the outcome, or an error when it could not be kept: `limitExceeded` for a result or checkpoint that is
    /// too large (the job runs on), `conflict` for `retryByHand`.
    func apply(_ transition: JobTransition, done: @escaping @Sendable (Result<JobOutcome, HostError>) -> Void)

    /// The same for the end of an attempt. With a claimant a claim follows in the same transaction, as by `claim`: both are
    /// durable, or neither.
    func end(
        _ transition: JobTransition, then claimant: JobClaimant?,
        done: @escaping @Sendable (Result<JobEnding, HostError>) -> Void)

    /// Takes every job that another boot left running: back to pending without costing an attempt, cancelled when it was
    /// cancelling, failed with the reason `poison` when it was killed `poisonLimit` times. Answers the jobs as they were.
    func rescueOrphans(
        boot: String, poisonLimit: Int, done: @escaping @Sendable (Result<[JobRecord], HostError>) -> Void)

    /// A parent that says nothing of its own progress has that of its children together.
    func job(_ id: Int64) throws(HostError) -> JobRecord?
    /// Cost: index seeks for what is returned, when one condition is given; each further one is a filter.
    func jobs(_ query: JobQuery) throws(HostError) -> [JobRecord]
    func countJobs() throws(HostError) -> [JobStatus: Int]
    /// The jobs that have not ended, counted by type and status, in that order. Cost: one look at each of them.
    func backlog() throws(HostError) -> [JobBacklog]
    /// The errors of a job's attempts, oldest first.
    func faults(of job: Int64) throws(HostError) -> [(attempt: Int, at: WallTime, fault: JobFault)]
    /// Output of a command job, captured so far: standard output and standard error.
    func output(of job: Int64) throws(HostError) -> (out: [UInt8], err: [UInt8])

    /// From now on, or from before its end, this daemon hears of the job's end once. Answers `notFound` for a job that
    /// does not exist.
    func monitor(
        job: Int64, daemon: String, done: @escaping @Sendable (Result<Void, HostError>) -> Void)
    /// Jobs that the daemon monitors and whose end it has not been told yet.
    func monitored(by daemon: String) throws(HostError) -> [Int64]
    /// Ended jobs whose end the daemon has not been told yet, oldest end first.
    func undelivered(to daemon: String, limit: Int) throws(HostError) -> [JobRecord]

    /// What happened between daemons and jobs, newest first.
    func history(of daemon: String?, job: Int64?, limit: Int) throws(HostError) -> [JobHistory]

    /// Deletes finished jobs (with errors and output, but not history) beyond their age, 1,000 a call; how many went.
    /// One whose end some daemon has not heard yet is kept for as long as the longest age.
    func pruneJobs(_ retention: JobRetention, now: WallTime, done: @escaping @Sendable (Result<Int, HostError>) -> Void)
}

/// Which jobs to read, newest first.
package struct JobQuery: Sendable, Hashable {
    package var type: String?
    package var statuses: Set<JobStatus>
    package var daemon: String?
    package var parent: Int64?
    package var tag: String?
    package var beforeID: Int64?
    package var limit: Int

    package init(
        type: String? = nil, statuses: Set<JobStatus> = [], daemon: String? = nil, parent: Int64? = nil,
        tag: String? = nil, beforeID: Int64? = nil, limit: Int = 100
    ) {
        self.type = type
        self.statuses = statuses
        self.daemon = daemon
        self.parent = parent
        self.tag = tag
        self.beforeID = beforeID
        self.limit = limit
    }
}

/// One thing that happened between a daemon and a job, recorded by the host.
package struct JobHistory: Sendable, Hashable {
    package enum Action: String, Sendable, Hashable, CaseIterable {
        case launched = "LAUNCHED"
        case finished = "FINISHED"
        case failed = "FAILED"
        case cancelled = "CANCELLED"
    }

    package var at: WallTime
    package var daemon: String?
    package var job: Int64
    package var type: String
    package var action: Action
    package var reason: String

    package init(at: WallTime, daemon: String?, job: Int64, type: String, action: Action, reason: String) {
        self.at = at
        self.daemon = daemon
        self.job = job
        self.type = type
        self.action = action
        self.reason = reason
    }
}

extension JobHistory {
    /// The entry as the API gives it.
    package var value: Value {
        .object([
            .init("at", .string(at.iso8601)),
            .init("daemon", daemon.map { .string($0) } ?? .null),
            .init("job", .integer(job)),
            .init("type", .string(type)),
            .init("action", .string(action.rawValue)),
            .init("reason", .string(reason)),
        ])
    }
}

/// How long finished jobs are kept, by status.
package struct JobRetention: Sendable, Hashable {
    package var completed = Duration.seconds(86_400)
    package var cancelled = Duration.seconds(86_400)
    package var failed = Duration.seconds(30 * 86_400)

    package init() {}
}
