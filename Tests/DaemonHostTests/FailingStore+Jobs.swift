import Model

/// The queue and the schedules, which never fail here; what is asked of them is counted until it is answered.
extension FailingStore: JobStore, ScheduleStore {
    /// `done`, counted from now until it was called.
    private func counted<Answer: Sendable>(
        _ done: @escaping @Sendable (Result<Answer, HostError>) -> Void
    ) -> @Sendable (Result<Answer, HostError>) -> Void {
        begin()
        return { [self] result in
            done(result)
            answered()
        }
    }

    func launch(
        _ requests: [JobRequest], then claimant: JobClaimant?,
        done: @escaping @Sendable (Result<JobLaunches, HostError>) -> Void
    ) {
        inner.launch(requests, then: claimant, done: counted(done))
    }

    func claim(for claimant: JobClaimant, done: @escaping @Sendable (Result<JobClaim, HostError>) -> Void) {
        inner.claim(for: claimant, done: counted(done))
    }

    func apply(_ transition: JobTransition, done: @escaping @Sendable (Result<JobOutcome, HostError>) -> Void) {
        inner.apply(transition, done: counted(done))
    }

    func end(
        _ transition: JobTransition, then claimant: JobClaimant?,
        done: @escaping @Sendable (Result<JobEnding, HostError>) -> Void
    ) {
        inner.end(transition, then: claimant, done: counted(done))
    }

    func rescueOrphans(
        boot: String, poisonLimit: Int, done: @escaping @Sendable (Result<[JobRecord], HostError>) -> Void
    ) {
        inner.rescueOrphans(boot: boot, poisonLimit: poisonLimit, done: counted(done))
    }

    func monitor(job: Int64, daemon: String, done: @escaping @Sendable (Result<Void, HostError>) -> Void) {
        inner.monitor(job: job, daemon: daemon, done: counted(done))
    }

    func pruneJobs(
        _ retention: JobRetention, now: WallTime, done: @escaping @Sendable (Result<Int, HostError>) -> Void
    ) {
        inner.pruneJobs(retention, now: now, done: counted(done))
    }

    func job(_ id: Int64) throws(HostError) -> JobRecord? { try inner.job(id) }
    func jobs(_ query: JobQuery) throws(HostError) -> [JobRecord] { try inner.jobs(query) }
    func countJobs() throws(HostError) -> [JobStatus: Int] { try inner.countJobs() }
    func backlog() throws(HostError) -> [JobBacklog] { try inner.backlog() }
    func faults(of job: Int64) throws(HostError) -> [(attempt: Int, at: WallTime, fault: JobFault)] {
        try inner.faults(of: job)
    }
    func output(of job: Int64) throws(HostError) -> (out: [UInt8], err: [UInt8]) { try inner.output(of: job) }
    func monitored(by daemon: String) throws(HostError) -> [Int64] { try inner.monitored(by: daemon) }
    func undelivered(to daemon: String, limit: Int) throws(HostError) -> [JobRecord] {
        try inner.undelivered(to: daemon, limit: limit)
    }
    func history(of daemon: String?, job: Int64?, limit: Int) throws(HostError) -> [JobHistory] {
        try inner.history(of: daemon, job: job, limit: limit)
    }

    // MARK: - Schedules

    func changeSchedule(
        _ name: String, offset: @escaping Offset,
        _ change: @escaping @Sendable (ScheduleRecord?) -> Result<ScheduleRecord, HostError>,
        done: @escaping @Sendable (Result<ScheduleRecord, HostError>) -> Void
    ) {
        inner.changeSchedule(name, offset: offset, change, done: counted(done))
    }

    func removeSchedule(_ name: String, done: @escaping @Sendable (Result<Void, HostError>) -> Void) {
        inner.removeSchedule(name, done: counted(done))
    }

    func advanceSchedule(
        _ name: String, offset: @escaping Offset,
        prepare: @escaping @Sendable (ScheduleRecord) -> Result<JobRequest, HostError>,
        done: @escaping @Sendable (Result<ScheduleAdvance, HostError>) -> Void
    ) {
        inner.advanceSchedule(name, offset: offset, prepare: prepare, done: counted(done))
    }

    func runSchedule(
        _ name: String, prepare: @escaping @Sendable (ScheduleRecord) -> Result<JobRequest, HostError>,
        done: @escaping @Sendable (Result<Int64, HostError>) -> Void
    ) {
        inner.runSchedule(name, prepare: prepare, done: counted(done))
    }

    func schedules() throws(HostError) -> [ScheduleRecord] { try inner.schedules() }
    func scheduleRuns(of schedule: String?, limit: Int) throws(HostError) -> [ScheduleRun] {
        try inner.scheduleRuns(of: schedule, limit: limit)
    }
}
