import CSQLite
import Model
import Platform
import Synchronization
import Testing

@testable import SQLiteStore

@Suite("how writers share commits")
struct GroupCommitTests {
    @Test("units that wait together share one commit")
    func unitsShare() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.make(folder)
        defer { store.close() }
        let holder = try store.session()
        let before = store.statistics.commits
        let answer = Answer<Result<Void, HostError>>()
        for number in 0..<500 {
            store.submit([.registerDaemon(name: "d\(number)", type: "t", enabled: true)]) { answer.give($0) }
        }
        #expect(store.statistics.queuedUnits == 500)
        #expect(answer.all.isEmpty)
        holder.rollback()
        for _ in 0..<500 { try answer.wait("a shared commit").get() }
        #expect(store.statistics.commits == before + 1)
        #expect(try store.daemons().count == 500)
    }

    @Test("sessions that wait together share one commit with the units, and are told only after it")
    func sessionsShare() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.make(folder)
        defer { store.close() }
        try store.inSession { try $0.execute("CREATE TABLE t (n)") }
        let before = store.statistics.commits
        let sessions = try QueuedSessions(store, count: 20)
        let done = Answer<Result<Void, HostError>>()
        for number in 0..<20 {
            let session = try sessions.next()
            try session.execute("INSERT INTO t VALUES (?)", .integer(Int64(number)))
            #expect(done.all.isEmpty)
            session.commit([.saveState(daemon: "d\(number)", state: [1], version: 1)]) { done.give($0) }
        }
        for _ in 0..<20 { try done.wait("the shared commit").get() }
        #expect(store.statistics.commits == before + 1)
        #expect(try store.rows("SELECT count(*) AS n FROM t") == [["n": 20]])
    }

    @Test("a unit that fails takes no other with it")
    func failingUnit() throws {
        let store = try SQLiteStore.inMemory(clock: StandingClock())
        defer { store.close() }
        let holder = try store.session()
        let answers = [Answer<Result<Void, HostError>>(), .init(), .init()]
        let deep = (0..<200).reduce(Value.integer(1)) { value, _ in .array([value]) }
        store.submit([.saveState(daemon: "a", state: [1], version: 1)]) { answers[0].give($0) }
        store.submit([.saveState(daemon: "b", state: deep, version: 1)]) { answers[1].give($0) }
        store.submit([.saveState(daemon: "c", state: [3], version: 1)]) { answers[2].give($0) }
        holder.rollback()
        try answers[0].wait("the first unit").get()
        try refusal(.limitExceeded) { try answers[1].wait("the second unit").get() }
        try answers[2].wait("the third unit").get()
        #expect(try store.state(of: "b") == nil)
        #expect(try store.state(of: "c")?.state == [3])
    }

    @Test("a group has at most its thousand members")
    func bounded() throws {
        let store = try SQLiteStore.inMemory(clock: StandingClock())
        defer { store.close() }
        let before = store.statistics.commits
        let holder = try store.session()
        let answer = Answer<Result<Void, HostError>>()
        for _ in 0..<2_500 { store.submit([.removeDaemon(name: "x")]) { answer.give($0) } }
        holder.rollback()
        for _ in 0..<2_500 { try answer.wait("a bounded group").get() }
        #expect(store.statistics.commits == before + 3)
    }

    @Test("beyond its bound the queue answers busy at once")
    func queueBound() throws {
        let store = try SQLiteStore.inMemory(clock: StandingClock())
        defer { store.close() }
        let holder = try store.session()
        let answer = Answer<Result<Void, HostError>>()
        for _ in 0..<WriterGate.maxUnits { store.submit([]) { answer.give($0) } }
        #expect(answer.all.isEmpty)
        let refused = Answer<Result<Void, HostError>>()
        store.submit([]) { refused.give($0) }
        #expect(refused.all.count == 1)
        try refusal(.busy) { try refused.all.first?.get() }
        holder.rollback()
        for _ in 0..<WriterGate.maxUnits { try answer.wait("a queued unit").get() }
    }

    @Test("turns are given in the order of asking; the committer lets sessions go first for a moment and no longer")
    func fair() throws {
        let clock = ManualClock()
        let store = try SQLiteStore.inMemory(clock: clock)
        defer { store.close() }
        let order = Mutex<[Int]>([])
        let holder = try store.session()
        let waiting = Answer<any StoreSession>()
        for number in 0..<6 {
            let early = try store.beginSession(daemon: "d\(number)") { result in
                guard case .success(let session) = result else { return }
                order.withLock { $0.append(number) }
                waiting.give(session)
            }
            #expect(early == nil)
            if number == 0 {
                store.submit([.registerDaemon(name: "d", type: "t", enabled: true)]) { _ in }
            }
        }
        holder.rollback()
        var sawUnit: [Bool] = []
        for number in 0..<6 {
            let session = try waiting.wait("a turn")
            if number == 2 { clock.advance(by: WriterGate.gathering) }
            sawUnit.append(try session.query("SELECT name FROM daemons").count == 1)
            session.rollback()
        }
        #expect(order.withLock { $0 } == [0, 1, 2, 3, 4, 5])
        #expect(sawUnit == [false, false, false, true, true, true])
    }

    @Test("a session that changed nothing costs no commit")
    func readOnlySession() throws {
        let store = try SQLiteStore.inMemory(clock: StandingClock())
        defer { store.close() }
        let before = store.statistics.commits
        let answered = Answer<Result<Void, HostError>>()
        let session = try store.session()
        #expect(try session.query("SELECT count(*) AS n FROM daemons") == [["n": 0]])
        session.commit([]) { answered.give($0) }
        #expect(answered.all.count == 1)
        #expect(store.statistics.commits == before)
    }

    @Test("closing applies what is queued, dismisses who waits, and rolls an open session back")
    func closing() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.make(folder)
        let open = try store.session()
        try open.execute("CREATE TABLE gone (n)")
        let dismissed = Answer<Result<any StoreSession, HostError>>()
        #expect(try store.beginSession(daemon: "late") { dismissed.give($0) } == nil)
        let written = Answer<Result<Void, HostError>>()
        store.submit([.registerDaemon(name: "kept", type: "t", enabled: true)]) { written.give($0) }
        store.close()
        try written.wait("the queued unit").get()
        try refusal(.unavailable) { try dismissed.wait("the dismissal").get() }
        try refusal(.conflict) { try open.execute("SELECT 1") }
        let again = try SQLiteStore.make(folder)
        defer { again.close() }
        #expect(try again.daemons().map(\.name) == ["kept"])
        try refusal(.sql) { try again.rows("SELECT * FROM gone") }
    }
}

