import Model
import Testing

@testable import SQLiteStore

@Suite("what a script's statement may do")
struct StatementRulesTests {
    struct Refused: Sendable, CustomTestStringConvertible {
        var sql: String
        var words: String
        var testDescription: String { sql }

        init(_ sql: String, _ words: String) {
            self.sql = sql
            self.words = words
        }
    }

    @Test(
        "what would reach beyond the script's own tables is refused",
        arguments: [
            Refused(
                "INSERT INTO daemons (name, type) VALUES ('x', 'x')", "the host's table 'daemons' can be read but not"),
            Refused("UPDATE daemons SET status = 'running'", "the host's table 'daemons' can be read but not written"),
            Refused("DELETE FROM Daemon_Logs", "'daemon_logs' can be read but not written"),
            Refused("REPLACE INTO daemon_state VALUES ('a', '1', 1, '')", "'daemon_state' can be read but not written"),
            Refused("UPDATE main.daemon_config SET value = '1'", "'daemon_config' can be read but not written"),
            Refused("DELETE FROM schema_migrations", "'schema_migrations' can be read but not written"),
            Refused("INSERT INTO mine SELECT 1 FROM daemons RETURNING (DELETE FROM daemons)", "syntax error"),
            Refused("WITH d AS (SELECT 1) DELETE FROM daemons", "'daemons' can be read but not written"),
            Refused("DROP TABLE daemons", "the host's table 'daemons' cannot be changed"),
            Refused("ALTER TABLE daemons ADD COLUMN x", "the host's table 'daemons' cannot be changed"),
            Refused("ALTER TABLE daemons RENAME TO mine2", "the host's table 'daemons' cannot be changed"),
            Refused(
                "CREATE INDEX i ON daemons (type)", "the host's table 'daemons' cannot be changed, nor get indexes"),
            Refused("DROP INDEX daemon_logs_by_time", "the host's table 'daemon_logs' cannot be changed"),
            Refused(
                "CREATE TRIGGER tr AFTER INSERT ON daemons BEGIN SELECT 1; END",
                "the host's table 'daemons' cannot be changed, nor get indexes or triggers"),
            Refused("CREATE TABLE daemon_notes (n)", "the name 'daemon_notes' is kept for the host's own tables"),
            Refused("CREATE TABLE jobs (n)", "the name 'jobs' is kept for the host's own tables"),
            Refused("CREATE VIEW Host_x AS SELECT 1", "the name 'Host_x' is kept for the host's own tables"),
            Refused(
                "CREATE VIRTUAL TABLE lunad_x USING fts5(t)", "the name 'lunad_x' is kept for the host's own tables"),
            Refused("ATTACH DATABASE '/etc/passwd' AS p", "other database files cannot be attached"),
            Refused("DETACH DATABASE main", "other database files cannot be attached"),
            Refused("PRAGMA journal_mode = DELETE", "PRAGMA journal_mode is the host's to set"),
            Refused("PRAGMA writable_schema = 1", "PRAGMA writable_schema is the host's to set"),
            Refused("PRAGMA user_version", "PRAGMA user_version is the host's to set"),
            Refused("SELECT * FROM pragma_database_list", "PRAGMA database_list is the host's to set"),
            Refused("BEGIN", "a session is one transaction"),
            Refused("COMMIT", "a session is one transaction"),
            Refused("END", "a session is one transaction"),
            Refused("ROLLBACK", "a session is one transaction"),
            Refused("SAVEPOINT member", "a session is one transaction"),
            Refused("RELEASE member", "a session is one transaction"),
            Refused("ROLLBACK TO member", "a session is one transaction"),
            Refused("CREATE TEMP TABLE t (n)", "temporary tables, views and triggers are refused"),
            Refused("CREATE TEMP VIEW v AS SELECT 1", "temporary tables, views and triggers are refused"),
            Refused(
                "CREATE TEMP TRIGGER tr AFTER INSERT ON mine BEGIN SELECT 1; END",
                "temporary tables, views and triggers are refused"),
            Refused("SELECT load_extension('x')", "the function load_extension is refused"),
            Refused("SELECT fts3_tokenizer('simple')", "the function fts3_tokenizer is refused"),
            Refused("INSERT INTO sqlite_schema VALUES ('table', 'x', 'x', 1, '')", "may not be modified"),
            Refused("DELETE FROM sqlite_sequence", "SQLite's own table 'sqlite_sequence' cannot be written"),
            Refused("ANALYZE", "ANALYZE and REINDEX are the host's to run"),
            Refused("REINDEX", "ANALYZE and REINDEX are the host's to run"),
            Refused("VACUUM", "cannot VACUUM from within a transaction"),
            Refused("VACUUM INTO '/tmp/lunad-never'", "cannot VACUUM from within a transaction"),
            Refused("INSERT OR ROLLBACK INTO mine VALUES (1)", "ROLLBACK as a conflict clause is refused"),
            Refused("SELECT 1; SELECT 2", "one statement at a time"),
            Refused("SELECT 1; nonsense", "one statement at a time"),
            Refused("SELECT 1;\u{0} SELECT 2", "the statement contains a NUL character"),
            Refused("", "there is no statement in this text"),
            Refused("-- only a comment", "there is no statement in this text"),
            Refused("SELECT *\nFORM t", "near \"FORM\": syntax error (line 2, column 1 of the statement)"),
            Refused("SELECT nope", "no such column: nope (line 1, column 8 of the statement)"),
        ])
    func refuses(_ refused: Refused) throws {
        try StoreKind.memory.with { store in
            try store.inSession { try $0.execute("CREATE TABLE mine (n PRIMARY KEY)") }
            let error = try refusal { try store.inSession { try $0.execute(refused.sql) } }
            #expect(error.message.contains(refused.words), "\(error)")
            #expect([.forbidden, .sql].contains(error.code))
        }
    }

