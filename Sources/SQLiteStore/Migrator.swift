import CSQLite
import Migrations
import Model

/// One schema change with where it comes from.
struct SchemaMigration {
    enum Origin: String {
        /// The host's own.
        case core
        /// The user's.
        case project
    }

    var origin: Origin
    var name: String
    /// What a message calls it: the file's path.
    var place: String
    var sql: String

    static let core = CoreMigrations.sqlite.map {
        SchemaMigration(origin: .core, name: $0.name, place: "core migration \($0.name)", sql: $0.sql)
    }
}

/// Brings a database forward, one migration a transaction; never back.
struct Migrator {
    private let connection: Connection
    private let core: [SchemaMigration]
    private let project: [SchemaMigration]

    init(_ connection: Connection, core: [SchemaMigration] = SchemaMigration.core, project: [SchemaMigration]) {
        self.connection = connection
        self.core = core
        self.project = project
    }

    /// What would be applied, in order.
    ///
    /// Throws `newerSchema` when the database has core migrations that this program does not know, `conflict` when
    /// one that was applied has a different text now.
    func pending() throws(HostError) -> [SchemaMigration] {
        let applied = try applied()
        let known = Set(core.map(\.name))
        if let unknown = applied.filter({ $0.key.origin == .core && !known.contains($0.key.name) }).map(\.key.name)
            .min()
        {
            throw HostError(
                .newerSchema,
                "\(connection.path) was made by a newer lunad (it has \(unknown)): run that version, or one after it")
        }
        var pending: [SchemaMigration] = []
        for migration in core + project {
            guard let checksum = applied[Key(origin: migration.origin, name: migration.name)] else {
                pending.append(migration)
                continue
            }
            guard checksum == Checksum.of(migration.sql) else {
                throw HostError(
                    .conflict,
                    "\(migration.place) was changed after it was applied to \(connection.path): restore its text and put "
                        + "the change into a new migration")
            }
        }
        return pending
    }

    /// Applies what is pending and returns it. A failing one leaves nothing of itself, and keeps those before it.
    func migrate(now: WallTime) throws(HostError) -> [SchemaMigration] {
        var done: [SchemaMigration] = []
        while let migration = try pending().first {
            // Another process may migrate at the same time: what is pending is asked again under the write lock.
            if try apply(migration, now) { done.append(migration) }
        }
        return done
    }

    private func apply(_ migration: SchemaMigration, _ now: WallTime) throws(HostError) -> Bool {
        sqlite3_busy_timeout(connection.handle, 5_000)
        do { try connection.once("BEGIN IMMEDIATE") } catch { throw connection.hostError(error) }
        do throws(HostError) {
            guard try pending().first?.name == migration.name else {
                _ = try? connection.once("ROLLBACK")
                return false
            }
            try runScript(migration)
            do {
                try connection.run(
                    "INSERT INTO schema_migrations (origin, name, checksum, applied_at) VALUES (?, ?, ?, ?)",
                    .string(migration.origin.rawValue), .string(migration.name),
                    .string(Checksum.of(migration.sql)), .string(now.iso8601))
                try connection.once("COMMIT")
            } catch {
                throw connection.hostError(error)
            }
            return true
        } catch {
            // Also when SQLite has rolled back by itself: then this one is refused, which changes nothing.
            _ = try? connection.once("ROLLBACK")
            throw error
        }
    }

    private func runScript(_ migration: SchemaMigration) throws(HostError) {
        let rules = connection.rules
        rules.audience = migration.origin == .core ? .coreMigration : .projectMigration
        defer { rules.audience = .host }
        var script = ScriptText(migration.sql)
        while let rest = script.rest {
            do throws(SQLiteFailure) {
                rules.forgetLast()
                let statement = try Statement(connection, rest)
                while try statement.step() {}
                guard !connection.isAutocommit else {
                    throw SQLiteFailure(code: SQLITE_ABORT, message: "the statement ended the migration's transaction")
                }
                script.advance(by: statement.textLength)
            } catch {
                if error.primaryCode == SQLITE_MISUSE { return }  // Only space and comments are left.
                guard Self.blamesStatement.contains(error.primaryCode) else { throw connection.hostError(error) }
                let reason = rules.refusal ?? error.message
                throw HostError(
                    .sql,
                    "\(migration.place), line \(script.line(at: error.offset)): \(reason); nothing of this file was applied"
                )
            }
        }
    }

    /// The codes that tell of the statement and not of the disk.
    private static let blamesStatement = [
        SQLITE_ERROR, SQLITE_CONSTRAINT, SQLITE_AUTH, SQLITE_ABORT, SQLITE_MISMATCH, SQLITE_TOOBIG, SQLITE_RANGE,
    ]

    private struct Key: Hashable {
        var origin: SchemaMigration.Origin
        var name: String
    }

    /// The checksums of those that were applied.
    private func applied() throws(HostError) -> [Key: String] {
        do {
            let exists = try connection.integer("SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations'") != nil
            guard exists else { return [:] }
            let rows = try connection.rows("SELECT origin, name, checksum FROM schema_migrations", []) { row in
                (SchemaMigration.Origin(rawValue: row.text(0) ?? ""), row.text(1) ?? "", row.text(2) ?? "")
            }
            var applied: [Key: String] = [:]
            for case (let origin?, let name, let checksum) in rows {
                applied[Key(origin: origin, name: name)] = checksum
            }
            return applied
        } catch {
            throw connection.hostError(error)
        }
    }
}
