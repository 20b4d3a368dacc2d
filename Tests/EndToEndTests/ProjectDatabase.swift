import CSQLite
import Testing

/// A look into a project's database by SQLite alone, as its owner would take it.
struct ProjectDatabase {
    let path: String

    /// The first column of each row, as text; NULL is left out.
    func column(_ sql: String) throws -> [String] {
        var handle: OpaquePointer?
        defer { sqlite3_close_v2(handle) }
        try check(sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE, nil), handle, sql)
        sqlite3_busy_timeout(handle, 10_000)
        var statement: OpaquePointer?
        defer { sqlite3_finalize(statement) }
        try check(sqlite3_prepare_v2(handle, sql, -1, &statement, nil), handle, sql)
        var rows: [String] = []
        while true {
            let status = sqlite3_step(statement)
            if status == SQLITE_DONE { return rows }
            if status != SQLITE_ROW { try check(status, handle, sql) }
            if let text = sqlite3_column_text(statement, 0) { rows.append(String(cString: text)) }
        }
    }

    func text(_ sql: String) throws -> String? { try column(sql).first }

    func number(_ sql: String) throws -> Int {
        let text = try #require(try text(sql), "no row for: \(sql)")
        return try #require(Int(text), "not a number: \(text)")
    }

    /// Runs a statement for its effect.
    func execute(_ sql: String) throws { _ = try column(sql) }

    private func check(_ status: Int32, _ handle: OpaquePointer?, _ sql: String) throws {
        guard status != SQLITE_OK else { return }
        throw NeverCame(description: "\(String(cString: sqlite3_errmsg(handle))) (\(status)), for: \(sql)")
    }
}
