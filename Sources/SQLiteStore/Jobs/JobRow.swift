import Model

/// A row of `jobs`, in both directions.
enum JobRow {
    static let columns = """
        id, type, status, waits_for, reason, priority, attempt, max_attempts, kills, done, total, message, run_at, \
        created_at, started_at, finished_at, daemon, generation, parent, schedule, unique_key, tags, claim, pid, error, \
        args, result, checkpoint
        """

    /// The same columns, for a statement with other tables beside it.
    static func columns(of table: String) -> String {
        columns.split(separator: ", ").map { "\(table).\($0)" }.joined(separator: ", ")
    }

    static func record(_ row: Statement) -> JobRecord {
        let createdAt = row.instant(13) ?? WallTime(milliseconds: 0)
        var job = JobRecord(
            id: row.integer(0), type: row.text(1) ?? "", args: decoded(row.text(25)) ?? .emptyTable,
            createdAt: createdAt)
        job.status = row.text(2).flatMap(JobStatus.init) ?? .failed
        job.isParked = row.text(3) == Line.children.rawValue
        job.reason = row.text(4)
        job.priority = Int(row.integer(5))
        job.attempt = Int(row.integer(6))
        job.maxAttempts = Int(row.integer(7))
        job.kills = Int(row.integer(8))
        job.done = row.double(9)
        job.total = row.double(10)
        job.message = row.text(11)
        job.runAt = row.instant(12) ?? createdAt
        job.startedAt = row.instant(14)
        job.finishedAt = row.instant(15)
        job.daemon = row.text(16)
        job.generation = Int(row.integer(17))
        job.parent = row.isNull(18) ? nil : row.integer(18)
        job.schedule = row.text(19)
        job.uniqueKey = row.text(20)
        job.tags = row.text(21).map(tags) ?? []
        job.claim = row.text(22)
        job.pid = row.isNull(23) ? nil : Int32(truncatingIfNeeded: row.integer(23))
        job.error = row.text(24)
        job.result = decoded(row.text(26))
        job.checkpoint = decoded(row.text(27))
        return job
    }

    /// What a pending job waits for: the column `waits_for`.
    enum Line: String {
        case worker
        case time
        case children
    }

    static func line(of job: JobRecord, now: WallTime) -> Line? {
        guard job.status == .pending else { return nil }
        if job.isParked { return .children }
        return job.runAt > now ? .time : .worker
    }

    /// Text that is no JSON was put there by hand: the job gets it as it is, and its type's schema refuses it, so that
    /// one such row cannot hold up the queue.
    static func decoded(_ text: String?) -> Value? {
        guard let text else { return nil }
        if text == "{}" { return .emptyTable }
        do { return try JSON.decode(text, style: .typed) } catch { return .string(text) }
    }

    /// The JSON text of arguments, a result or a checkpoint; throws `limitExceeded` when it is too long, naming `what`.
    static func encoded(_ value: Value, _ what: @autoclosure () -> String) throws(HostError) -> String {
        do {
            return try JSON.encode(value, style: .typed, limits: .init(bytes: JobLimits.valueBytes))
        } catch {
            throw HostError(error.code, "\(what()) cannot be kept: \(error.message)")
        }
    }

    private static func tags(_ text: String) -> [String] {
        guard case .array(let tags)? = decoded(text) else { return [] }
        return tags.compactMap(\.stringValue)
    }
}

extension Value {
    static func count(_ number: Int) -> Value { .integer(Int64(number)) }

    static func optional(_ number: Int64?) -> Value { number.map(Value.integer) ?? .null }

    /// A number as a column takes it; what is no number is none.
    static func optional(_ number: Double?) -> Value {
        guard let number, number.isFinite else { return .null }
        return .number(number)
    }

    /// A text for people, cut after `bytes`.
    static func clipped(_ text: String?, to bytes: Int = JobLimits.textBytes) -> Value {
        guard var text else { return .null }
        text.makeContiguousUTF8()
        guard text.utf8.count > bytes else { return .string(text) }
        return .string(String(decoding: text.utf8.prefix(bytes - 3), as: UTF8.self) + "…")
    }
}