@Suite("how one member's trouble stays its own")
struct MemberIsolationTests {
    private let endlessWrite =
        "INSERT INTO t WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c"

    @Test("interrupting a long write undoes that session alone", arguments: [0, 1, 5])
    func interruption(earlierChanges: Int) throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.make(folder)
        defer { store.close() }
        try store.inSession { try $0.execute("CREATE TABLE t (n)") }
        let sessions = try QueuedSessions(store, count: 3)
        let done = Answer<Result<Void, HostError>>()

        let first = try sessions.next()
        try first.execute("INSERT INTO t VALUES ('first')")
        first.commit([]) { done.give($0) }

        let runaway = try sessions.next()
        for _ in 0..<earlierChanges { try runaway.execute("INSERT INTO t VALUES ('runaway')") }
        let interrupter = try WorkerThread {
            _ = try? done.wait("the commit of the other members")
            runaway.interrupt()
        }
        try refusal(.timeout) { try runaway.execute(endlessWrite) }
        interrupter.join()
        runaway.rollback()

        let last = try sessions.next()
        try last.execute("INSERT INTO t VALUES ('last')")
        last.commit([]) { done.give($0) }
        try done.wait("the last commit").get()
        #expect(done.all.count == 2)
        #expect(try store.rows("SELECT n FROM t") == [["n": "first"], ["n": "last"]])
    }

    @Test("a long write keeps the session's earlier changes when it ends well")
    func movedChanges() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.make(folder)
        defer { store.close() }
        try store.inSession { session in
            try session.execute("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, n)")
        }
        let sessions = try QueuedSessions(store, count: 2)
        let first = try sessions.next()
        try first.execute("INSERT INTO t (n) VALUES (1)")
        first.commit([]) { _ in }
        let second = try sessions.next()
        #expect(try second.execute("INSERT INTO t (n) VALUES (?)", 2).lastInsertID == 2)
        #expect(try second.execute("INSERT INTO t (n) VALUES (?)", 3).lastInsertID == 3)
        #expect(try second.execute("UPDATE t SET n = n * 10").changes == 3)
        try second.commitAndWait()
        #expect(try store.rows("SELECT n FROM t") == [["n": 10], ["n": 20], ["n": 30]])
    }

    @Test("when the disk is full every member of the group hears it, and the store goes on after")
    func diskFull() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.make(folder)
        defer { store.close() }
        let writer = try #require(store.writer)
        try store.inSession { try $0.execute("CREATE TABLE t (n)") }
        let sessions = try QueuedSessions(store, count: 2)
        let done = Answer<Result<Void, HostError>>()
        let first = try sessions.next()
        try first.execute("INSERT INTO t VALUES (1)")
        first.commit([]) { done.give($0) }
        let big = try sessions.next()
        let pages = try #require(try writer.connection.once("PRAGMA page_count"))
        try writer.connection.once("PRAGMA max_page_count = \(pages)")
        let error = try refusal(.diskFull) { try big.execute("INSERT INTO t VALUES (zeroblob(100000))") }
        #expect(error.message.contains(folder["lunad.db"]))
        try refusal(.diskFull) { try big.execute("SELECT 1") }
        try refusal(.diskFull) { try big.commitAndWait() }
        try refusal(.diskFull) { try done.wait("the other member's answer").get() }
        let unit = LogEntry(
            at: StandingClock().now(), daemon: nil, level: .info, message: String(repeating: "x", count: 100_000))
        try refusal(.diskFull) { try store.write(.logs([unit])) }
        #expect(try store.rows("SELECT * FROM t") == [])

        let after = try store.session()
        try writer.connection.once("PRAGMA max_page_count = 1000000")
        try after.execute("INSERT INTO t VALUES (2)")
        try after.commitAndWait()
        try store.write(.logs([unit]))
        #expect(try store.rows("SELECT n FROM t") == [["n": 2]])
    }

    @Test("when the commit itself fails nothing of the group is there")
    func commitFails() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.make(folder)
        defer { store.close() }
        let connection = try #require(store.writer).connection
        let holder = try store.session()
        sqlite3_commit_hook(connection.handle, { _ in 1 }, nil)
        let answers = [Answer<Result<Void, HostError>>(), .init()]
        store.submit([.registerDaemon(name: "a", type: "t", enabled: true)]) { answers[0].give($0) }
        store.submit([.registerDaemon(name: "b", type: "t", enabled: true)]) { answers[1].give($0) }
        holder.rollback()
        for answer in answers { try refusal { try answer.wait("the failed commit").get() } }
        #expect(try store.daemons().isEmpty)
        let next = try store.session()
        sqlite3_commit_hook(connection.handle, nil, nil)
        next.rollback()
        try store.write(.registerDaemon(name: "c", type: "t", enabled: true))
        #expect(try store.daemons().map(\.name) == ["c"])
    }

    @Test("another process that holds the file locked delays writers, and is named when it does not let go")
    func locked() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.make(folder)
        defer { store.close() }
        let other = try Connection(folder["lunad.db"], .readWrite)
        defer { other.close() }
        try #require(store.writer).group.patience = 1_000
        try other.run("BEGIN IMMEDIATE")
        let granted = Answer<Result<any StoreSession, HostError>>()
        #expect(try store.beginSession(daemon: "a") { granted.give($0) } == nil)
        #expect(try store.daemons().isEmpty)
        let error = try refusal(.busy) { try granted.wait("the refusal").get() }
        #expect(error.message.contains("another process holds \(folder["lunad.db"]) locked"))
        #expect(try store.beginSession(daemon: "a") { granted.give($0) } == nil)
        try other.run("COMMIT")
        try granted.wait("the turn").get().rollback()
    }
}

/// Sessions that asked for their turn one after another while the writer was held: the first is free to begin.
final class QueuedSessions {
    private let granted = Answer<any StoreSession>()

    init(_ store: SQLiteStore, count: Int) throws {
        let holder = try store.session()
        for _ in 0..<count {
            let early = try store.beginSession(daemon: "queued") { [granted] result in
                if case .success(let session) = result { granted.give(session) }
            }
            #expect(early == nil)
        }
        holder.rollback()
    }

    func next() throws -> any StoreSession { try granted.wait("the next turn") }
}
