import Model
import Testing

@testable import SQLiteStore

@Suite("what every store's sessions do")
struct SessionConformance {
    @Test(
        "what a session changes is there after its commit, and what it returns is right", arguments: StoreKind.allCases)
    func commits(_ kind: StoreKind) throws {
        try kind.with { store in
            try store.inSession { session in
                #expect(try session.execute("CREATE TABLE files (id INTEGER PRIMARY KEY, name TEXT)").changes == 0)
                let first = try session.execute("INSERT INTO files (name) VALUES (?)", "a")
                #expect(first.changes == 1)
                #expect(first.lastInsertID == 1)
                #expect(try session.execute("INSERT INTO files (name) VALUES (?), (?)", "b", "c").changes == 2)
                #expect(try session.execute("UPDATE files SET name = name || '!' WHERE id > 1").changes == 2)
                #expect(try session.execute("SELECT 1").changes == 0)
            }
            #expect(
                try store.rows("SELECT * FROM files ORDER BY id") == [
                    ["id": 1, "name": "a"], ["id": 2, "name": "b!"], ["id": 3, "name": "c!"],
                ])
        }
    }

    @Test(
        "a rolled back session leaves nothing, its tables and the host's writes included", arguments: StoreKind.allCases
    )
    func rollsBack(_ kind: StoreKind) throws {
        try kind.with { store in
            try store.inSession { try $0.execute("CREATE TABLE kept (n)") }
            let session = try store.session()
            try session.execute("INSERT INTO kept VALUES (1)")
            try session.execute("CREATE TABLE gone (n)")
            session.rollback()
            session.rollback()
            #expect(try store.rows("SELECT * FROM kept") == [])
            let error = try refusal(.sql) { try store.rows("SELECT * FROM gone") }
            #expect(error.message.contains("no such table: gone"))
        }
    }

    @Test("a failing statement undoes itself alone, and the session goes on", arguments: StoreKind.allCases)
    func failingStatement(_ kind: StoreKind) throws {
        try kind.with { store in
            try store.inSession { session in
                try session.execute("CREATE TABLE t (n INTEGER PRIMARY KEY)")
                try session.execute("INSERT INTO t VALUES (1)")
                let error = try refusal { try session.execute("INSERT INTO t VALUES (2), (1)") }
                #expect(error.code == .sql)
                #expect(error.message == "UNIQUE constraint failed: t.n")
                try session.execute("INSERT INTO t VALUES (3)")
            }
            #expect(try store.rows("SELECT n FROM t") == [["n": 1], ["n": 3]])
        }
    }

    @Test("the host's writes are committed with the script's, and undone with them", arguments: StoreKind.allCases)
    func writesTogether(_ kind: StoreKind) throws {
        try kind.with { store in
            try store.inSession(.saveState(daemon: "a", state: [1], version: 1)) {
                try $0.execute("CREATE TABLE t (n)")
            }
            #expect(try store.state(of: "a")?.state == [1])
            let deep = (0..<200).reduce(Value.integer(1)) { value, _ in .array([value]) }
            let error = try refusal {
                try store.inSession(.saveState(daemon: "a", state: deep, version: 1)) {
                    try $0.execute("INSERT INTO t VALUES (1)")
                }
            }
            #expect(error.code == .limitExceeded)
            #expect(try store.state(of: "a")?.state == [1])
            #expect(try store.rows("SELECT * FROM t") == [])
        }
    }

    @Test("a session that has ended refuses everything", arguments: StoreKind.allCases)
    func ended(_ kind: StoreKind) throws {
        try kind.with { store in
            let session = try store.session()
            try session.commitAndWait()
            let errors = [
                try refusal { _ = try session.query("SELECT 1") }, try refusal { try session.execute("SELECT 1") },
                try refusal { try session.commitAndWait() },
            ]
            #expect(errors.map(\.code) == [.conflict, .conflict, .conflict])
            #expect(errors[0].message == "the session has ended: its handle is good only inside its function")
        }
    }

    @Test("a session that is dropped gives its turn back", arguments: StoreKind.allCases)
    func dropped(_ kind: StoreKind) throws {
        try kind.with { store in
            try store.inSession { try $0.execute("CREATE TABLE t (n)") }
            do { try store.session().execute("INSERT INTO t VALUES (1)") }
            #expect(try store.rows("SELECT * FROM t") == [])
        }
    }

    @Test("values come back as they were given", arguments: StoreKind.allCases)
    func values(_ kind: StoreKind) throws {
        try kind.with { store in
            try store.inSession { (session) throws in
                let given: [(Value, Value)] = [
                    (.null, .null), (true, 1), (false, 0), (.integer(.max), .integer(.max)),
                    (.integer(.min), .integer(.min)),
                    (1.5, 1.5), (.number(2), .number(2)), (.number(.infinity), .number(.infinity)), ("", ""),
                    ("ä\u{0}z", "ä\u{0}z"), (.bytes([0xff, 0, 1]), .bytes([0xff, 0, 1])), (.bytes([]), .bytes([])),
                ]
                for (value, wanted) in given {
                    #expect(try session.query("SELECT ? AS v", value) == [.object([.init("v", wanted)])])
                }
                #expect(try session.query("SELECT CAST(x'ff41' AS TEXT) AS v") == [["v": .bytes([0xff, 0x41])]])
            }
        }
    }

    @Test("parameters are bound by position and by name", arguments: StoreKind.allCases)
    func parameters(_ kind: StoreKind) throws {
        try kind.with { store in
            try store.inSession { (session) throws in
                #expect(try session.query("SELECT ?2 AS b, ?1 AS a", 1, 2) == [["b": 2, "a": 1]])
                let named = SQLParameters.named([.init("y", 2), .init("x", 1), .init("z", 3)])
                #expect(
                    try session.query("SELECT :x + @y AS sum, $z AS z, :x AS x", named, maxRows: 1)
                        == [["sum": 3, "z": 3, "x": 1]])
                #expect(try session.query("SELECT 1 AS one", .named([]), maxRows: 1) == [["one": 1]])
            }
        }
    }

    struct WrongParameters: Sendable, CustomTestStringConvertible {
        var sql: String
        var parameters: SQLParameters
        var message: String
        var testDescription: String { message }
    }

    @Test(
        "wrong parameters are refused in words that say what is right",
        arguments: [
            WrongParameters(
                sql: "SELECT ?, ?", parameters: .positional([1]),
                message: "the statement has 2 parameters, but 1 value came with it"),
            WrongParameters(
                sql: "SELECT 1", parameters: .positional([1]),
                message: "the statement has 0 parameters, but 1 value came with it"),
            WrongParameters(
                sql: "SELECT :a, :b", parameters: .positional([1, 2]),
                message: "the statement has named parameters (:a, :b): give one table with those names"),
            WrongParameters(
                sql: "SELECT ?", parameters: .named([.init("a", 1)]),
                message: "the statement has parameters without names (?): give the values one by one"),
            WrongParameters(
                sql: "SELECT :a", parameters: .named([.init("a", 1), .init("b", 1)]),
                message: "the statement has no parameter named 'b': it has a"),
            WrongParameters(
                sql: "SELECT :a, :b", parameters: .named([.init("a", 1)]),
                message:
                    "the parameter 'b' has no value (a nil field is none): for NULL use ? and give nil in its place"),
            WrongParameters(
                sql: "SELECT ?, ?", parameters: .positional([1, [2]]),
                message: "parameter 2 is a table, which no column holds: store lunad.json.encode of it"),
            WrongParameters(
                sql: "SELECT :a", parameters: .named([.init("a", .emptyTable)]),
                message: "the parameter 'a' is a table, which no column holds: store lunad.json.encode of it"),
            WrongParameters(
                sql: "SELECT ?", parameters: .positional([.number(.nan)]),
                message: "parameter 1 is not a number (nan), which no column holds"),
        ])
    func wrongParameters(_ wrong: WrongParameters) throws {
        try StoreKind.memory.with { store in
            let error = try refusal { _ = try store.rows(wrong.sql, wrong.parameters) }
            #expect(error.code == .invalidArgument)
            #expect(error.message == wrong.message)
        }
    }

    @Test("a result is bounded in rows and in bytes", arguments: StoreKind.allCases)
    func bounded(_ kind: StoreKind) throws {
        try kind.with { store in
            try store.inSession { session in
                let three = "SELECT value FROM json_each('[1,2,3]')"
                #expect(try session.query(three, .none, maxRows: 3).count == 3)
                let rows = try refusal { _ = try session.query(three, .none, maxRows: 2) }
                #expect(rows.code == .limitExceeded)
                #expect(rows.message == "the query gives more than 2 rows: add a LIMIT or a WHERE")
                let bytes = try refusal {
                    _ = try session.query("SELECT zeroblob(9000000) AS b FROM json_each('[1,2]')", .none, maxRows: 9)
                }
                #expect(bytes.code == .limitExceeded)
                #expect(bytes.message.contains("more than 16 MB"))
                let value = try refusal { _ = try session.query("SELECT zeroblob(900000000) AS b") }
                #expect(value.code == .limitExceeded)
            }
        }
    }

    @Test("INSERT … RETURNING gives its rows", arguments: StoreKind.allCases)
    func returning(_ kind: StoreKind) throws {
        try kind.with { store in
            try store.inSession { session in
                try session.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n)")
                #expect(try session.query("INSERT INTO t (n) VALUES (?) RETURNING id, n", 5) == [["id": 1, "n": 5]])
                try refusal(.limitExceeded) {
                    try session.query("INSERT INTO t (n) VALUES (6), (7) RETURNING n", .none, maxRows: 1)
                }
            }
            #expect(try store.rows("SELECT n FROM t") == [["n": 5]])
        }
    }

    @Test("columns that would fall together are refused", arguments: StoreKind.allCases)
    func sameNames(_ kind: StoreKind) throws {
        try kind.with { store in
            let error = try refusal { _ = try store.rows("SELECT 1 AS a, 2 AS a") }
            #expect(error.message == "two columns of the result are named 'a': give one another name with AS")
        }
    }

    @Test("an interrupted session ends at once, refuses its commit, and leaves nothing", arguments: StoreKind.allCases)
    func interrupted(_ kind: StoreKind) throws {
        try kind.with { store in
            try store.inSession { try $0.execute("CREATE TABLE t (n)") }
            for endless in [
                "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) AS n FROM c",
                "INSERT INTO t WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c WHERE n < 0",
            ] {
                let session = try store.session()
                try session.execute("INSERT INTO t VALUES (1)")
                let interrupter = try WorkerThread { session.interrupt() }
                try refusal(.timeout) { try session.execute(endless) }
                interrupter.join()
                try refusal(.timeout) { try session.execute("SELECT 1") }
                try refusal(.timeout) { try session.commitAndWait() }
                #expect(try store.rows("SELECT * FROM t") == [])
            }
        }
    }

    @Test("another thread takes the turn back from a session that is stuck", arguments: StoreKind.allCases)
    func takenBack(_ kind: StoreKind) throws {
        try kind.with { store in
            let stuck = try store.session()
            let other = try WorkerThread { stuck.rollback() }
            try refusal {
                try stuck.query(
                    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) AS n FROM c")
            }
            other.join()
            #expect(try store.rows("SELECT 1 AS one") == [["one": 1]])
            try refusal(.conflict) { try stuck.execute("SELECT 1") }
        }
    }
}
