import CSQLite
import Model

/// Turns what the host writes down into statements, inside a transaction that is already open.
struct HostWriter {
    let connection: Connection
    let clock: any HostClock
    private let stamp = Stamp()

    /// The present as text; what is written in one millisecond shares it.
    // @unchecked: only the holder of the writer's turn writes.
    private final class Stamp: @unchecked Sendable {
        private var time: WallTime?
        private var value = Value.null

        func value(at now: WallTime) -> Value {
            if now != time { (time, value) = (now, .instant(now)) }
            return value
        }
    }

    init(connection: Connection, clock: any HostClock) {
        self.connection = connection
        self.clock = clock
    }

    /// Applies them in order; the caller undoes what was done when one fails.
    func apply(_ writes: [HostWrite]) throws(HostError) {
        for write in writes { try apply(write) }
    }

    private func apply(_ write: HostWrite) throws(HostError) {
        switch write {
        case .registerDaemon(let name, let type, let enabled): try register(name, type, enabled)
        case .setEnabled(let name, let enabled):
            try run(
                "UPDATE daemons SET enabled = ?2, enabled_by = 'operator' WHERE name = ?1",
                [.string(name), .boolean(enabled)])
        case .daemonStatus(let record): try update(record)
        case .heartbeats(let beats): for beat in beats { try update(beat) }
        case .saveState(let daemon, let state, let version): try saveState(daemon, state, version)
        case .setConfig(let daemon, let key, let value): try setConfig(daemon, key, value)
        case .logs(let entries): for entry in entries { try log(entry) }
        case .activity(let activity): try record(activity)
        case .error(let report): try count(report)
        case .resolveErrors(let daemon, let fingerprint, let at):
            try run(
                """
                UPDATE daemon_errors SET resolved_at = ?2
                WHERE daemon = ?1 AND resolved_at IS NULL AND (?3 IS NULL OR fingerprint = ?3)
                """, .string(daemon), .instant(at), .optional(fingerprint))
        case .removeDaemon(let name): try remove(name)
        case .version(let write): try VersionWriter(connection: connection).apply(write)
        case .bootStarted(let boot): try record(boot)
        case .monitorDelivered(let job, let daemon):
            try run(
                """
                UPDATE job_monitors SET delivered_at = ?3
                WHERE job = ?1 AND daemon = ?2 AND ended_at IS NOT NULL AND delivered_at IS NULL
                """, .integer(job), .string(daemon), .instant(clock.now()))
        case .jobOutput(let job, let out, let err): try keepOutput(job, out, err)
        case .alert(let alert): try keep(alert)
        case .bootStopped(let id, let at):
            try run("UPDATE host_boots SET stopped_at = ?2 WHERE boot_id = ?1", [.string(id), .instant(at)])
        }
    }

    private func run(_ sql: String, _ parameters: [Value]) throws(HostError) {
        do { try connection.run(sql, parameters) } catch { throw connection.hostError(error) }
    }

    private func run(_ sql: String, _ parameters: Value...) throws(HostError) { try run(sql, parameters) }

    // MARK: - Daemons

    private func register(_ name: String, _ type: String, _ enabled: Bool) throws(HostError) {
        try run(
            """
            INSERT INTO daemons (name, type, enabled) VALUES (?1, ?2, ?3)
            ON CONFLICT (name) DO UPDATE SET type = ?2,
                enabled = CASE enabled_by WHEN 'operator' THEN enabled ELSE ?3 END
            """, .string(name), .string(type), .boolean(enabled))
    }

    private func update(_ record: DaemonRecord) throws(HostError) {
        try run(
            """
            UPDATE daemons SET status = ?2, reason = ?3, status_since = ?4, generation = ?5, code_hash = ?6,
                started_at = ?7, last_heartbeat = ?8, last_success = ?9, next_step_at = ?10, steps = ?11, errors = ?12,
                consecutive_errors = ?13, restarts = ?14, memory_bytes = ?15, activity = ?16, progress = ?17,
                running_jobs = ?18, error = ?19, traceback = ?20, critical = ?21
            WHERE name = ?1
            """,
            [
                .string(record.name), .string(record.status.rawValue), .string(record.reason),
                .instant(record.statusSince), .integer(Int64(record.generation)), .string(record.codeHash),
                .instant(record.startedAt), .instant(record.lastHeartbeat), .instant(record.lastSuccess),
                .instant(record.nextStepAt), .integer(record.steps), .integer(record.errors),
                .integer(Int64(record.consecutiveErrors)), .integer(record.restarts), .integer(record.memoryBytes),
                .optional(record.activity), .fraction(record.progress), .integer(Int64(record.runningJobs)),
                .optional(record.error), .optional(record.traceback), .boolean(record.isCritical),
            ])
    }

    private func update(_ beat: HostWrite.Heartbeat) throws(HostError) {
        try run(
            """
            UPDATE daemons SET last_heartbeat = ?2, last_success = ?3, next_step_at = ?4, steps = ?5, memory_bytes = ?6,
                activity = ?7, progress = ?8, running_jobs = ?9
            WHERE name = ?1
            """,
            [
                .string(beat.daemon), .instant(beat.lastHeartbeat), .instant(beat.lastSuccess),
                .instant(beat.nextStepAt), .integer(beat.steps), .integer(beat.memoryBytes), .optional(beat.activity),
                .fraction(beat.progress), .integer(Int64(beat.runningJobs)),
            ])
    }

