import CSQLite
import Model

extension SQLiteStore {
    package func daemons() throws(HostError) -> [DaemonRecord] {
        try rows("SELECT \(Self.daemonColumns) FROM daemons ORDER BY name", [], Self.daemon)
    }

    /// The run of the host that began last; nil when none ever did.
    package func latestBootID() throws(HostError) -> String? {
        let ids = try rows("SELECT boot_id FROM host_boots ORDER BY rowid DESC LIMIT 1", []) { $0.text(0) ?? "" }
        return ids.first
    }

    package func daemon(named name: String) throws(HostError) -> DaemonRecord? {
        try rows("SELECT \(Self.daemonColumns) FROM daemons WHERE name = ?", [.string(name)], Self.daemon).first
    }

    package func state(of daemon: String) throws(HostError) -> (state: Value, version: Int)? {
        let row = try rows("SELECT state, version FROM daemon_state WHERE daemon = ?", [.string(daemon)]) {
            (text: $0.text(0) ?? "", version: Int($0.integer(1)))
        }.first
        guard let row else { return nil }
        return (try decoded(row.text, "the state of '\(daemon)'"), row.version)
    }

    package func config(of daemon: String) throws(HostError) -> [Value.Field] {
        let rows = try rows("SELECT key, value FROM daemon_config WHERE daemon = ?", [.string(daemon)]) {
            (key: $0.text(0) ?? "", text: $0.text(1) ?? "")
        }
        var fields: [Value.Field] = []
        for row in rows {
            fields.append(.init(row.key, try decoded(row.text, "the config key '\(row.key)' of '\(daemon)'")))
        }
        return fields
    }

    package func logs(_ query: LogQuery) throws(HostError) -> [StoredLog] {
        let (conditions, parameters) = Self.conditions(query)
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let rows = try rows(
            """
            SELECT id, at, daemon, level, message, fields, generation, code_hash, step, job FROM daemon_logs \(filter)
            ORDER BY id \(query.afterID == nil ? "DESC" : "ASC") LIMIT \(max(0, query.limit))
            """, parameters, Self.log)
        return query.afterID == nil ? rows.reversed() : rows
    }

    package func activities(_ query: ActivityQuery) throws(HostError) -> [Activity] {
        var filter = RowFilter()
        filter.add("daemon = ", query.daemon.map { .string($0) })
        filter.add("kind = ", query.kind.map { .string($0) })
        filter.add("id > ", query.afterID.map { .integer($0) })
        filter.add("id < ", query.beforeID.map { .integer($0) })
        let rows = try rows(
            """
            SELECT id, at, daemon, kind, message, details FROM daemon_activities \(filter.clause)
            ORDER BY id \(query.afterID == nil ? "DESC" : "ASC") LIMIT \(max(0, query.limit))
            """, filter.values
        ) { row in
            var activity = Activity(
                at: row.instant(1) ?? WallTime(milliseconds: 0), daemon: row.text(2), kind: row.text(3) ?? "",
                message: row.text(4) ?? "", details: Self.detail(row.text(5)))
            activity.id = row.integer(0)
            return activity
        }
        return query.afterID == nil ? rows.reversed() : rows
    }

    package func errors(_ query: ErrorQuery) throws(HostError) -> [StoredError] {
        var filter = RowFilter()
        filter.add("daemon = ", query.daemon.map { .string($0) })
        filter.add("fingerprint = ", query.fingerprint.map { .string($0) })
        if !query.includingResolved { filter.add("resolved_at IS NULL") }
        return try rows(
            """
            SELECT id, daemon, kind, message, traceback, file, line, fingerprint, generation, code_hash, count,
                first_seen, last_seen, resolved_at
            FROM daemon_errors \(filter.clause) ORDER BY last_seen DESC, id DESC LIMIT \(max(0, query.limit))
            """, filter.values, Self.error)
    }

    // MARK: - Rows

    func rows<Row>(
        _ sql: String, _ parameters: [Value], _ make: (Statement) -> Row
    ) throws(HostError) -> [Row] {
        try read { (connection) throws(HostError) in
            do throws(SQLiteFailure) { return try connection.rows(sql, parameters, make) } catch {
                throw connection.hostError(error)
            }
        }
    }

    private static let daemonColumns = """
        name, type, status, reason, status_since, enabled, enabled_by, generation, code_hash, started_at, \
        last_heartbeat, last_success, next_step_at, steps, errors, consecutive_errors, restarts, memory_bytes, \
        activity, progress, running_jobs, error, traceback, passed_over, critical
        """

