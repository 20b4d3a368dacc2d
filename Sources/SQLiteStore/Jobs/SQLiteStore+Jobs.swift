import Model

extension SQLiteStore: JobStore {
    package func launch(
        _ requests: [JobRequest], then claimant: JobClaimant?,
        done: @escaping @Sendable (Result<JobLaunches, HostError>) -> Void
    ) {
        perform(done) { (jobs) throws(HostError) in
            JobLaunches(try jobs.launch(requests), claim: try jobs.claimAlong(for: claimant))
        }
    }

    package func claim(for claimant: JobClaimant, done: @escaping @Sendable (Result<JobClaim, HostError>) -> Void) {
        perform(done) { (jobs) throws(HostError) in try jobs.claim(for: claimant) }
    }

    package func apply(
        _ transition: JobTransition, done: @escaping @Sendable (Result<JobOutcome, HostError>) -> Void
    ) {
        perform(done) { (jobs) throws(HostError) in try jobs.apply(transition) }
    }

    package func end(
        _ transition: JobTransition, then claimant: JobClaimant?,
        done: @escaping @Sendable (Result<JobEnding, HostError>) -> Void
    ) {
        perform(done) { (jobs) throws(HostError) in
            JobEnding(try jobs.apply(transition), claim: try jobs.claimAlong(for: claimant))
        }
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
