import CSQLite
import Model

/// What SQLite answered when it refused: inside this target; ports speak of it as a `HostError`.
struct SQLiteFailure: Error, Sendable {
    /// The extended result code.
    var code: Int32
    /// SQLite's own words.
    var message: String
    /// The byte of the statement's text at which the trouble is, where SQLite knows.
    var offset: Int?

    var primaryCode: Int32 { code & 0xff }

    /// The failure as a sentence that names the file and what to do; `fallback` is the code of what is no fault of the
    /// file's, such as a statement that is wrong.
    func hostError(path: String, code fallback: HostError.Code = .internal) -> HostError {
        switch primaryCode {
        case SQLITE_FULL:
            HostError(
                .diskFull, "the disk that holds \(path) is full: nothing of this write was kept; free some space",
                cause: message)
        case SQLITE_READONLY:
            HostError(
                .readOnly, "\(path) cannot be written: check the rights of the file and of its folder", cause: message)
        case SQLITE_CORRUPT:
            HostError(
                .corrupt,
                "the database \(path) is damaged: stop the host, keep a copy of it and put a backup in its place",
                cause: message)
        case SQLITE_NOTADB:
            HostError(
                .corrupt, "\(path) is not a SQLite database: put a backup in its place, or move it away to start empty",
                cause: message)
        case SQLITE_BUSY, SQLITE_LOCKED:
            HostError(
                .busy,
                "another process holds \(path) locked: end its transaction, for instance in an open sqlite3 shell",
                cause: message)
        case SQLITE_CANTOPEN:
            HostError(.io, "\(path) cannot be opened: its folder must exist and be writable", cause: message)
        case SQLITE_IOERR:
            HostError(.io, "reading or writing \(path) failed", cause: message)
        case SQLITE_NOMEM:
            HostError(.limitExceeded, "there is not enough memory for this statement", cause: message)
        case SQLITE_INTERRUPT:
            HostError(.timeout, "the statement took too long and was interrupted")
        case SQLITE_TOOBIG:
            HostError(.limitExceeded, "a text, blob or statement is too long", cause: message)
        default:
            HostError(fallback, message)
        }
    }
}
