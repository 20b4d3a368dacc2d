import Model
import Testing

@testable import SQLiteStore

@Suite("how a database is brought forward")
struct MigrationTests {
    private func project(_ files: [String: String]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for (name, text) in files { try folder.write(name, text) }
        return folder
    }

    @Test("core migrations come first, a project's after them in name order, each once and on record")
    func order() throws {
        let folder = try TemporaryFolder()
        let project = try project([
            "0010_b.sql": "INSERT INTO steps VALUES ('b');",
            "0002_a.sql": "CREATE TABLE steps (n);\nINSERT INTO steps VALUES ('a')",
            "notes.txt": "not SQL",
        ])
        for _ in 0..<2 {
            let store = try SQLiteStore.make(folder, migrations: project.path)
            defer { store.close() }
            #expect(try store.rows("SELECT n FROM steps") == [["n": "a"], ["n": "b"]])
            let names = try store.rows("SELECT origin || ' ' || name AS n FROM schema_migrations ORDER BY origin, name")
            #expect(
                names.compactMap { $0["n"]?.stringValue }
                    == MigrationTests.releasedNames.map { "core \($0)" } + ["project 0002_a.sql", "project 0010_b.sql"])
        }
    }

    @Test("a new file is applied to an existing database, and reported")
    func added() throws {
        let folder = try TemporaryFolder()
        let project = try project(["0001_a.sql": "CREATE TABLE a (n);"])
        let first = try SQLiteStore.migrate(
            path: folder["lunad.db"], projectMigrations: project.path, clock: StandingClock())
        #expect(first.map(\.name) == MigrationTests.releasedNames + ["0001_a.sql"])
        try project.write("0002_b.sql", "CREATE TABLE b (n);")
        #expect(
            try SQLiteStore.pendingMigrations(path: folder["lunad.db"], projectMigrations: project.path).map(\.name)
                == ["0002_b.sql"])
        let second = try SQLiteStore.migrate(
            path: folder["lunad.db"], projectMigrations: project.path, clock: StandingClock())
        #expect(second == [AppliedMigration(origin: "project", name: "0002_b.sql")])
        #expect(try SQLiteStore.pendingMigrations(path: folder["lunad.db"], projectMigrations: project.path).isEmpty)
    }

    @Test("rows of one failure, from before they were one group, become one that keeps the sum")
    func errorGroups() throws {
        let folder = try TemporaryFolder()
        let connection = try Connection(folder["lunad.db"], .readWrite, create: true)
        let core = SchemaMigration.core
        let index = try #require(core.firstIndex { $0.name == "0006_error_groups.sql" })
        _ = try Migrator(connection, core: Array(core[..<index]), project: []).migrate(now: WallTime(milliseconds: 0))
        try connection.run(
            """
            INSERT INTO daemon_errors (daemon, fingerprint, kind, message, count, first_seen, last_seen, resolved_at)
            VALUES ('a', 'f', 'runtime', 'old', 2, '1', '2', '3'), ('a', 'g', 'runtime', 'other', 7, '1', '2', '3'),
                   ('a', 'f', 'runtime', 'new', 3, '4', '5', NULL)
            """)
        _ = try Migrator(connection, core: core, project: []).migrate(now: WallTime(milliseconds: 0))
        let rows = try connection.rows(
            "SELECT message, count, first_seen, last_seen FROM daemon_errors ORDER BY id", []
        ) {
            row in
            (Int32(0)..<4).map { row.text($0) ?? "" }
        }
        #expect(rows == [["other", "7", "1", "2"], ["new", "5", "1", "5"]])
    }

    @Test("what would be applied to a database that does not exist is told without making one")
    func pendingWithoutDatabase() throws {
        let folder = try TemporaryFolder()
        #expect(
            try SQLiteStore.pendingMigrations(path: folder["lunad.db"], projectMigrations: nil).map(\.name)
                == MigrationTests.releasedNames)
        #expect(!folder.exists("lunad.db"))
    }

    @Test("rows that a migration inserts are daemons with the host's defaults")
    func insertsDaemon() throws {
        let project = try project(["0001_a.sql": "INSERT INTO daemons (name, type) VALUES ('inbox2', 'inbox');"])
        let store = try SQLiteStore.inMemory(projectMigrations: project.path, clock: StandingClock())
        defer { store.close() }
        #expect(try store.daemons() == [DaemonRecord(name: "inbox2", type: "inbox")])
    }

    @Test("a migration that was changed after it was applied is refused by name")
    func changed() throws {
        let folder = try TemporaryFolder()
        let project = try project(["0001_a.sql": "CREATE TABLE a (n);"])
        try SQLiteStore.make(folder, migrations: project.path).close()
        try project.write("0001_a.sql", "CREATE TABLE a (n, m);")
        let error = try refusal(.conflict) { try SQLiteStore.make(folder, migrations: project.path) }
        #expect(error.message.contains("\(project.path)/0001_a.sql was changed after it was applied"))
    }

    @Test("a database that a newer program made is refused in one sentence")
    func newer() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.make(folder)
        store.close()
        let connection = try Connection(folder["lunad.db"], .readWrite)
        try connection.run("INSERT INTO schema_migrations VALUES ('core', '9999_future.sql', '', '')")
        connection.close()
        for open in [
            { try SQLiteStore.make(folder) },
            { try SQLiteStore.openReadOnly(path: folder["lunad.db"], clock: StandingClock()) },
        ]
            as [() throws -> SQLiteStore]
        {
            let error = try refusal(.newerSchema) { try open() }
            #expect(error.message.contains("was made by a newer lunad (it has 9999_future.sql)"))
        }
    }

    @Test("a migration that fails halfway leaves nothing of itself, keeps those before, and names file and line")
    func failsHalfway() throws {
        let folder = try TemporaryFolder()
        let project = try project([
            "0001_good.sql": "CREATE TABLE good (n);",
            "0002_bad.sql": "-- half of it works\nCREATE TABLE half (n);\n\nINSERT INTO missing\n  VALUES (1);\n",
        ])
        let error = try refusal(.sql) { try SQLiteStore.make(folder, migrations: project.path) }
        #expect(
            error.message
                == "\(project.path)/0002_bad.sql, line 4: no such table: missing; nothing of this file was applied")
        try project.write("0002_bad.sql", "CREATE TABLE half (n);")
        let store = try SQLiteStore.make(folder, migrations: project.path)
        defer { store.close() }
        #expect(try store.rows("SELECT count(*) AS n FROM half, good") == [["n": 0]])
    }

    @Test(
        "what a project's migration may not do is refused with its line",
        arguments: [
            ("BEGIN;", "a migration is one transaction"), ("SELECT 1; COMMIT;", "a migration is one transaction"),
            ("ATTACH DATABASE 'x' AS x", "other database files cannot be attached"),
            ("PRAGMA synchronous = OFF", "PRAGMA synchronous is the host's to set"),
            ("CREATE TEMP TABLE daemons (n)", "temporary tables, views and triggers are refused"),
            ("DELETE FROM schema_migrations", "the table 'schema_migrations' is written by the host alone"),
            ("DROP TABLE daemons", "the host's table 'daemons' cannot be changed"),
            ("CREATE TABLE daemon_x (n)", "the name 'daemon_x' is kept for the host's own tables"),
            (
                "CREATE TABLE t (n UNIQUE);INSERT INTO t VALUES (1);INSERT OR ROLLBACK INTO t VALUES (1)",
                "UNIQUE constraint"
            ),
            ("CREATE TABL t (n)", "near \"TABL\": syntax error"),
        ])
    func refuses(_ sql: String, _ words: String) throws {
        let folder = try TemporaryFolder()
        let project = try project(["0001_a.sql": "\n" + sql])
        let error = try refusal(.sql) { try SQLiteStore.make(folder, migrations: project.path) }
        #expect(error.message.hasPrefix("\(project.path)/0001_a.sql, line 2: "), "\(error)")
        #expect(error.message.contains(words), "\(error)")
        try SQLiteStore.make(folder).close()
    }

    @Test("a project may put triggers and indexes on the host's tables")
    func triggers() throws {
        let project = try project([
            "0001_a.sql": """
            CREATE TABLE seen (name TEXT);
            CREATE INDEX my_index ON daemon_logs (level);
            CREATE TRIGGER notice AFTER INSERT ON daemons BEGIN INSERT INTO seen VALUES (new.name); END;
            """
        ])
        let store = try SQLiteStore.inMemory(projectMigrations: project.path, clock: StandingClock())
        defer { store.close() }
        try store.write(.registerDaemon(name: "a", type: "t", enabled: true))
        #expect(try store.rows("SELECT name FROM seen") == [["name": "a"]])
    }

    @Test("badly named files are refused", arguments: ["a.sql", "1_a.sql", "0001.sql", "0001_.sql", "0001-a.sql"])
    func names(_ name: String) throws {
        let project = try project([name: "SELECT 1"])
        let error = try refusal(.invalidArgument) {
            try SQLiteStore.inMemory(projectMigrations: project.path, clock: StandingClock())
        }
        #expect(error.message.contains("\(project.path)/\(name) must be named NNNN_what.sql"))
    }

    @Test("a missing folder of migrations is an empty one")
    func missingFolder() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.make(folder, migrations: folder["none"])
        defer { store.close() }
        #expect(try store.daemons().isEmpty)
    }

    @Test("the core migrations still have the checksums with which they were released")
    func frozen() {
        let checksums = SchemaMigration.core.map { "\($0.name) \(Checksum.of($0.sql))" }
        #expect(checksums == MigrationTests.released)
    }

    /// Grows with each release; a line that changed would lock every user out of his database.
    private static let released = [
        "0001_schema_migrations.sql 7a853e33f9193c4d", "0002_daemons.sql df517a78c3f4881c",
        "0003_history.sql 45f05f1c6f5a1442", "0004_jobs.sql 44a53dd8176c30ae", "0005_versions.sql b03ee4e3e375be33",
        "0006_error_groups.sql c3d8e422d5e966d3",
        "0007_alerts.sql 16ee393000e88740",
        "0008_schedule_zones.sql 490bbef0c80a9803",
    ]

    private static let releasedNames = released.compactMap { $0.split(separator: " ").first.map(String.init) }
}
