import CSQLite
import Model

/// One prepared statement; finalized with its last reference.
final class Statement {
    let handle: OpaquePointer
    private unowned let connection: Connection
    /// Where the statement ends in the text it was made from, in UTF-8 bytes.
    let textLength: Int

    /// Prepares the first statement of `sql`; text that holds none is a failure with the code SQLITE_MISUSE.
    convenience init(_ connection: Connection, _ sql: String, persistent: Bool = false) throws(SQLiteFailure) {
        var sql = sql
        let prepared = sql.withUTF8 { Self.prepare(connection, $0, persistent) }
        try self.init(connection, prepared)
    }

    /// The same for a stretch of UTF-8 text.
    convenience init(_ connection: Connection, _ text: ArraySlice<UInt8>) throws(SQLiteFailure) {
        try self.init(connection, text.withUnsafeBufferPointer { Self.prepare(connection, $0, false) })
    }

    private init(_ connection: Connection, _ prepared: Result<Prepared, SQLiteFailure>) throws(SQLiteFailure) {
        let prepared = try prepared.get()
        handle = prepared.handle
        textLength = prepared.textLength
        self.connection = connection
    }

    private struct Prepared {
        var handle: OpaquePointer
        var textLength: Int
    }

    private static func prepare(
        _ connection: Connection, _ text: UnsafeBufferPointer<UInt8>, _ persistent: Bool
    ) -> Result<Prepared, SQLiteFailure> {
        text.withMemoryRebound(to: CChar.self) { characters in
            var handle: OpaquePointer?
            var tail: UnsafePointer<CChar>?
            let flags = persistent ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
            let code = sqlite3_prepare_v3(
                connection.handle, characters.baseAddress ?? emptyText, Int32(clamping: characters.count), flags,
                &handle,
                &tail)
            guard code == SQLITE_OK else { return .failure(connection.failure(code)) }
            guard let handle else {
                return .failure(SQLiteFailure(code: SQLITE_MISUSE, message: "there is no statement in this text"))
            }
            let start = characters.baseAddress ?? emptyText
            return .success(Prepared(handle: handle, textLength: tail.map { $0 - start } ?? characters.count))
        }
    }

    deinit { sqlite3_finalize(handle) }

    /// Advances to the next row; false after the last.
    func step() throws(SQLiteFailure) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw connection.failure(code)
        }
    }

    /// Makes it ready to run again, and forgets what was bound.
    func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    var isReadOnly: Bool { sqlite3_stmt_readonly(handle) != 0 }

    // MARK: - Parameters

    func bind(_ parameters: [Value]) throws(SQLiteFailure) {
        var index: Int32 = 0
        for parameter in parameters {
            index += 1
            try bind(parameter, at: index)
        }
    }

    /// Binds a scalar; tables have no place in a column and are a misuse.
    func bind(_ value: Value, at index: Int32) throws(SQLiteFailure) {
        let code: Int32
        switch value {
        case .null: code = sqlite3_bind_null(handle, index)
        case .boolean(let flag): code = sqlite3_bind_int64(handle, index, flag ? 1 : 0)
        case .integer(let integer): code = sqlite3_bind_int64(handle, index, integer)
        case .number(let number): code = sqlite3_bind_double(handle, index, number)
        case .string(var text):
            code = text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) {
                    sqlite3_bind_text64(
                        handle, index, $0.baseAddress ?? emptyText, UInt64($0.count), copied, UInt8(SQLITE_UTF8))
                }
            }
        case .bytes(let bytes):
            code = bytes.withUnsafeBytes {
                $0.isEmpty
                    ? sqlite3_bind_zeroblob(handle, index, 0)
                    : sqlite3_bind_blob64(handle, index, $0.baseAddress, UInt64($0.count), copied)
            }
        case .array, .object, .map: code = SQLITE_MISUSE
        }
        guard code == SQLITE_OK else { throw connection.failure(code) }
    }

    // MARK: - Columns

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func double(_ column: Int32) -> Double? { isNull(column) ? nil : sqlite3_column_double(handle, column) }

    /// The column's text, invalid UTF-8 repaired; nil for NULL.
    func text(_ column: Int32) -> String? {
        guard let start = sqlite3_column_text(handle, column) else { return nil }
        let count = Int(sqlite3_column_bytes(handle, column))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    /// The column as it is stored: text that is not valid UTF-8 and blobs as bytes.
    func value(_ column: Int32) -> Value {
        switch sqlite3_column_type(handle, column) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(handle, column))
        case SQLITE_FLOAT: return .number(sqlite3_column_double(handle, column))
        case SQLITE_TEXT:
            let bytes = UnsafeBufferPointer(
                start: sqlite3_column_text(handle, column), count: Int(sqlite3_column_bytes(handle, column)))
            return String(validating: bytes, as: UTF8.self).map(Value.string) ?? .bytes(Array(bytes))
        case SQLITE_BLOB:
            let bytes = UnsafeRawBufferPointer(
                start: sqlite3_column_blob(handle, column), count: Int(sqlite3_column_bytes(handle, column)))
            return .bytes(Array(bytes))
        default: return .null
        }
    }

    /// A blob's bytes; none for anything else.
    func bytes(_ column: Int32) -> [UInt8] {
        if case .bytes(let bytes) = value(column) { bytes } else { [] }
    }

    /// Bytes that the column takes, for bounds.
    func size(_ column: Int32) -> Int {
        switch sqlite3_column_type(handle, column) {
        case SQLITE_TEXT, SQLITE_BLOB: Int(sqlite3_column_bytes(handle, column))
        default: 8
        }
    }

    var columnCount: Int32 { sqlite3_column_count(handle) }

    var columnNames: [String] {
        (0..<columnCount).map { column in
            sqlite3_column_name(handle, column).map { String(cString: $0) } ?? ""
        }
    }
}

/// Tells SQLite to copy what is bound (its SQLITE_TRANSIENT, a macro that Swift does not see).
private let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

/// Where the empty text stands: a null pointer would bind NULL.
var emptyText: UnsafePointer<CChar> {
    UnsafeRawPointer(StaticString("").utf8Start).assumingMemoryBound(to: CChar.self)
}
