import CSQLite
import Testing

/// Holds a database's write lock from a connection of its own, as an open shell would.
final class WriteLock {
    private var handle: OpaquePointer?

    init(on path: String) throws {
        try #require(sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK)
        try #require(sqlite3_exec(handle, "BEGIN IMMEDIATE", nil, nil, nil) == SQLITE_OK)
    }

    deinit { release() }

    func release() {
        sqlite3_close_v2(handle)
        handle = nil
    }
}
