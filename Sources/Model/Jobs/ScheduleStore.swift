/// The port to the schedules; `JobStore`'s rules hold here too.
package protocol ScheduleStore: Sendable {
    /// Seconds that the clocks of a zone (nil: the host's own) are ahead of UTC at an instant.
    typealias Offset = @Sendable (_ zone: String?, WallTime) -> Int

    /// Makes or changes the schedule of that name in one transaction: `change` is given the one there, nil when there is
    /// none, and its failure is the answer. One whose times are others than before, or that is enabled, counts from now.
    /// What was done about earlier occurrences stays on record. Answers `invalidArgument` for a bad one.
    func changeSchedule(
        _ name: String, offset: @escaping Offset,
        _ change: @escaping @Sendable (ScheduleRecord?) -> Result<ScheduleRecord, HostError>,
        done: @escaping @Sendable (Result<ScheduleRecord, HostError>) -> Void)

    /// Deletes it; its runs stay on record, its jobs go on. Answers `notFound` when there is no such schedule.
    func removeSchedule(_ name: String, done: @escaping @Sendable (Result<Void, HostError>) -> Void)

    /// Deals with all its occurrences that are due: launches jobs for those that run, records those that are skipped
    /// with the reason, and moves on, in one transaction. Nothing is due for a schedule that is gone or disabled.
    ///
    /// To be called at `nextOccurrence`, once for an enabled schedule that has none (it was put there by hand), and when a job of a schedule with `queued` occurrences has ended. `prepare`
    /// makes the request for one occurrence; its failure, and that of the launch, is the reason why it is skipped.
    func advanceSchedule(
        _ name: String, offset: @escaping Offset,
        prepare: @escaping @Sendable (ScheduleRecord) -> Result<JobRequest, HostError>,
        done: @escaping @Sendable (Result<ScheduleAdvance, HostError>) -> Void)

    /// Launches a job of the schedule now, whatever its times, and records that; whether it is enabled does not matter.
    ///
    /// Answers `notFound` when there is no such schedule, `conflict` when its last job is not finished and it does not
    /// allow overlap, and what `prepare` and the launch refuse.
    func runSchedule(
        _ name: String, prepare: @escaping @Sendable (ScheduleRecord) -> Result<JobRequest, HostError>,
        done: @escaping @Sendable (Result<Int64, HostError>) -> Void)

    /// All of them, by name.
    func schedules() throws(HostError) -> [ScheduleRecord]
    /// What became of occurrences, of one schedule or of all, newest first.
    func scheduleRuns(of schedule: String?, limit: Int) throws(HostError) -> [ScheduleRun]
}

/// What was done about a schedule's due occurrences.
package struct ScheduleAdvance: Sendable, Hashable {
    /// The schedule afterwards; nil when it is gone.
    package var schedule: ScheduleRecord?
    package var launched: [Int64]
    /// What was recorded, for the log.
    package var runs: [ScheduleRun]

    package init(schedule: ScheduleRecord?, launched: [Int64] = [], runs: [ScheduleRun] = []) {
        self.schedule = schedule
        self.launched = launched
        self.runs = runs
    }
}
