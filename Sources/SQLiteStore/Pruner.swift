import Model

/// Bounds the tables that record what happened, a bounded number of rows a call.
struct Pruner {
    /// The most log rows that one call deletes; more wait for the next call.
    static let batch = 10_000
    static let activityRows = 50_000
    static let errorRows = 10_000
    static let bootRows = 1_000
    static let alertRows = 10_000
    static let jobHistoryRows = 500_000
    static let scheduleRunRows = 50_000

    let connection: Connection

    /// Keeps at most `keepRows` log lines and none older than `olderThan`; says how many log lines went.
    ///
    /// Activities, the jobs' history and the schedules' runs go by the same age, errors when they were last seen before
    /// it, and each table has its own row bound.
    func prune(keepRows: Int, olderThan: WallTime) throws(SQLiteFailure) -> Int {
        let oldest = Value.instant(olderThan)
        let gone = try prune("daemon_logs", time: "at", keepRows: keepRows, oldest: oldest, atMost: Self.batch)
        _ = try prune(
            "daemon_activities", time: "at", keepRows: Self.activityRows, oldest: oldest, atMost: Self.batch)
        _ = try prune(
            "daemon_errors", time: "last_seen", keepRows: Self.errorRows, oldest: oldest, atMost: Self.batch)
        try pruneInOrder("daemon_job_history", keepRows: Self.jobHistoryRows, oldest: oldest)
        try pruneInOrder("job_schedule_runs", keepRows: Self.scheduleRunRows, oldest: oldest)
        try connection.run(
            """
            DELETE FROM host_alerts WHERE resolved_at IS NOT NULL AND id < (SELECT max(id) FROM host_alerts)
                AND (resolved_at < ?2 OR id <= (SELECT max(id) FROM host_alerts) - ?1)
            """, .integer(Int64(Self.alertRows)), oldest)
        try connection.run(
            """
            DELETE FROM host_boots WHERE boot_id IN (
                SELECT boot_id FROM host_boots ORDER BY started_at DESC LIMIT -1 OFFSET ?)
            """, .integer(Int64(Self.bootRows)))
        return gone
    }

    /// For a table without an index on its time: it is looked at from its oldest end, a batch at a time.
    private func pruneInOrder(_ table: String, keepRows: Int, oldest: Value) throws(SQLiteFailure) {
        try connection.run(
            """
            DELETE FROM \(table) WHERE id IN (
                SELECT id FROM (SELECT id, at FROM \(table) ORDER BY id LIMIT ?3)
                WHERE at < ?2 OR id <= (SELECT max(id) FROM \(table)) - ?1)
            """, .integer(Int64(keepRows)), oldest, .integer(Int64(Self.batch)))
    }

    private func prune(
        _ table: String, time: String, keepRows: Int, oldest: Value, atMost: Int
    ) throws(SQLiteFailure) -> Int {
        // The greatest id less the bound: looked up, not counted; gaps only make it keep fewer.
        try connection.run(
            """
            DELETE FROM \(table) WHERE id IN (
                SELECT id FROM \(table) WHERE id <= (SELECT max(id) FROM \(table)) - ?1 ORDER BY id LIMIT ?2)
            """, .integer(Int64(max(0, keepRows))), .integer(Int64(atMost)))
        let byRows = connection.changes
        guard byRows < atMost else { return byRows }
        try connection.run(
            """
            DELETE FROM \(table) WHERE id IN (
                SELECT id FROM \(table) WHERE \(time) < ?1 ORDER BY \(time) LIMIT ?2)
            """, oldest, .integer(Int64(atMost - byRows)))
        return byRows + connection.changes
    }
}
