import CSQLite
import Glibc
import Model

extension Connection {
    /// Opens the database for writing, made when it is missing, with everything durable at commit.
    static func openWriter(_ path: String, memory: Bool) throws(HostError) -> Connection {
        if !memory { try checkPlace(path, mayCreate: true) }
        return try opening(path) { () throws(SQLiteFailure) in
            let connection = try Connection(path, memory ? .memory : .readWrite, create: !memory)
            try connection.configureCommon()
            if !memory {
                guard try connection.once("PRAGMA journal_mode = WAL") == "wal" else {
                    throw SQLiteFailure(
                        code: SQLITE_CANTOPEN, message: "write-ahead logging does not work on this file system")
                }
            }
            try connection.once("PRAGMA synchronous = FULL")
            // What is deleted need not be overwritten with zeros; pruning would cost twice as much.
            try connection.once("PRAGMA secure_delete = OFF")
            // The log file shrinks again after an unusual transaction.
            try connection.once("PRAGMA journal_size_limit = 67108864")
            return connection
        }
    }

    /// Opens an existing database for reading; a file on read-only media too, when no log file stands beside it.
    static func openReader(_ path: String) throws(HostError) -> Connection {
        try checkPlace(path, mayCreate: false)
        return try opening(path) { () throws(SQLiteFailure) in
            do throws(SQLiteFailure) {
                return try readable(Connection(path, .readOnly))
            } catch  where [SQLITE_CANTOPEN, SQLITE_READONLY].contains(error.primaryCode) && !exists(path + "-wal") {
                return try readable(Connection(path, .immutable))
            }
        }
    }

    private static func readable(_ connection: Connection) throws(SQLiteFailure) -> Connection {
        try connection.configureCommon()
        sqlite3_busy_timeout(connection.handle, 1_000)
        // The first read tells whether the file can be read at all.
        _ = try connection.integer("SELECT count(*) FROM sqlite_schema")
        return connection
    }

    private func configureCommon() throws(SQLiteFailure) {
        try once("PRAGMA foreign_keys = OFF")
        try once("PRAGMA mmap_size = 0")
    }

    private static func opening(
        _ path: String, _ body: () throws(SQLiteFailure) -> Connection
    ) throws(HostError) -> Connection {
        do { return try body() } catch { throw error.hostError(path: path) }
    }

    /// Says plainly what is wrong with the path, which SQLite does not.
    private static func checkPlace(_ path: String, mayCreate: Bool) throws(HostError) {
        var facts = stat()
        if stat(path, &facts) == 0 {
            guard facts.st_mode & S_IFMT != S_IFDIR else {
                throw HostError(.invalidArgument, "\(path) is a folder: the database is a file")
            }
            let wanted = mayCreate ? R_OK | W_OK : R_OK
            guard faccessat(AT_FDCWD, path, wanted, AT_EACCESS) == 0 else {
                throw HostError(
                    mayCreate ? .readOnly : .forbidden,
                    "\(path) cannot be \(mayCreate ? "written" : "read"): check the rights of the file",
                    cause: String(cString: strerror(errno)))
            }
            return
        }
        let cause = String(cString: strerror(errno))
        guard mayCreate else {
            throw HostError(
                .notFound, "there is no database at \(path): it is made when the host first runs", cause: cause)
        }
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        guard stat(folder, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR else {
            throw HostError(
                .notFound, "the database \(path) cannot be made: there is no folder \(folder)", cause: cause)
        }
        guard faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0 else {
            throw HostError(
                .readOnly, "the database \(path) cannot be made: the folder \(folder) cannot be written",
                cause: String(cString: strerror(errno)))
        }
    }

    private static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
