import Model
import Synchronization
import Testing

@testable import SQLiteStore

@Suite("what holds when many threads use the store at once")
struct ConcurrencyTests {
    private static let accounts = 10
    private static let total: Int64 = 1_000

    @Test("money moved between accounts is never made or lost, and what was acknowledged is what is there")
    func transfers() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.make(folder)
        defer { store.close() }
        try store.inSession { session in
            try session.execute("CREATE TABLE accounts (id INTEGER PRIMARY KEY, amount INTEGER)")
            for id in 0..<Self.accounts {
                try session.execute(
                    "INSERT INTO accounts VALUES (?, ?)", .integer(Int64(id)), .integer(Self.total / 10))
            }
        }
        let problems = Mutex<[String]>([])
        let writersLeft = Atomic<Int>(6)
        @Sendable func note(_ work: () throws -> Void) {
            do { try work() } catch { problems.withLock { $0.append("\(error)") } }
        }
        var threads: [WorkerThread] = []
        for number in 0..<4 {
            threads.append(
                try WorkerThread {
                    note { try Self.transfer(store, worker: number) }
                    writersLeft.subtract(1, ordering: .sequentiallyConsistent)
                })
        }
        for number in 0..<2 {
            threads.append(
                try WorkerThread {
                    note { try Self.log(store, worker: number) }
                    writersLeft.subtract(1, ordering: .sequentiallyConsistent)
                })
        }
        for _ in 0..<2 {
            threads.append(
                try WorkerThread {
                    note {
                        repeat {
                            let sum = try store.read { (connection) throws(HostError) in
                                do throws(SQLiteFailure) {
                                    return try connection.integer("SELECT sum(amount) FROM accounts")
                                } catch {
                                    throw connection.hostError(error)
                                }
                            }
                            if sum != Self.total { problems.withLock { $0.append("a reader saw \(sum ?? -1)") } }
                        } while writersLeft.load(ordering: .sequentiallyConsistent) > 0
                    }
                })
        }
        for thread in threads { thread.join() }
        #expect(problems.withLock { $0 } == [])
        #expect(try store.rows("SELECT sum(amount) AS n FROM accounts") == [["n": .integer(Self.total)]])
        for number in 0..<4 { #expect(try store.state(of: "worker \(number)")?.state == [99]) }
        #expect(try store.rows("SELECT count(*) AS n FROM daemon_logs") == [["n": 600]])
        #expect(store.statistics.queuedUnits == 0)
        #expect(store.statistics.waitingSessions == 0)
    }

    /// A hundred sessions: most move money, some roll back, some are interrupted, some are dropped.
    private static func transfer(_ store: SQLiteStore, worker: Int) throws {
        for round in 0..<100 {
            let session = try store.session()
            let from = Value.integer(Int64((worker + round) % accounts))
            let to = Value.integer(Int64((worker * 3 + round * 7 + 1) % accounts))
            try session.execute("UPDATE accounts SET amount = amount - 1 WHERE id = ?", from)
            switch round % 7 {
            case 1: session.rollback()
            case 3:
                session.interrupt()
                try refusal(.timeout) { try session.execute("UPDATE accounts SET amount = amount * 2") }
                session.rollback()
            case 5: break
            default:
                if round % 7 == 0 { try session.execute("UPDATE accounts SET amount = amount + 0") }
                try session.execute("UPDATE accounts SET amount = amount + 1 WHERE id = ?", to)
                try session.commitAndWait([
                    .saveState(daemon: "worker \(worker)", state: [.integer(Int64(round))], version: 1)
                ])
            }
        }
        let last = try store.session()
        try last.commitAndWait([.saveState(daemon: "worker \(worker)", state: [99], version: 1)])
    }

    private static func log(_ store: SQLiteStore, worker: Int) throws {
        let answer = Answer<Result<Void, HostError>>()
        for round in 0..<300 {
            let line = LogEntry(
                at: StandingClock().now(), daemon: "logger \(worker)", level: .info, message: "line", step: Int64(round)
            )
            store.submit([.logs([line])]) { answer.give($0) }
        }
        for _ in 0..<300 { try answer.wait("a log line").get() }
    }

    @Test("the one connection of a store in memory is used by one thread at a time, whoever reads or writes")
    func memory() throws {
        let store = try SQLiteStore.inMemory(clock: StandingClock())
        defer { store.close() }
        let at = WallTime(milliseconds: 1_795_560_000_000)
        let writes = 1_000
        let problems = Mutex<[String]>([])
        let writersLeft = Atomic<Int>(2)
        @Sendable func note(_ work: () throws -> Void) {
            do { try work() } catch { problems.withLock { $0.append("\(error)") } }
        }
        var threads: [WorkerThread] = []
        for number in 0..<2 {
            threads.append(
                try WorkerThread {
                    note {
                        for index in 0..<writes {
                            let id = "\(number) \(index)"
                            try store.write(.bootStarted(.init(id: id, pid: 1, version: "0.1.0", startedAt: at)))
                        }
                    }
                    writersLeft.subtract(1, ordering: .sequentiallyConsistent)
                })
        }
        for _ in 0..<3 {
            threads.append(
                try WorkerThread {
                    note {
                        repeat {
                            _ = try store.countJobs()
                            _ = try store.schedules()
                        } while writersLeft.load(ordering: .sequentiallyConsistent) > 0
                    }
                })
        }
        for thread in threads { thread.join() }
        #expect(problems.withLock { $0 } == [])
        #expect(try store.rows("SELECT count(*) AS n FROM host_boots") == [["n": .integer(Int64(2 * writes))]])
    }
}
