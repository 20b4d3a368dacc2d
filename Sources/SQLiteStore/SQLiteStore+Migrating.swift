import Model

/// A migration as commands name it.
package struct AppliedMigration: Sendable, Hashable {
    /// `core` for the host's own, `project` for the user's.
    package var origin: String
    /// The file's name.
    package var name: String

    package init(origin: String, name: String) {
        self.origin = origin
        self.name = name
    }
}

extension SQLiteStore {
    /// What `migrate` would apply, in order; changes nothing. A database that does not exist has everything pending.
    ///
    /// Throws as `open` does.
    package static func pendingMigrations(
        path: String, projectMigrations: String?
    ) throws(HostError) -> [AppliedMigration] {
        let project = try load(projectMigrations)
        let pending: [SchemaMigration]
        do throws(HostError) {
            let connection = try Connection.openReader(path)
            defer { connection.close() }
            pending = try Migrator(connection, project: project).pending()
        } catch  where error.code == .notFound {
            pending = SchemaMigration.core + project
        }
        return pending.map(\.named)
    }

    /// Applies all pending migrations to the database at `path`, made when it is missing; what was applied, in order.
    ///
    /// Throws as `open` does. Those before a failing one stay applied.
    package static func migrate(
        path: String, projectMigrations: String?, clock: any HostClock
    ) throws(HostError) -> [AppliedMigration] {
        let project = try load(projectMigrations)
        let connection = try Connection.openWriter(path, memory: false)
        defer { connection.close() }
        return try Migrator(connection, project: project).migrate(now: clock.now()).map(\.named)
    }

    static func load(_ projectMigrations: String?) throws(HostError) -> [SchemaMigration] {
        guard let projectMigrations else { return [] }
        return try ProjectMigrations(folder: projectMigrations).load()
    }
}

extension SchemaMigration {
    fileprivate var named: AppliedMigration { AppliedMigration(origin: origin.rawValue, name: name) }
}