    private func remove(_ name: String) throws(HostError) {
        try run("DELETE FROM daemons WHERE name = ?", .string(name))
        try run("DELETE FROM daemon_state WHERE daemon = ?", .string(name))
        try run("DELETE FROM daemon_config WHERE daemon = ?", .string(name))
        try run("DELETE FROM job_monitors WHERE daemon = ?", .string(name))
        try VersionWriter(connection: connection).remove(name)
    }

    private func saveState(_ daemon: String, _ state: Value, _ version: Int) throws(HostError) {
        let text = try JSON.encode(state, style: .typed)
        try run(
            """
            INSERT INTO daemon_state (daemon, state, version, updated_at) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (daemon) DO UPDATE SET state = ?2, version = ?3, updated_at = ?4
            """, .string(daemon), .string(text), .integer(Int64(version)), stamp.value(at: clock.now()))
    }

    private func setConfig(_ daemon: String, _ key: String, _ value: Value?) throws(HostError) {
        let text = try value.map { (value) throws(HostError) in try JSON.encode(value, style: .typed) }
        if let text {
            try run(
                """
                INSERT INTO daemon_config (daemon, key, value, updated_at) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT (daemon, key) DO UPDATE SET value = ?3, updated_at = ?4
                """, .string(daemon), .string(key), .string(text), .instant(clock.now()))
        } else {
            try run(
                "DELETE FROM daemon_config WHERE daemon = ? AND key = ?", .string(daemon), .string(key))
        }
    }

    // MARK: - History

    private func log(_ entry: LogEntry) throws(HostError) {
        let fields = entry.fields.map(Self.encoded)
        try run(
            """
            INSERT INTO daemon_logs (at, daemon, level, message, fields, generation, code_hash, step, job)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .instant(entry.at), .optional(entry.daemon), .string(entry.level.rawValue), .string(entry.message),
                .optional(fields), .integer(Int64(entry.generation)), .string(entry.codeHash), .integer(entry.step),
                entry.job.map(Value.integer) ?? .null,
            ])
    }

    private func record(_ activity: Activity) throws(HostError) {
        let details = activity.details.map(Self.encoded)
        try run(
            "INSERT INTO daemon_activities (at, daemon, kind, message, details) VALUES (?, ?, ?, ?, ?)",
            .instant(activity.at), .optional(activity.daemon), .string(activity.kind), .string(activity.message),
            .optional(details))
    }

    /// What stands beside a message must not lose the message: what cannot be written down is replaced by why.
    private static func encoded(_ value: Value) -> String {
        do {
            return try JSON.encode(value, style: .typed)
        } catch {
            // A message of ours is an ordinary text: nothing in it can be refused again.
            let why = Value.object([.init("unwritable", .string(error.message))])
            return (try? JSON.encode(why, style: .typed)) ?? "{}"
        }
    }

    private func count(_ report: ErrorReport) throws(HostError) {
        try run(
            """
            INSERT INTO daemon_errors (daemon, fingerprint, kind, message, traceback, file, line, first_seen, last_seen,
                generation, code_hash)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10)
            ON CONFLICT (daemon, fingerprint) DO UPDATE SET count = count + 1, kind = ?3, message = ?4, traceback = ?5,
                file = ?6, line = ?7, last_seen = ?8, generation = ?9, code_hash = ?10, resolved_at = NULL
            """,
            [
                .string(report.daemon), .string(report.fingerprint), .string(report.kind), .string(report.message),
                .optional(report.traceback), .optional(report.file), report.line.map { .integer(Int64($0)) } ?? .null,
                .instant(report.at), .integer(Int64(report.generation)), .string(report.codeHash),
            ])
    }

    /// Output of a job that is gone goes with it.
    private func keepOutput(_ job: Int64, _ out: [UInt8], _ err: [UInt8]) throws(HostError) {
        try run(
            """
            INSERT INTO job_output (job, out, err, updated_at) SELECT ?1, ?2, ?3, ?4
            WHERE EXISTS (SELECT 1 FROM jobs WHERE id = ?1)
            ON CONFLICT (job) DO UPDATE SET out = ?2, err = ?3, updated_at = ?4
            """, .integer(job), .bytes(Array(out.prefix(JobLimits.outputBytes))),
            .bytes(Array(err.prefix(JobLimits.outputBytes))), .instant(clock.now()))
    }

    private func keep(_ alert: Alert) throws(HostError) {
        try run(
            """
            INSERT INTO host_alerts (id, kind, subject, message, raised_at, acknowledged_at, resolved_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            ON CONFLICT (id) DO UPDATE SET acknowledged_at = coalesce(acknowledged_at, ?6),
                resolved_at = coalesce(resolved_at, ?7)
            """, .integer(alert.id), .string(alert.topic.kind.rawValue), .string(alert.topic.subject),
            .string(alert.message), .instant(alert.raisedAt), .instant(alert.acknowledgedAt), .instant(alert.resolvedAt)
        )
    }

    private func record(_ boot: HostWrite.Boot) throws(HostError) {
        try run(
            "INSERT INTO host_boots (boot_id, pid, version, started_at) VALUES (?, ?, ?, ?)",
            .string(boot.id), .integer(Int64(boot.pid)), .string(boot.version), .instant(boot.startedAt))
    }
}

extension Value {
    static func optional(_ text: String?) -> Value { text.map(Value.string) ?? .null }

    /// A number between 0 and 1, brought into these bounds; nothing for what is no number.
    static func fraction(_ number: Double?) -> Value {
        guard let number, !number.isNaN else { return .null }
        return .number(min(max(number, 0), 1))
    }

    static func instant(_ time: WallTime?) -> Value { time.map { .string($0.iso8601) } ?? .null }
}
