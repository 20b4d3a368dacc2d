import CSQLite
import Model
import Synchronization
import Testing

@testable import SQLiteStore

/// A session whose larger statement needs a transaction of its own gives the writer's lock up for a moment, and others,
/// such as a reader that looks at the log's header again, may have it when it wants to go on.
@Suite("a session that loses the lock in the middle of its work")
struct LockedWriterTests {
    @Test("waits until it is given back")
    func waits() throws {
        let scene = try StolenLock { $0.release() }
        defer { scene.store.close() }
        let session = try scene.sessionInGroup()
        try session.execute("INSERT INTO t VALUES (2)")
        try session.execute("UPDATE t SET n = n * 10")
        #expect(scene.wasStolen)
        #expect(scene.attempts >= 2)
        try session.commitAndWait()
        try scene.firstIsDurable()
        #expect(try scene.store.rows("SELECT n FROM t ORDER BY n") == [["n": 10], ["n": 20]])
    }

    @Test("stops waiting when it is interrupted, and loses nothing but its own")
    func interrupted() throws {
        let wanted = Mutex<(any StoreSession)?>(nil)
        let scene = try StolenLock { _ in wanted.withLock { $0 }?.interrupt() }
        defer { scene.store.close() }
        let session = try scene.sessionInGroup()
        wanted.withLock { $0 = session }
        try session.execute("INSERT INTO t VALUES (2)")
        try refusal(.timeout) { try session.execute("UPDATE t SET n = n * 10") }
        #expect(scene.wasStolen)
        try refusal(.timeout) { try session.commitAndWait() }
        try scene.firstIsDurable()
        scene.release()
        #expect(try scene.store.rows("SELECT n FROM t") == [["n": 1]])
    }

    @Test("is told who holds it when it is never given back")
    func refused() throws {
        let scene = try StolenLock { _ in }
        defer { scene.store.close() }
        try #require(scene.store.writer).group.patience = 50
        let session = try scene.sessionInGroup()
        try session.execute("INSERT INTO t VALUES (2)")
        let error = try refusal(.busy) { try session.execute("UPDATE t SET n = n * 10") }
        #expect(error.message.contains("another process holds \(scene.store.path) locked"))
        #expect(scene.attempts >= 5)
        session.rollback()
        try scene.firstIsDurable()
        scene.release()
        #expect(try scene.store.rows("SELECT n FROM t") == [["n": 1]])
    }
}

/// A store whose writer's lock is taken by another connection as soon as the commit that a session has to make in the
/// middle of its work is done; `whenTriedAgain` is called each time that the writer asks for it once more.
// @unchecked: everything happens on the test's thread, inside the calls of the writer's connection.
private final class StolenLock: @unchecked Sendable {
    let store: SQLiteStore
    private(set) var wasStolen = false
    /// How often the writer has asked since.
    private(set) var attempts = 0
    private let folder: TemporaryFolder
    private let thief: Connection
    private let writer: Connection
    private let whenTriedAgain: (StolenLock) -> Void
    private let first = Answer<Result<Void, HostError>>()

    init(whenTriedAgain: @escaping (StolenLock) -> Void) throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore.make(folder)
        thief = try Connection(folder["lunad.db"], .readWrite)
        writer = try #require(store.writer).connection
        self.whenTriedAgain = whenTriedAgain
        try store.inSession { try $0.execute("CREATE TABLE t (n)") }
    }

    /// A session that shares its transaction with another one's committed work, the lock's theft prepared.
    func sessionInGroup() throws -> any StoreSession {
        let sessions = try QueuedSessions(store, count: 2)
        let other = try sessions.next()
        try other.execute("INSERT INTO t VALUES (1)")
        other.commit([]) { [first] in first.give($0) }
        let session = try sessions.next()
        let scene = Unmanaged.passUnretained(self).toOpaque()
        // Called when the commit is done and its lock given up.
        sqlite3_wal_hook(
            writer.handle,
            { scene, _, _, _ in
                scene.map { Unmanaged<StolenLock>.fromOpaque($0).takeUnretainedValue() }?.steal()
                return SQLITE_OK
            }, scene)
        return session
    }

    func firstIsDurable() throws { try first.wait("the other session's commit").get() }

    func release() { try? thief.run("ROLLBACK") }

    private func steal() {
        sqlite3_wal_hook(writer.handle, nil, nil)
        do { try thief.run("BEGIN IMMEDIATE") } catch { return }
        wasStolen = true
        // Called at the begin of each statement, before it asks for the lock.
        sqlite3_trace_v2(
            writer.handle, UInt32(SQLITE_TRACE_STMT),
            { _, scene, statement, _ in
                let text = statement.flatMap { sqlite3_sql(OpaquePointer($0)) }.map { String(cString: $0) }
                guard text == "BEGIN IMMEDIATE" else { return 0 }
                scene.map { Unmanaged<StolenLock>.fromOpaque($0).takeUnretainedValue() }?.asked()
                return 0
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    private func asked() {
        attempts += 1
        if attempts >= 2 { whenTriedAgain(self) }
    }
}
