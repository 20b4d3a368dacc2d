import CSQLite
import Glibc
import Model

extension SQLiteStore {
    /// Copies the database as it is at one moment into a new file at `target`, on disk when this returns; its size in bytes.
    ///
    /// Readers and the writer, of this process or another, go on meanwhile. `conflict` when the file exists. Nothing is left
    /// behind on failure. Blocks for the disk.
    package func backup(to target: String) throws(HostError) -> Int64 {
        // Made exclusively, so that of two at once, or beside another's file, one is refused.
        let descriptor = Glibc.open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            let number = errno
            if number == EEXIST {
                throw HostError(.conflict, "\(target) exists already; a backup goes into a new file")
            }
            throw HostError(
                .io, "cannot make \(target): \(String(cString: strerror(number)))")
        }
        Glibc.close(descriptor)
        do throws(HostError) {
            return try copy(to: target)
        } catch {
            unlink(target)
            throw error
        }
    }

    private func copy(to target: String) throws(HostError) -> Int64 {
        var opened: OpaquePointer?
        let status = sqlite3_open_v2(target, &opened, SQLITE_OPEN_READWRITE, nil)
        defer { sqlite3_close_v2(opened) }
        guard status == SQLITE_OK, let copy = opened else {
            throw HostError(.io, "cannot write \(target)", cause: String(cString: sqlite3_errstr(status)))
        }
        return try read { (connection) throws(HostError) in
            guard let backup = sqlite3_backup_init(copy, "main", connection.handle, "main") else {
                throw HostError(.io, "cannot copy into \(target)", cause: String(cString: sqlite3_errmsg(copy)))
            }
            // One step: a copy of one snapshot, which later commits cannot make start again.
            let stepped = sqlite3_backup_step(backup, -1)
            let pages = Int64(sqlite3_backup_pagecount(backup))
            let finished = sqlite3_backup_finish(backup)
            guard stepped == SQLITE_DONE, finished == SQLITE_OK else {
                let code = stepped == SQLITE_DONE ? finished : stepped
                throw HostError(
                    code == SQLITE_FULL ? .diskFull : .io, "cannot copy into \(target)",
                    cause: String(cString: sqlite3_errstr(code)))
            }
            return pages * (try pageSize(connection))
        }
    }

    private func pageSize(_ connection: Connection) throws(HostError) -> Int64 {
        do throws(SQLiteFailure) {
            return try connection.rows("PRAGMA page_size", []) { $0.integer(0) }.first ?? 0
        } catch {
            throw connection.hostError(error)
        }
    }
}