    @Test(
        "what stays within the script's own tables works",
        arguments: [
            "SELECT name FROM daemons", "SELECT count(*) AS n FROM daemon_logs", "PRAGMA table_info(daemons)",
            "SELECT name FROM pragma_table_info('mine')", "CREATE INDEX i ON mine (n)", "ALTER TABLE mine ADD COLUMN x",
            "ALTER TABLE mine ADD COLUMN y INTEGER NOT NULL DEFAULT 0 CHECK (y >= 0)",
            "ALTER TABLE counted RENAME TO recounted", "DROP TABLE counted",
            "CREATE VIEW v AS SELECT name FROM daemons",
            "CREATE TABLE strict (j TEXT CHECK (json_valid(j))) STRICT", "DELETE FROM mine", "SELECT 1 AS n; -- done",
            "EXPLAIN QUERY PLAN SELECT * FROM mine", "CREATE TABLE other AS SELECT name FROM daemons",
            "CREATE TRIGGER tr AFTER INSERT ON mine BEGIN UPDATE counted SET n = n + 1; END",
            "CREATE VIRTUAL TABLE words USING fts5(text)", "INSERT OR IGNORE INTO mine VALUES (1)",
            "INSERT INTO mine SELECT steps FROM daemons",
        ])
    func allows(_ sql: String) throws {
        try StoreKind.memory.with { store in
            try store.inSession { session in
                try session.execute("CREATE TABLE mine (n PRIMARY KEY)")
                try session.execute("CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT, n)")
            }
            try store.inSession { try $0.execute(sql) }
        }
    }

    @Test("a trigger on a script's own table cannot write where the script cannot")
    func trigger() throws {
        try StoreKind.memory.with { store in
            try store.write(.registerDaemon(name: "a", type: "a", enabled: true))
            let error = try refusal {
                try store.inSession { session in
                    try session.execute("CREATE TABLE mine (n)")
                    try session.execute("INSERT INTO mine VALUES (1)")
                    try session.execute("CREATE TRIGGER tr AFTER INSERT ON mine BEGIN DELETE FROM daemons; END")
                    try session.execute("INSERT INTO mine VALUES (1)")
                }
            }
            #expect(error.code == .forbidden)
            #expect(try store.daemons().count == 1)
        }
    }

    @Test("a trigger that would roll everything back is refused when it would fire")
    func rollbackTrigger() throws {
        try StoreKind.memory.with { store in
            let error = try refusal {
                try store.inSession { session in
                    try session.execute("CREATE TABLE mine (n)")
                    try session.execute(
                        "CREATE TRIGGER tr BEFORE INSERT ON mine BEGIN SELECT RAISE(ROLLBACK, 'no'); END")
                    try session.execute("INSERT INTO mine VALUES (1)")
                }
            }
            #expect(error.message.contains("ROLLBACK as a conflict clause is refused"))
        }
    }

    @Test("full-text search works in sessions")
    func fullText() throws {
        try StoreKind.file.with { store in
            try store.inSession { session in
                try session.execute("CREATE VIRTUAL TABLE words USING fts5(text)")
                try session.execute("INSERT INTO words VALUES (?)", "the quick brown fox")
            }
            #expect(
                try store.rows("SELECT text FROM words WHERE words MATCH 'quick'") == [["text": "the quick brown fox"]])
        }
    }
}

@Suite("how a statement is expected to behave")
struct StatementProgramTests {
    @Test(
        "a statement that touches a few rows is straight, one that loops over stored rows is not",
        arguments: [
            ("INSERT INTO t (name) VALUES (?)", true), ("INSERT INTO t (name) VALUES (?) RETURNING id", true),
            ("INSERT INTO t VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET name = excluded.name", true),
            ("UPDATE t SET name = ? WHERE id = ?", true), ("DELETE FROM t WHERE id = ?", true),
            ("UPDATE t SET id = id + 1 WHERE name = ?", true), ("REPLACE INTO t VALUES (?, ?)", true),
            ("UPDATE t SET name = ''", false), ("DELETE FROM t", false), ("INSERT INTO t SELECT * FROM t", false),
            ("CREATE TABLE x (n)", false), ("INSERT INTO audited VALUES (1)", false),
            (
                "INSERT INTO t (name) WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c",
                false
            ),
        ])
    func straight(_ sql: String, _ wanted: Bool) throws {
        let connection = try Connection.openWriter(":memory:", memory: true)
        defer { connection.close() }
        try connection.run("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE)")
        try connection.run("CREATE TABLE audited (n)")
        try connection.run("CREATE TRIGGER tr AFTER INSERT ON audited BEGIN UPDATE t SET name = name; END")
        #expect(try StatementProgram(sql, connection).isStraight == wanted)
    }
}
