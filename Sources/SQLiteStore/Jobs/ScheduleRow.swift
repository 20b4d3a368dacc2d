import Model

/// A row of `job_schedules`, in both directions.
enum ScheduleRow {
    static let columns = """
        name, type, args, every_seconds, cron, enabled, catch_up, overlap, last_occurrence, next_occurrence, queued, zone
        """

    /// A row that was put there by hand with a cron line that is none is not due, and shown disabled.
    static func record(_ row: Statement) -> ScheduleRecord {
        let timing = timing(row)
        var schedule = ScheduleRecord(
            name: row.text(0) ?? "", type: row.text(1) ?? "", args: JobRow.decoded(row.text(2)) ?? .emptyTable,
            timing: timing ?? .every(.seconds(86_400)), isEnabled: timing != nil && row.integer(5) != 0)
        schedule.catchUp = row.text(6).flatMap(ScheduleRecord.CatchUp.init) ?? .none
        schedule.zone = row.text(11).flatMap { $0.isEmpty ? nil : $0 }
        schedule.overlap = row.text(7).flatMap(ScheduleRecord.Overlap.init) ?? .skip
        schedule.lastOccurrence = row.instant(8)
        schedule.nextOccurrence = row.instant(9)
        if case .array(let waiting)? = JobRow.decoded(row.text(10)) {
            schedule.queued = waiting.compactMap { $0.stringValue.flatMap(WallTime.init(iso8601:)) }
        }
        return schedule
    }

    private static func timing(_ row: Statement) -> ScheduleRecord.Timing? {
        if let seconds = row.double(3) { return .every(.saturating(seconds: max(1, seconds))) }
        do { return .cron(try CronExpression(row.text(4) ?? "")) } catch { return nil }
    }

    /// Values in the order of `columns`.
    static func values(_ schedule: ScheduleRecord) throws(HostError) -> [Value] {
        var every = Value.null
        var cron = Value.null
        switch schedule.timing {
        case .every(let span): every = .number(span.inSeconds)
        case .cron(let expression): cron = .string(expression.text)
        }
        return [
            .string(schedule.name), .string(schedule.type),
            .string(try JobRow.encoded(schedule.args, "the arguments of the schedule '\(schedule.name)'")), every, cron,
            .boolean(schedule.isEnabled), .string(schedule.catchUp.rawValue), .string(schedule.overlap.rawValue),
            .instant(schedule.lastOccurrence), .instant(schedule.nextOccurrence), try queued(schedule),
            .optional(schedule.zone),
        ]
    }

    private static func queued(_ schedule: ScheduleRecord) throws(HostError) -> Value {
        guard !schedule.queued.isEmpty else { return .null }
        let list = Value.array(schedule.queued.map { .string($0.iso8601) })
        return .string(try JobRow.encoded(list, "what waits of the schedule '\(schedule.name)'"))
    }
}
