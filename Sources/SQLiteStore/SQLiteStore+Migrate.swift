import Model

extension SQLiteStore {
    /// Brings the database at `path` up to date, made when it is missing, without keeping it open.
    ///
    /// The names of the migrations that were applied, in order: a core one's bare, a project's by its file. Errors as of
    /// `open`. Blocks for the disk.
    package static func migrate(
        path: String, projectMigrations: String?, clock: any HostClock
    ) throws(HostError) -> [String] {
        let connection = try Connection.openWriter(path, memory: false)
        defer { connection.close() }
        let project = try projectMigrations.map { (folder) throws(HostError) in
            try ProjectMigrations(folder: folder).load()
        }
        return try Migrator(connection, project: project ?? []).migrate(now: clock.now()).map { migration in
            migration.origin == .core ? migration.name : migration.place
        }
    }
}
