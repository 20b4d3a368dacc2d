import CSQLite
import Model

/// Decides at preparation what a statement may do, by whom it is written, and ends it when it is interrupted.
///
/// Installed once for the life of the connection: changing SQLite's authorizer would throw away every prepared statement.
final class StatementRules {
    /// On whose behalf a statement is prepared and run.
    enum Audience {
        case host
        case coreMigration
        case projectMigration
        case script
    }

    var audience = Audience.host
    /// Why the last statement was refused, in words for its author.
    private(set) var refusal: String?
    /// Whether the last statement that was prepared changes the schema.
    private(set) var changesSchema = false
    /// Set while a statement runs that may be stopped in the middle.
    var interruption: Interruption?

    func forgetLast() {
        refusal = nil
        changesSchema = false
    }

    /// How many steps of SQLite's machine pass between two looks at the interruption.
    private static let stepsBetweenLooks: Int32 = 1_000

    func watch(_ handle: OpaquePointer) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_set_authorizer(
            handle,
            { context, action, first, second, _, _ in
                guard let context else { return SQLITE_DENY }
                let rules = Unmanaged<StatementRules>.fromOpaque(context).takeUnretainedValue()
                if rules.audience == .host { return SQLITE_OK }
                return rules.judge(action, first.map { String(cString: $0) }, second.map { String(cString: $0) })
            }, context)
        sqlite3_progress_handler(
            handle, Self.stepsBetweenLooks,
            { context in
                guard let context else { return 0 }
                let rules = Unmanaged<StatementRules>.fromOpaque(context).takeUnretainedValue()
                return rules.interruption?.isRaised == true ? 1 : 0
            }, context)
    }

    private func judge(_ action: Int32, _ first: String?, _ second: String?) -> Int32 {
        guard let reason = objection(action, first ?? "", second ?? "") else { return SQLITE_OK }
        if refusal == nil { refusal = reason }
        return SQLITE_DENY
    }

    /// Why the action is refused; nil when it is allowed.
    private func objection(_ action: Int32, _ first: String, _ second: String) -> String? {
        switch action {
        case SQLITE_SELECT, SQLITE_READ, SQLITE_RECURSIVE: nil
        case SQLITE_FUNCTION: functionObjection(second)
        case SQLITE_INSERT, SQLITE_UPDATE, SQLITE_DELETE: writeObjection(first)
        case SQLITE_CREATE_TABLE, SQLITE_CREATE_VIEW, SQLITE_CREATE_VTABLE: creationObjection(first)
        case SQLITE_DROP_TABLE, SQLITE_DROP_VIEW, SQLITE_DROP_VTABLE: schemaObjection(first)
        case SQLITE_ALTER_TABLE, SQLITE_DROP_INDEX, SQLITE_DROP_TRIGGER: schemaObjection(second)
        case SQLITE_CREATE_INDEX, SQLITE_CREATE_TRIGGER:
            audience == .projectMigration ? schemaObjection("") : schemaObjection(second)
        case SQLITE_PRAGMA:
            HostTables.readablePragmas.contains(first.lowercased())
                ? nil : "PRAGMA \(first) is the host's to set; table_info, index_list and their like can be read"
        case SQLITE_TRANSACTION, SQLITE_SAVEPOINT:
            audience == .script
                ? "a session is one transaction: it commits when its function returns and rolls back when it raises"
                : "a migration is one transaction: leave BEGIN, COMMIT, ROLLBACK and savepoints out"
        case SQLITE_ATTACH, SQLITE_DETACH: "other database files cannot be attached"
        case SQLITE_CREATE_TEMP_INDEX, SQLITE_CREATE_TEMP_TABLE, SQLITE_CREATE_TEMP_TRIGGER, SQLITE_CREATE_TEMP_VIEW,
            SQLITE_DROP_TEMP_INDEX, SQLITE_DROP_TEMP_TABLE, SQLITE_DROP_TEMP_TRIGGER, SQLITE_DROP_TEMP_VIEW:
            "temporary tables, views and triggers are refused, the connection is shared: make an ordinary one"
        case SQLITE_REINDEX where changesSchema: nil  // CREATE INDEX passes here.
        case SQLITE_ANALYZE, SQLITE_REINDEX:
            audience == .coreMigration ? nil : "ANALYZE and REINDEX are the host's to run"
        default: "this kind of statement is refused"
        }
    }

    private func functionObjection(_ name: String) -> String? {
        ["load_extension", "fts3_tokenizer"].contains(name.lowercased()) ? "the function \(name) is refused" : nil
    }

    private func writeObjection(_ table: String) -> String? {
        if audience == .coreMigration { return nil }
        let name = table.lowercased()
        if name == "sqlite_temp_master", !changesSchema {
            return "temporary tables, views and triggers are refused: make an ordinary one"
        }
        if name == "sqlite_master" || name == "sqlite_schema" { return nil }  // SQLite guards it; CREATE passes here.
        if name.hasPrefix("sqlite_") { return changesSchema ? nil : "SQLite's own table '\(table)' cannot be written" }
        if audience == .projectMigration {
            return name == "schema_migrations" ? "the table 'schema_migrations' is written by the host alone" : nil
        }
        guard HostTables.owns(name) else { return nil }
        return
            "the host's table '\(table)' can be read but not written by a script; keep rows of your own in a table of "
            + "your own, and use the lunad functions to change what the host keeps"
    }

    private func creationObjection(_ name: String) -> String? {
        changesSchema = true
        guard audience != .coreMigration, HostTables.owns(name.lowercased()) else { return nil }
        return "the name '\(name)' is kept for the host's own tables (\(HostTables.reserved)): choose another"
    }

    private func schemaObjection(_ table: String) -> String? {
        changesSchema = true
        guard audience != .coreMigration, HostTables.owns(table.lowercased()) else { return nil }
        return "the host's table '\(table)' cannot be changed, nor get indexes or triggers from a script"
    }
}

/// Which names belong to the host.
enum HostTables {
    /// The rule as a message tells it.
    static let reserved = "daemons, jobs, schema_migrations, daemon_…, job_…, host_…, lunad_…"

    static let readablePragmas: Set<String> = [
        "table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "foreign_key_list",
        "data_version",
        // What ALTER TABLE … ADD COLUMN runs on a STRICT table.
        "quick_check",
    ]

    /// Whether the lower-case name is the host's, also when a later version is the first to use it.
    static func owns(_ name: String) -> Bool {
        ["daemons", "jobs", "schema_migrations"].contains(name)
            || ["daemon_", "job_", "host_", "lunad_"].contains { name.hasPrefix($0) }
    }
}
