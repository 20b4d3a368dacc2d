import Model

extension SQLiteStore: ScheduleStore {
    package func changeSchedule(
        _ name: String, offset: @escaping Offset,
        _ change: @escaping @Sendable (ScheduleRecord?) -> Result<ScheduleRecord, HostError>,
        done: @escaping @Sendable (Result<ScheduleRecord, HostError>) -> Void
    ) {
        perform(done) { (jobs) throws(HostError) in try jobs.changeSchedule(name, offset, change) }
    }

    package func runSchedule(
        _ name: String, prepare: @escaping @Sendable (ScheduleRecord) -> Result<JobRequest, HostError>,
        done: @escaping @Sendable (Result<Int64, HostError>) -> Void
    ) {
        perform(done) { (jobs) throws(HostError) in try jobs.runSchedule(name, prepare) }
    }

    package func removeSchedule(_ name: String, done: @escaping @Sendable (Result<Void, HostError>) -> Void) {
        perform(done) { (jobs) throws(HostError) in try jobs.removeSchedule(name) }
    }

    package func advanceSchedule(
        _ name: String, offset: @escaping Offset,
        prepare: @escaping @Sendable (ScheduleRecord) -> Result<JobRequest, HostError>,
        done: @escaping @Sendable (Result<ScheduleAdvance, HostError>) -> Void
    ) {
        perform(done) { (jobs) throws(HostError) in try jobs.advance(name, offset, prepare) }
    }

    package func schedules() throws(HostError) -> [ScheduleRecord] {
        try rows("SELECT \(ScheduleRow.columns) FROM job_schedules ORDER BY name", [], ScheduleRow.record)
    }

    package func scheduleRuns(of schedule: String?, limit: Int) throws(HostError) -> [ScheduleRun] {
        try rows(
            """
            SELECT schedule, at, first, last, count, job, skipped FROM job_schedule_runs
            \(schedule == nil ? "" : "WHERE schedule = ?1") ORDER BY id DESC LIMIT ?2
            """, [.optional(schedule), .count(max(0, limit))]
        ) { row in
            let first = row.instant(2) ?? WallTime(milliseconds: 0)
            return ScheduleRun(
                schedule: row.text(0) ?? "", at: row.instant(1) ?? first, first: first, last: row.instant(3) ?? first,
                count: row.isNull(4) ? nil : Int(row.integer(4)),
                outcome: row.isNull(5) ? .skipped(row.text(6) ?? "") : .ran(row.integer(5)))
        }
    }
}