    /// A row of `daemonColumns`.
    private static func daemon(_ row: Statement) -> DaemonRecord {
        var record = DaemonRecord(name: row.text(0) ?? "", type: row.text(1) ?? "")
        record.status = DaemonStatus(rawValue: row.text(2) ?? "") ?? .stopped
        record.reason = row.text(3) ?? ""
        record.statusSince = row.instant(4)
        record.enabled = row.integer(5) != 0
        record.enabledByOperator = row.text(6) == "operator"
        record.generation = Int(row.integer(7))
        record.codeHash = row.text(8) ?? ""
        record.startedAt = row.instant(9)
        record.lastHeartbeat = row.instant(10)
        record.lastSuccess = row.instant(11)
        record.nextStepAt = row.instant(12)
        record.steps = row.integer(13)
        record.errors = row.integer(14)
        record.consecutiveErrors = Int(row.integer(15))
        record.restarts = row.integer(16)
        record.memoryBytes = row.integer(17)
        record.activity = row.text(18)
        record.progress = row.double(19)
        record.runningJobs = Int(row.integer(20))
        record.error = row.text(21)
        record.traceback = row.text(22)
        record.passedOver = row.text(23) ?? ""
        record.isCritical = row.integer(24) != 0
        return record
    }

    private static func log(_ row: Statement) -> StoredLog {
        StoredLog(
            id: row.integer(0),
            entry: LogEntry(
                at: row.instant(1) ?? WallTime(milliseconds: 0), daemon: row.text(2),
                level: LogLevel(rawValue: row.text(3) ?? "") ?? .info, message: row.text(4) ?? "",
                fields: detail(row.text(5)), generation: Int(row.integer(6)), codeHash: row.text(7) ?? "",
                step: row.integer(8), job: row.isNull(9) ? nil : row.integer(9)))
    }

    private static func error(_ row: Statement) -> StoredError {
        let never = WallTime(milliseconds: 0)
        return StoredError(
            id: row.integer(0),
            report: ErrorReport(
                at: row.instant(12) ?? never, daemon: row.text(1) ?? "", kind: row.text(2) ?? "",
                message: row.text(3) ?? "", traceback: row.text(4), file: row.text(5),
                line: row.isNull(6) ? nil : Int(row.integer(6)), fingerprint: row.text(7) ?? "",
                generation: Int(row.integer(8)), codeHash: row.text(9) ?? ""),
            count: row.integer(10), firstSeen: row.instant(11) ?? never, resolvedAt: row.instant(13))
    }

    /// What a log line or an activity carries beside its message; text that is not ours is shown as it is.
    private static func detail(_ text: String?) -> Value? {
        guard let text else { return nil }
        do { return try JSON.decode(text, style: .typed) } catch { return .string(text) }
    }

    func decoded(_ text: String, _ what: String) throws(HostError) -> Value {
        do {
            return try JSON.decode(text, style: .typed)
        } catch {
            throw HostError(.corrupt, "\(what) in \(path) is not valid JSON: \(error.message)")
        }
    }

    // MARK: - Log filters

    private static func conditions(_ query: LogQuery) -> ([String], [Value]) {
        var conditions: [String] = []
        var parameters: [Value] = []
        func add(_ condition: (String) -> String, _ value: Value) {
            parameters.append(value)
            conditions.append(condition("?\(parameters.count)"))
        }
        if let daemon = query.daemon { add({ "daemon = \($0)" }, .string(daemon)) }
        if let job = query.job { add({ "job = \($0)" }, .integer(job)) }
        if query.minimumLevel > .debug {
            let levels = LogLevel.allCases.filter { $0 >= query.minimumLevel }.map { "'\($0.rawValue)'" }
            conditions.append("level IN (\(levels.joined(separator: ", ")))")
        }
        if let since = query.since { add({ "at >= \($0)" }, .instant(since)) }
        if let afterID = query.afterID { add({ "id > \($0)" }, .integer(afterID)) }
        if let beforeID = query.beforeID { add({ "id < \($0)" }, .integer(beforeID)) }
        if let text = query.text {
            add({ "(message LIKE \($0) ESCAPE '\\' OR fields LIKE \($0) ESCAPE '\\')" }, .string(likePattern(text)))
        }
        return (conditions, parameters)
    }

    /// A pattern that finds the text anywhere, taken literally.
    private static func likePattern(_ text: String) -> String {
        var pattern = "%"
        for character in text {
            if "%_\\".contains(character) { pattern.append("\\") }
            pattern.append(character)
        }
        return pattern + "%"
    }
}

extension Statement {
    /// The column as an instant; nil for NULL and for text that is none.
    func instant(_ column: Int32) -> WallTime? {
        guard let start = sqlite3_column_text(handle, column) else { return nil }
        let bytes = UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))
        return WallTime(stored: bytes) ?? text(column).flatMap(WallTime.init(iso8601:))
    }
}
