import Model

extension SQLiteStore: JobStore {
    package func launch(
        _ requests: [JobRequest], done: @escaping @Sendable (Result<[JobLaunch], HostError>) -> Void
    ) {
        perform(done) { (jobs) throws(HostError) in try jobs.launch(requests) }
    }

    package func claim(
        limit: Int, gate: JobGate, boot: String, done: @escaping @Sendable (Result<JobClaim, HostError>) -> Void
    ) {
        perform(done) { (jobs) throws(HostError) in try jobs.claim(limit: limit, gate: gate, boot: boot) }
    }

    package func apply(
        _ transition: JobTransition, done: @escaping @Sendable (Result<JobOutcome, HostError>) -> Void
    ) {
        perform(done) { (jobs) throws(HostError) in try jobs.apply(transition) }
    }

    package func rescueOrphans(
        boot: String, poisonLimit: Int, done: @escaping @Sendable (Result<[JobRecord], HostError>) -> Void
    ) {
        perform(done) { (jobs) throws(HostError) in try jobs.rescueOrphans(boot: boot, poisonLimit: poisonLimit) }
    }

    package func monitor(
        job: Int64, daemon: String, done: @escaping @Sendable (Result<Void, HostError>) -> Void
    ) {
        perform(done) { (jobs) throws(HostError) in try jobs.monitor(job: job, daemon: daemon) }
    }

    package func pruneJobs(
        _ retention: JobRetention, now: WallTime, done: @escaping @Sendable (Result<Int, HostError>) -> Void
    ) {
        perform(done) { (jobs) throws(HostError) in try jobs.prune(retention, now: now) }
    }
}
