import Model
import Testing

@testable import SQLiteStore

@Suite("what the history tables hold")
struct HistoryTests {
    private let at = WallTime(milliseconds: 1_795_560_000_000)

    private func report(_ fingerprint: String, _ message: String, daemon: String = "a", after: Int = 0) -> ErrorReport {
        ErrorReport(
            at: at + .seconds(after), daemon: daemon, kind: "runtime", message: message, traceback: "trace",
            file: "a.lua",
            line: 3, fingerprint: fingerprint, generation: 1, codeHash: "h")
    }

    @Test("failures that are alike are one row with a count; one that comes again after it was resolved is open again")
    func errors() throws {
        let store = try SQLiteStore.inMemory(clock: StandingClock())
        defer { store.close() }
        try store.write(
            .error(report("f", "boom 1")), .error(report("f", "boom 2", after: 5)), .error(report("g", "other")),
            .error(report("f", "boom", daemon: "b")))
        try store.write(.resolveErrors(daemon: "a", at: at + .seconds(9)), .error(report("f", "boom 3", after: 10)))
        let rows = try store.rows(
            "SELECT daemon, fingerprint, message, count, first_seen, last_seen, resolved_at FROM daemon_errors ORDER BY id"
        )
        let resolved = Value.string((at + .seconds(9)).iso8601)
        #expect(try store.errors(ErrorQuery(daemon: "a")).map(\.report.message) == ["boom 3"])
        #expect(try store.errors(ErrorQuery(fingerprint: "f")).map(\.report.daemon) == ["a", "b"])
        #expect(try store.errors(ErrorQuery(includingResolved: true)).count == 3)
        func row(
            _ daemon: Value, _ print: Value, _ message: Value, _ count: Value, _ first: Int, _ last: Int, _ end: Value
        ) -> Value {
            [
                "daemon": daemon, "fingerprint": print, "message": message, "count": count,
                "first_seen": .string((at + .seconds(first)).iso8601),
                "last_seen": .string((at + .seconds(last)).iso8601),
                "resolved_at": end,
            ]
        }
        #expect(
            rows == [
                row("a", "f", "boom 3", 3, 0, 10, .null), row("a", "g", "other", 1, 0, 0, resolved),
                row("b", "f", "boom", 1, 0, 0, .null),
            ])
    }

    @Test("one failure of a daemon can be resolved alone")
    func resolveOne() throws {
        let store = try SQLiteStore.inMemory(clock: StandingClock())
        defer { store.close() }
        try store.write(
            .error(report("f", "boom")), .error(report("g", "other")), .error(report("f", "boom", daemon: "b")))
        try store.write(.resolveErrors(daemon: "a", fingerprint: "f", at: at + .seconds(9)))
        let open = try store.errors(ErrorQuery()).map { "\($0.report.daemon) \($0.report.fingerprint)" }
        #expect(Set(open) == ["a g", "b f"])
    }

    @Test("activities are read by cursor in both directions, and by kind")
    func activityPages() throws {
        let store = try SQLiteStore.inMemory(clock: StandingClock())
        defer { store.close() }
        try store.write(
            .activity(Activity(at: at, daemon: "a", kind: "status", message: "1")),
            .activity(Activity(at: at, daemon: "b", kind: "status", message: "2")),
            .activity(Activity(at: at, daemon: "a", kind: "config", message: "3")),
            .activity(Activity(at: at, daemon: "a", kind: "status", message: "4")))
        func read(_ query: ActivityQuery) throws -> [String] { try store.activities(query).map(\.message) }
        let newest = try store.activities(ActivityQuery(limit: 2))
        #expect(newest.map(\.message) == ["3", "4"])
        #expect(try read(ActivityQuery(beforeID: newest.first?.id, limit: 2)) == ["1", "2"])
        #expect(try read(ActivityQuery(afterID: 1, limit: 2)) == ["2", "3"])
        #expect(try read(ActivityQuery(daemon: "a", kind: "status")) == ["1", "4"])
    }

    @Test("log lines are read backwards from a line")
    func logPages() throws {
        let store = try SQLiteStore.inMemory(clock: StandingClock())
        defer { store.close() }
        let lines = (1...5).map { LogEntry(at: at, daemon: "a", level: .info, message: "\($0)") }
        try store.write(.logs(lines))
        let newest = try store.logs(LogQuery(limit: 2))
        #expect(newest.map(\.entry.message) == ["4", "5"])
        #expect(try store.logs(LogQuery(beforeID: newest.first?.id, limit: 2)).map(\.entry.message) == ["2", "3"])
    }

    @Test("a run of the host is on record, and so is whether it ended in order")
    func boots() throws {
        let store = try SQLiteStore.inMemory(clock: StandingClock())
        defer { store.close() }
        try store.write(
            .bootStarted(.init(id: "one", pid: 7, version: "0.1.0", startedAt: at)),
            .bootStarted(.init(id: "two", pid: 8, version: "0.1.0", startedAt: at + .seconds(1))))
        try store.write(.bootStopped(id: "two", at: at + .seconds(2)))
        #expect(
            try store.rows("SELECT boot_id, pid, stopped_at FROM host_boots ORDER BY started_at") == [
                ["boot_id": "one", "pid": 7, "stopped_at": .null],
                ["boot_id": "two", "pid": 8, "stopped_at": .string((at + .seconds(2)).iso8601)],
            ])
    }

    @Test("one call prunes a bounded number of lines")
    func batches() throws {
        let store = try SQLiteStore.inMemory(clock: StandingClock())
        defer { store.close() }
        try store.write(
            .logs((0..<Pruner.batch + 500).map { _ in LogEntry(at: at, daemon: "a", level: .info, message: "m") }))
        #expect(try prune(store, keepRows: 100) == Pruner.batch)
        #expect(try prune(store, keepRows: 100) == 400)
        #expect(try prune(store, keepRows: 100) == 0)
        #expect(try store.rows("SELECT count(*) AS n FROM daemon_logs") == [["n": 100]])
    }

    @Test("every history table is bounded by rows and by age")
    func bounds() throws {
        let store = try SQLiteStore.inMemory(clock: StandingClock())
        defer { store.close() }
        let fill = [
            ("daemon_activities", "at, kind, message", "'2000-01-01T00:00:00.000Z', 'k', 'm'"),
            (
                "daemon_errors", "daemon, fingerprint, kind, message, first_seen, last_seen",
                "'a', n, 'k', 'm', '', '2000-01-01'"
            ),
            ("host_boots", "boot_id, pid, version, started_at", "n, 1, 'v', printf('%09d', n)"),
        ]
        let connection = try #require(store.writer).connection
        for (table, columns, values) in fill {
            let holder = try store.session()
            defer { holder.rollback() }
            try connection.run(
                """
                INSERT INTO \(table) (\(columns)) WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 60000)
                SELECT \(values) FROM c
                """)
            #expect(try Pruner(connection: connection).prune(keepRows: 10, olderThan: WallTime(milliseconds: 0)) == 0)
        }
        let counts = try store.inSession { session in
            try connection.run("INSERT INTO daemon_activities (at, kind, message) VALUES ('2000-01-01', 'k', 'm')")
            _ = try Pruner(connection: connection).prune(keepRows: 10, olderThan: at)
            return try session.query("SELECT count(*) AS n FROM daemon_activities")
        }
        #expect(counts == [["n": 0]])
    }

    private func prune(_ store: any Store, keepRows: Int) throws -> Int {
        let answer = Answer<Result<Int, HostError>>()
        store.pruneLogs(keepRows: keepRows, olderThan: at) { answer.give($0) }
        return try answer.wait("the end of pruning").get()
    }
}
