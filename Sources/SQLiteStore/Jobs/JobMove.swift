import Model

/// What a move along an arrow changes in a job's row, and nothing else: a column that is written, even as it was, makes
/// SQLite look after every index that names it.
struct JobMove {
    /// The statement, whose parameters are the job's id, its status and claim as they were read, and the new values.
    var sql: String
    var values: [Value]

    private static let columns = [
        "status", "waits_for", "reason", "attempt", "kills", "done", "total", "message", "run_at", "started_at",
        "finished_at", "claim", "pid", "error", "result", "checkpoint",
    ]

    /// Nil when nothing differs. The statements' texts are kept in `texts`, by the columns that they set.
    init?(_ job: JobRecord, to next: JobRecord, now: WallTime, texts: inout [UInt32: String]) throws(HostError) {
        var changes = Changes(values: [.integer(job.id), .string(job.status.rawValue), .optional(job.claim)])
        changes.note(0, job.status != next.status) { .string(next.status.rawValue) }
        // The line that a pending job stands in is the store's own affair.
        changes.note(1, job.status == .pending || next.status == .pending) {
            .optional(JobRow.line(of: next, now: now)?.rawValue)
        }
        changes.note(2, job.reason != next.reason) { .clipped(next.reason) }
        changes.note(3, job.attempt != next.attempt) { .count(next.attempt) }
        changes.note(4, job.kills != next.kills) { .count(next.kills) }
        changes.note(5, job.done != next.done) { .optional(next.done) }
        changes.note(6, job.total != next.total) { .optional(next.total) }
        changes.note(7, job.message != next.message) { .clipped(next.message) }
        changes.note(8, job.runAt != next.runAt) { .instant(next.runAt) }
        changes.note(9, job.startedAt != next.startedAt) { .instant(next.startedAt) }
        changes.note(10, job.finishedAt != next.finishedAt) { .instant(next.finishedAt) }
        changes.note(11, job.claim != next.claim) { .optional(next.claim) }
        changes.note(12, job.pid != next.pid) { .optional(next.pid.map(Int64.init)) }
        changes.note(13, job.error != next.error) { .clipped(next.error) }
        try changes.note(14, job.result != next.result) { () throws(HostError) in
            try Self.encoded(next.result, "the result of job \(job.id) (\(job.type))")
        }
        try changes.note(15, job.checkpoint != next.checkpoint) { () throws(HostError) in
            try Self.encoded(next.checkpoint, "the checkpoint of job \(job.id) (\(job.type))")
        }
        guard changes.places != 0 else { return nil }
        let text = texts[changes.places] ?? Self.text(changes.places)
        texts[changes.places] = text
        (sql, values) = (text, changes.values)
    }

    private struct Changes {
        var values: [Value]
        /// The columns that differ, a bit each.
        var places: UInt32 = 0

        mutating func note<Failure>(
            _ place: Int, _ differs: Bool, _ value: () throws(Failure) -> Value
        ) throws(Failure) {
            guard differs else { return }
            places |= 1 << place
            values.append(try value())
        }
    }

    private static func text(_ places: UInt32) -> String {
        let changed = columns.indices.filter { places & 1 << $0 != 0 }
        let settings = changed.enumerated().map { "\(columns[$0.element]) = ?\($0.offset + 4)" }
        return "UPDATE jobs SET \(settings.joined(separator: ", ")) WHERE id = ?1 AND status = ?2 AND claim IS ?3"
    }

    private static func encoded(_ value: Value?, _ what: @autoclosure () -> String) throws(HostError) -> Value {
        guard let value else { return .null }
        return .string(try JobRow.encoded(value, what()))
    }
}
