import Model

extension JobWriter {
    func changeSchedule(
        _ name: String, _ offset: ScheduleStore.Offset,
        _ change: (ScheduleRecord?) -> Result<ScheduleRecord, HostError>
    ) throws(HostError) -> ScheduleRecord {
        let before = try schedule(name)
        var saved = try change(before).get()
        try saved.check()
        saved.lastOccurrence = before?.lastOccurrence
        if let before, before.isTimed(like: saved) {
            (saved.nextOccurrence, saved.queued) = (before.nextOccurrence, before.queued)
        } else {
            saved = saved.started(at: clock.now()) { offset(saved.zone, $0) }
        }
        try write(saved)
        return saved
    }

    func runSchedule(
        _ name: String, _ prepare: (ScheduleRecord) -> Result<JobRequest, HostError>
    ) throws(HostError) -> Int64 {
        guard let schedule = try schedule(name) else { throw Self.missing(name) }
        if schedule.overlap != .allow, let unfinished = try unfinishedJob(of: name) {
            throw HostError(
                .conflict, "job \(unfinished) is not finished (overlap = \(schedule.overlap.rawValue))")
        }
        var request = try prepare(schedule).get()
        request.schedule = name
        let launch = try launch(request)
        let now = clock.now()
        var advance = ScheduleAdvance(schedule: schedule)
        try record(
            ScheduleRun(schedule: name, at: now, first: now, last: now, count: 1, outcome: .ran(launch.id)), &advance)
        return launch.id
    }

    func removeSchedule(_ name: String) throws(HostError) {
        try run("DELETE FROM job_schedules WHERE name = ?", .string(name))
        guard connection.changes > 0 else { throw Self.missing(name) }
    }

    private static func missing(_ name: String) -> HostError {
        HostError(.notFound, "there is no schedule '\(name)'")
    }

    func advance(
        _ name: String, _ offset: ScheduleStore.Offset,
        _ prepare: (ScheduleRecord) -> Result<JobRequest, HostError>
    ) throws(HostError) -> ScheduleAdvance {
        guard let schedule = try schedule(name) else { return ScheduleAdvance(schedule: nil) }
        let now = clock.now()
        if schedule.isEnabled, schedule.nextOccurrence == nil, schedule.queued.isEmpty {
            // It was put there by hand: it counts from now.
            let started = schedule.started(at: now) { offset(schedule.zone, $0) }
            if started != schedule { try write(started) }
            return ScheduleAdvance(schedule: started)
        }
        let plan = schedule.plan(now: now, unfinished: try unfinishedJob(of: name)) { offset(schedule.zone, $0) }
        if plan.schedule != schedule { try write(plan.schedule) }
        var advance = ScheduleAdvance(schedule: plan.schedule)
        for skip in plan.skips {
            try record(
                ScheduleRun(
                    schedule: name, at: now, first: skip.first, last: skip.last, count: skip.count,
                    outcome: .skipped(skip.reason)), &advance)
        }
        for occurrence in plan.runs {
            try record(
                ScheduleRun(
                    schedule: name, at: now, first: occurrence, last: occurrence, count: 1,
                    outcome: try launch(schedule, prepare)), &advance)
        }
        return advance
    }

    /// What is wrong with the type, its arguments or the launch is why the occurrence is skipped; what is wrong with
    /// the database is an error.
    private func launch(
        _ schedule: ScheduleRecord, _ prepare: (ScheduleRecord) -> Result<JobRequest, HostError>
    ) throws(HostError) -> ScheduleRun.Outcome {
        switch prepare(schedule) {
        case .failure(let error): return .skipped(error.message)
        case .success(var request):
            request.schedule = schedule.name
            do throws(HostError) {
                let launch = try launch(request)
                return launch.isNew
                    ? .ran(launch.id) : .skipped("job \(launch.id) with the same unique key is not finished")
            } catch {
                switch error.code {
                case .invalidArgument, .limitExceeded, .conflict, .notFound, .cancelled: return .skipped(error.message)
                default: throw error
                }
            }
        }
    }

    private func unfinishedJob(of schedule: String) throws(HostError) -> Int64? {
        try rows(Self.unfinishedOfScheduleSQL, [.string(schedule)], { $0.integer(0) }).first
    }

    static let unfinishedOfScheduleSQL = """
        SELECT id FROM jobs INDEXED BY jobs_unfinished_of_schedule WHERE schedule = ? AND finished_at IS NULL LIMIT 1
        """

    private func schedule(_ name: String) throws(HostError) -> ScheduleRecord? {
        try rows(
            "SELECT \(ScheduleRow.columns) FROM job_schedules WHERE name = ?", [.string(name)], ScheduleRow.record
        ).first
    }

    private func write(_ schedule: ScheduleRecord) throws(HostError) {
        try run(
            "INSERT OR REPLACE INTO job_schedules (\(ScheduleRow.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            try ScheduleRow.values(schedule))
    }

    private func record(_ scheduleRun: ScheduleRun, _ advance: inout ScheduleAdvance) throws(HostError) {
        var job = Value.null
        var skipped = Value.null
        switch scheduleRun.outcome {
        case .ran(let id):
            job = .integer(id)
            advance.launched.append(id)
        case .skipped(let reason): skipped = .clipped(reason)
        }
        try run(
            """
            INSERT INTO job_schedule_runs (at, schedule, first, last, count, job, skipped)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """, .instant(scheduleRun.at), .string(scheduleRun.schedule), .instant(scheduleRun.first),
            .instant(scheduleRun.last), scheduleRun.count.map(Value.count) ?? .null, job, skipped)
        advance.runs.append(scheduleRun)
    }
}
