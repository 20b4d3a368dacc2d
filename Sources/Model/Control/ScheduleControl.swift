/// The port through which the control plane asks the engine about schedules and for changes to them.
///
/// What changes something is durable and in effect when it returns. An unknown name answers `notFound` with a near one;
/// what is wrong with a change is `invalidArgument`, then nothing has changed.
package protocol ScheduleControl: AnyObject, Sendable {
    /// In order of the names.
    func schedules() async throws(HostError) -> [ScheduleStanding]
    func schedule(named name: String) async throws(HostError) -> ScheduleStanding
    /// Makes one; `conflict` when there is one of that name.
    func addSchedule(_ name: String, _ change: ScheduleChange) async throws(HostError) -> ScheduleStanding
    /// Makes one, or puts it in the place of the one there, of which nothing is kept but the record of its runs.
    func putSchedule(_ name: String, _ change: ScheduleChange) async throws(HostError) -> ScheduleStanding
    /// Changes what `change` names and leaves the rest.
    func changeSchedule(_ name: String, _ change: ScheduleChange) async throws(HostError) -> ScheduleStanding
    /// Forgets it; its jobs go on, and the record of its runs stays.
    func removeSchedule(_ name: String) async throws(HostError)
    /// Launches a job of it now, whether it is enabled or not; `conflict` when its last one is not finished and it does
    /// not allow overlap.
    func runSchedule(_ name: String) async throws(HostError) -> JobRecord
    /// What became of its occurrences, newest first.
    func runs(ofSchedule name: String, limit: Int) async throws(HostError) -> [ScheduleRun]
}

/// A schedule, and what came of it last.
package struct ScheduleStanding: Sendable, Hashable {
    package var schedule: ScheduleRecord
    package var lastRun: ScheduleRun?
    /// The job of the last run; nil when that was skipped, or the job is forgotten.
    package var lastJob: JobRecord?

    package init(schedule: ScheduleRecord, lastRun: ScheduleRun? = nil, lastJob: JobRecord? = nil) {
        self.schedule = schedule
        self.lastRun = lastRun
        self.lastJob = lastJob
    }

    /// `{name, type, args, cron, every, zone, catch_up, overlap, enabled, next_at, last_at, last_outcome, last_reason,
    /// last_job, waiting}`; `last_outcome` is the status of its last job, `skipped`, or `launched` when that job is
    /// forgotten.
    package var value: Value {
        let (cron, every): (Value, Value) =
            switch schedule.timing {
            case .cron(let expression): (.string(expression.text), .null)
            case .every(let span): (.null, .number(span.inSeconds))
            }
        return .object([
            .init("name", .string(schedule.name)), .init("type", .string(schedule.type)), .init("args", schedule.args),
            .init("cron", cron), .init("every", every), .init("zone", .text(schedule.zone)),
            .init("catch_up", .string(schedule.catchUp.rawValue)), .init("overlap", .string(schedule.overlap.rawValue)),
            .init("enabled", .boolean(schedule.isEnabled)), .init("next_at", .text(schedule.nextOccurrence?.iso8601)),
            .init("last_at", .text(lastRun?.last.iso8601)), .init("last_outcome", .text(lastOutcome)),
            .init("last_reason", .text(lastReason)), .init("last_job", lastRun?.job.map { .integer($0) } ?? .null),
            .init("waiting", .integer(Int64(schedule.queued.count))),
        ])
    }

    private var lastOutcome: String? {
        switch lastRun?.outcome {
        case .skipped: "skipped"
        case .ran: lastJob?.status.rawValue ?? "launched"
        case nil: nil
        }
    }

    private var lastReason: String? {
        if case .skipped(let reason)? = lastRun?.outcome { return reason }
        return lastJob?.error ?? lastJob?.reason
    }
}

extension ScheduleRun {
    /// The job that it launched.
    package var job: Int64? {
        if case .ran(let id) = outcome { id } else { nil }
    }

    /// `{schedule, at, first, last, count, job, skipped}`: a launched job, or why so many occurrences were skipped.
    package var value: Value {
        var skipped: String?
        if case .skipped(let reason) = outcome { skipped = reason }
        return .object([
            .init("schedule", .string(schedule)), .init("at", .string(at.iso8601)),
            .init("first", .string(first.iso8601)), .init("last", .string(last.iso8601)),
            .init("count", count.map { .integer(Int64($0)) } ?? .null),
            .init("job", job.map { .integer($0) } ?? .null), .init("skipped", .text(skipped)),
        ])
    }
}
