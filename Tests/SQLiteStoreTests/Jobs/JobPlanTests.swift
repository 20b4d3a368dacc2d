import CSQLite
import Model
import Testing

@testable import SQLiteStore

@Suite("how the queue finds its jobs among very many")
struct JobPlanTests {
    private static let now: Value = "2026-11-24T22:49:33.123Z"

    /// What is run while jobs move, with values for its parameters.
    private static let statements: [(String, [Value])] = [
        (JobWriter.lineSQL, ["t", 8, 0]), (JobWriter.typesSQL(.worker), []), (JobWriter.typesSQL(.time), []),
        (JobWriter.stageSQL, ["t", now, 100]), (JobWriter.unfinishedChildSQL, [7]),
        (JobWriter.unfinishedBelowSQL, [7]), (JobWriter.uniqueSQL, ["t", "k"]), (JobWriter.orphansSQL, ["running"]),
        (JobWriter.oldSQL, ["completed", now, 0, now, now, 100]), (JobWriter.unfinishedOfScheduleSQL, ["s"]),
    ]

    @Test("no statement that moves jobs reads a whole table or sorts", arguments: statements)
    func plans(_ sql: String, _ parameters: [Value]) throws {
        let store = try SQLiteStore.inMemory(clock: StandingClock())
        defer { store.close() }
        let plan = try store.read { (connection) throws(HostError) in
            do throws(SQLiteFailure) {
                return try connection.rows("EXPLAIN QUERY PLAN \(sql)", parameters) { $0.text(3) ?? "" }
            } catch {
                throw connection.hostError(error)
            }
        }
        #expect(!plan.isEmpty)
        for step in plan {
            // A recursion's own table, and the few rows of a limited subquery, are scanned; a table or an index is not.
            let isOwn = ["SCAN found", "SCAN below", "SCAN (subquery", "SCAN CONSTANT"].contains { step.hasPrefix($0) }
            #expect(!step.hasPrefix("SCAN") || isOwn || step.contains("jobs_waiting_for"), "\(step) in \(sql)")
            #expect(sql.contains("below") || !step.contains("TEMP B-TREE"), "\(step) in \(sql)")
        }
    }

    @Test("a hundred thousand waiting jobs, most of a blocked type, are not looked at by a claim")
    func claimAmongMany() throws {
        try JobBench.with(.file) { bench in
            for _ in 0..<10 {
                let requests = (0..<10_000).map { number in
                    JobRequest(type: number % 10 == 9 ? "free" : "blocked", priority: number % 7)
                }
                _ = try bench.wait("a launch") { bench.store.launch(requests, done: $0) }
            }
            let gate = JobGate(rules: ["blocked": .init(concurrency: 0)])
            let store = try #require(bench.store as? SQLiteStore)
            _ = try bench.claim(10, gate: gate)
            let before = try steps(store)
            let claimed = try bench.claim(10, gate: gate)
            let used = try steps(store) - before
            #expect(claimed.map(\.type) == Array(repeating: "free", count: 10))
            #expect(claimed.allSatisfy { $0.priority == 6 })
            // Ten jobs and two lines: some hundred steps of SQLite's machine each, whatever waits behind them.
            #expect(used < 20_000, "\(used) steps")
        }
    }

    /// Steps that SQLite's machine has made on the writing connection, once nothing is under way.
    private func steps(_ store: SQLiteStore) throws -> Int {
        let writer = try #require(store.writer)
        let session = try store.session()
        defer { session.rollback() }
        var steps = 0
        var statement = sqlite3_next_stmt(writer.connection.handle, nil)
        while let one = statement {
            steps += Int(sqlite3_stmt_status(one, SQLITE_STMTSTATUS_VM_STEP, 0))
            statement = sqlite3_next_stmt(writer.connection.handle, one)
        }
        return steps
    }
}
