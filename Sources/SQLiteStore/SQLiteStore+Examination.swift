import CSQLite
import Model

extension SQLiteStore {
    /// Problems that an examination names; more are left out.
    private static let mostProblems = 20

    /// The version of the SQLite library that is loaded.
    package static var libraryVersion: String { String(cString: sqlite3_libversion()) }

    /// What is damaged in the database at `path`, a sentence of SQLite's each; empty when it is whole.
    ///
    /// Reads all of it; `isThorough` compares every index with its table, which takes several times as long. Writers go on
    /// meanwhile.
    package static func examine(path: String, isThorough: Bool) throws(HostError) -> [String] {
        try reading(path) { (connection) throws(SQLiteFailure) in
            let pragma = isThorough ? "integrity_check" : "quick_check"
            let answers = try connection.rows("PRAGMA \(pragma)(\(mostProblems))", []) { $0.text(0) ?? "" }
            return answers.filter { $0 != "ok" }
        }
    }

    /// The run of a host that began last; nil when none ever did. Needs no migration.
    package static func lastRun(path: String) throws(HostError) -> LastRun? {
        try reading(path) { (connection) throws(SQLiteFailure) in
            try connection.rows("SELECT pid, started_at, stopped_at FROM host_boots ORDER BY rowid DESC LIMIT 1", []) {
                LastRun(pid: Int($0.integer(0)), startedAt: $0.instant(1), stoppedAt: $0.instant(2))
            }.first
        }
    }

    /// The newest instant that the host wrote down; nil when it wrote none. Needs no migration.
    package static func newestInstant(path: String) throws(HostError) -> WallTime? {
        try reading(path) { (connection) throws(SQLiteFailure) in
            try connection.rows(
                """
                SELECT max(at) FROM (
                    SELECT max(started_at, coalesce(stopped_at, started_at)) AS at FROM host_boots
                    UNION ALL SELECT last_heartbeat FROM daemons
                    UNION ALL SELECT max(at) FROM daemon_logs)
                """, []
            ) { $0.instant(0) }.first ?? nil
        }
    }

    private static func reading<Result>(
        _ path: String, _ body: (Connection) throws(SQLiteFailure) -> Result
    ) throws(HostError) -> Result {
        let connection = try Connection.openReader(path)
        defer { connection.close() }
        do throws(SQLiteFailure) { return try body(connection) } catch { throw connection.hostError(error) }
    }
}

/// A run of a host as the next one, or a command, finds it.
package struct LastRun: Sendable, Hashable {
    package var pid: Int
    package var startedAt: WallTime?
    /// Nil when it was killed, or still runs.
    package var stoppedAt: WallTime?
}
