import CSQLite
import Model

/// One connection to a database file, with the host's statements kept prepared.
///
/// Used by one thread at a time; the in-memory database is the exception, there `exclusively` keeps threads apart.
// @unchecked: whoever holds the writer's turn, or took a reader out of the pool, is the only one to touch it.
final class Connection: @unchecked Sendable {
    /// The longest text, blob or statement that is accepted, in bytes.
    static let maxLength: Int32 = 16 << 20

    enum Mode {
        case readWrite
        case readOnly
        /// Reads a file that nothing can change, such as one on read-only media: takes no locks.
        case immutable
        case memory
    }

    /// What the changes of one member of a group may take in memory until they are kept; the default of 64 KB is soon
    /// passed, and a member of a few rows would write a dozen pages to a temporary file.
    private static let savepointBytes: Int32 = 4 << 20
    /// SQLite's answer to these settings, which are made once. They are refused when the process has used SQLite before; that
    /// costs speed and nothing else.
    private static let setUp = lunad_sqlite_set_up(savepointBytes)

    let handle: OpaquePointer
    /// The file, for messages.
    let path: String
    private let statements: StatementCache<Statement>
    /// What may be prepared on it now.
    let rules = StatementRules()

    /// Opens `path`; never creates it unless `create` says so. Touches the file's content only by `configure…`.
    init(_ path: String, _ mode: Mode, create: Bool = false) throws(SQLiteFailure) {
        _ = Self.setUp
        var flags = SQLITE_OPEN_EXRESCODE
        var name = path
        switch mode {
        case .readWrite: flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0)
        case .readOnly: flags |= SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX
        case .immutable:
            flags |= SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI
            name = "file:\(Self.uriEscaped(path))?immutable=1"
        case .memory:
            flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_MEMORY
            name = ":memory:"
        }
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(name, &opened, flags, nil)
        guard code == SQLITE_OK, let opened else {
            let message = opened.map { String(cString: sqlite3_errmsg($0)) } ?? String(cString: sqlite3_errstr(code))
            sqlite3_close_v2(opened)
            throw SQLiteFailure(code: code, message: message)
        }
        handle = opened
        self.path = path
        statements = StatementCache(capacity: 128)
        _ = sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, Self.maxLength)
        _ = sqlite3_limit(handle, SQLITE_LIMIT_SQL_LENGTH, 1 << 20)
        if mode == .readWrite || mode == .memory {
            rules.watch(handle)
            BoundedFunctions.install(on: handle)
        }
    }

    deinit { close() }

    private var isClosed = false

    /// Ends the connection; nothing may be run on it afterwards.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        statements.removeAll()
        sqlite3_close_v2(handle)
    }

    // MARK: - Running

    /// Runs a statement of the host to its end, ignoring rows.
    func run(_ sql: String, _ parameters: Value...) throws(SQLiteFailure) {
        try run(sql, parameters)
    }

    func run(_ sql: String, _ parameters: [Value]) throws(SQLiteFailure) {
        try exclusively { () throws(SQLiteFailure) in
            let statement = try kept(sql)
            defer { statement.reset() }
            try statement.bind(parameters)
            while try statement.step() {}
        }
    }

    /// Runs a statement of the host and makes a value of each row.
    func rows<Row>(
        _ sql: String, _ parameters: [Value], _ make: (Statement) throws(SQLiteFailure) -> Row
    ) throws(SQLiteFailure) -> [Row] {
        try exclusively { () throws(SQLiteFailure) in
            let statement = try kept(sql)
            defer { statement.reset() }
            try statement.bind(parameters)
            var rows: [Row] = []
            while try statement.step() { rows.append(try make(statement)) }
            return rows
        }
    }

    /// The first column of the first row as an integer; nil without a row.
    func integer(_ sql: String, _ parameters: Value...) throws(SQLiteFailure) -> Int64? {
        try rows(sql, parameters) { $0.integer(0) }.first
    }

    /// Runs a statement once without keeping it; for settings, which SQLite ignores or answers with rows.
    @discardableResult
    func once(_ sql: String) throws(SQLiteFailure) -> String? {
        let statement = try Statement(self, sql)
        var answer: String?
        while try statement.step() { answer = statement.text(0) }
        return answer
    }

    /// How many rows the last INSERT, UPDATE or DELETE changed.
    var changes: Int { Int(sqlite3_changes64(handle)) }

    var lastInsertID: Int64 { sqlite3_last_insert_rowid(handle) }

    /// Whether no transaction is open, also because SQLite itself rolled it back.
    var isAutocommit: Bool { sqlite3_get_autocommit(handle) != 0 }

    /// Keeps other threads off the connection meanwhile; costs nothing but for the in-memory database.
    func exclusively<Result, Failure>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        let mutex = sqlite3_db_mutex(handle)
        sqlite3_mutex_enter(mutex)
        defer { sqlite3_mutex_leave(mutex) }
        return try body()
    }

    /// The failure that SQLite reports for the last call.
    func failure(_ code: Int32) -> SQLiteFailure {
        let offset = sqlite3_error_offset(handle)
        return SQLiteFailure(
            code: code, message: String(cString: sqlite3_errmsg(handle)), offset: offset < 0 ? nil : Int(offset))
    }

    func hostError(_ failure: SQLiteFailure, code: HostError.Code = .internal) -> HostError {
        failure.hostError(path: path, code: code)
    }

    private func kept(_ sql: String) throws(SQLiteFailure) -> Statement {
        if let statement = statements[sql] { return statement }
        let statement = try Statement(self, sql, persistent: true)
        statements[sql] = statement
        return statement
    }

    private static func uriEscaped(_ path: String) -> String {
        var escaped = ""
        for byte in path.utf8 {
            let scalar = Unicode.Scalar(byte)
            if scalar.properties.isAlphabetic && byte < 128 || "0123456789/._-".unicodeScalars.contains(scalar) {
                escaped.unicodeScalars.append(scalar)
            } else {
                escaped += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return escaped
    }
}
