import Model

extension SQLiteStore {
    package func nextJobDue(excluding types: Set<String>) throws(HostError) -> WallTime? {
        var earliest: WallTime?
        for line in [JobRow.Line.worker, .time] {
            let order = line == .worker ? "priority DESC, run_at" : "run_at"
            for type in try rows(JobWriter.typesSQL(line), [], { $0.text(0) ?? "" }) where !types.contains(type) {
                let due =
                    try rows(
                        """
                        SELECT run_at FROM jobs INDEXED BY jobs_waiting_for_\(line.rawValue)
                        WHERE waits_for = '\(line.rawValue)' AND type = ? ORDER BY \(order) LIMIT 1
                        """, [.string(type)], { $0.instant(0) }
                    ).first ?? nil
                if let due, due < earliest ?? due + .nanoseconds(1_000_000) { earliest = due }
            }
        }
        return earliest
    }

    package func job(_ id: Int64) throws(HostError) -> JobRecord? {
        try inOneSnapshot { (jobs) throws(HostError) in try jobs.job(id) }
    }

    package func jobs(_ query: JobQuery) throws(HostError) -> [JobRecord] {
        try inOneSnapshot { (jobs) throws(HostError) in try jobs.find(query) }
    }

    /// Cost: one pass over an index, about 40 ns a job.
    package func countJobs() throws(HostError) -> [JobStatus: Int] {
        let rows = try rows("SELECT status, count(*) FROM jobs INDEXED BY jobs_by_status GROUP BY status", []) {
            (status: $0.text(0).flatMap(JobStatus.init), count: Int($0.integer(1)))
        }
        return rows.reduce(into: [:]) { counts, row in
            if let status = row.status { counts[status] = row.count }
        }
    }

    package func backlog() throws(HostError) -> [JobBacklog] {
        try rows(
            """
            SELECT type, status, count(*), min(CASE WHEN status = 'pending' THEN run_at END)
            FROM jobs INDEXED BY jobs_by_status WHERE status IN ('pending', 'running', 'cancelling')
            GROUP BY type, status ORDER BY type, status
            """, []
        ) { row in
            row.text(1).flatMap(JobStatus.init).map {
                JobBacklog(
                    type: row.text(0) ?? "", status: $0, count: Int(row.integer(2)), oldestDue: row.instant(3))
            }
        }.compactMap { $0 }
    }

    package func faults(of job: Int64) throws(HostError) -> [(attempt: Int, at: WallTime, fault: JobFault)] {
        try rows(
            "SELECT attempt, at, message, traceback FROM job_errors WHERE job = ? ORDER BY id", [.integer(job)]
        ) { row in
            (
                attempt: Int(row.integer(0)), at: row.instant(1) ?? WallTime(milliseconds: 0),
                fault: JobFault(row.text(2) ?? "", traceback: row.text(3))
            )
        }
    }

    package func output(of job: Int64) throws(HostError) -> (out: [UInt8], err: [UInt8]) {
        try rows("SELECT out, err FROM job_output WHERE job = ?", [.integer(job)]) { row in
            (out: row.bytes(0), err: row.bytes(1))
        }.first ?? ([], [])
    }

    package func monitored(by daemon: String) throws(HostError) -> [Int64] {
        try rows(
            "SELECT job FROM job_monitors WHERE daemon = ? AND delivered_at IS NULL ORDER BY job", [.string(daemon)]
        ) { $0.integer(0) }
    }

    package func undelivered(to daemon: String, limit: Int) throws(HostError) -> [JobRecord] {
        try rows(Self.undeliveredSQL, [.string(daemon), .count(max(0, limit))], JobRow.record)
    }

    private static let undeliveredSQL = """
        SELECT \(JobRow.columns(of: "jobs")) FROM job_monitors JOIN jobs ON jobs.id = job_monitors.job
        WHERE job_monitors.daemon = ?1 AND delivered_at IS NULL AND ended_at IS NOT NULL
        ORDER BY ended_at, job LIMIT ?2
        """

    package func history(of daemon: String?, job: Int64?, limit: Int) throws(HostError) -> [JobHistory] {
        var conditions: [String] = []
        if daemon != nil { conditions.append("daemon = ?1") }
        if job != nil { conditions.append("job = ?2") }
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        return try rows(
            """
            SELECT at, daemon, job, type, action, reason FROM daemon_job_history \(filter) ORDER BY id DESC LIMIT ?3
            """, [.optional(daemon), .optional(job), .count(max(0, limit))]
        ) { row in
            JobHistory(
                at: row.instant(0) ?? WallTime(milliseconds: 0), daemon: row.text(1), job: row.integer(2),
                type: row.text(3) ?? "", action: row.text(4).flatMap(JobHistory.Action.init) ?? .launched,
                reason: row.text(5) ?? "")
        }
    }

    /// Several queries that see the same moment.
    private func inOneSnapshot<Result>(
        _ body: (JobReader) throws(HostError) -> Result
    ) throws(HostError) -> Result {
        try read { (connection) throws(HostError) in
            // In memory the connection is the writer's, which may have a transaction open: a savepoint nests in it.
            do throws(SQLiteFailure) {
                try connection.run("SAVEPOINT snapshot")
            } catch {
                throw connection.hostError(error)
            }
            // It fails only when the transaction is gone, and the savepoint with it.
            defer { try? connection.run("RELEASE snapshot") }
            return try body(JobReader(connection: connection))
        }
    }
}
