import Model
import Synchronization
import Testing

@testable import SQLiteStore

/// Commits that were put off, to be done by the test.
private final class PutOff: Sendable {
    private struct State {
        var commits: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.commits.count } }

    init(_ store: SQLiteStore) {
        store.deferCommits { [self] commit in
            state.withLock { $0.commits.append(commit) }
            return true
        }
    }

    func doAll() {
        let commits = state.withLock { state in
            defer { state.commits = [] }
            return state.commits
        }
        for commit in commits { commit() }
    }
}

@Suite("commits that are owed")
struct OwedCommitTests {
    private let folder: TemporaryFolder
    private let store: SQLiteStore
    private let done = Answer<Result<Void, HostError>>()

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore.make(folder)
        try store.inSession { try $0.execute("CREATE TABLE t (n)") }
    }

    private func insert(_ number: Int64) throws {
        let session = try store.session()
        try session.execute("INSERT INTO t VALUES (?)", .integer(number))
        session.commit([]) { done.give($0) }
    }

    /// How many rows a snapshot shows.
    private var rows: Int64? {
        get throws { try store.read { (try? $0.integer("SELECT count(*) FROM t")) ?? nil } }
    }

    @Test("sessions one after another share the commit that the first one put off")
    func shared() throws {
        defer { store.close() }
        let putOff = PutOff(store)
        let before = store.statistics.commits
        for number in 1...5 { try insert(Int64(number)) }
        #expect(putOff.count == 1, "it is put off once")
        #expect(done.all.isEmpty)
        #expect(try rows == 0)
        putOff.doAll()
        #expect(done.all.count == 5, "the thread that commits tells")
        for result in done.all { try result.get() }
        #expect(store.statistics.commits == before + 1)
        #expect(try rows == 5)
    }

    @Test("a session that has the turn meanwhile owes the commit anew")
    func owedAnew() throws {
        defer { store.close() }
        let putOff = PutOff(store)
        try insert(1)
        let session = try store.session()
        try session.execute("INSERT INTO t VALUES (2)")
        putOff.doAll()
        #expect(done.all.isEmpty, "nobody commits in the middle of a session")
        session.commit([]) { done.give($0) }
        #expect(putOff.count == 1)
        putOff.doAll()
        #expect(done.all.count == 2)
        #expect(try rows == 2)
    }

    @Test("a session that is undone leaves the commit of those before it owed")
    func undone() throws {
        defer { store.close() }
        let putOff = PutOff(store)
        try insert(1)
        let session = try store.session()
        try session.execute("INSERT INTO t VALUES (2)")
        session.rollback()
        putOff.doAll()
        try done.wait("the first one's commit").get()
        #expect(try rows == 1)
    }

    @Test("the host's own writes do not wait for it, and take it along")
    func unit() throws {
        defer { store.close() }
        let putOff = PutOff(store)
        try insert(1)
        try store.write(.registerDaemon(name: "d", type: "t", enabled: true))
        try done.wait("the session's commit").get()
        let before = store.statistics.commits
        putOff.doAll()
        #expect(store.statistics.commits == before, "nothing is owed any more")
        #expect(try rows == 1)
    }

    @Test("what is owed when the store closes is committed and told")
    func closing() throws {
        let putOff = PutOff(store)
        try insert(1)
        store.close()
        try #require(done.all.first).get()
        putOff.doAll()
        let again = try SQLiteStore.make(folder)
        defer { again.close() }
        #expect(try again.rows("SELECT count(*) AS n FROM t") == [["n": 1]])
    }

    @Test("where nothing can be put off the committer commits")
    func refused() throws {
        defer { store.close() }
        store.deferCommits { _ in false }
        try insert(1)
        try done.wait("the commit").get()
        #expect(try rows == 1)
    }

    @Test("who waits for the turn gets it, and the commit comes from the committer")
    func waiting() throws {
        defer { store.close() }
        let putOff = PutOff(store)
        let first = try store.session()
        try first.execute("INSERT INTO t VALUES (1)")
        let turn = Answer<any StoreSession>()
        let early = try store.beginSession(daemon: "second") {
            if case .success(let session) = $0 { turn.give(session) }
        }
        #expect(early == nil)
        first.commit([]) { done.give($0) }
        let second = try turn.wait("the turn")
        #expect(putOff.count == 0)
        second.rollback()
        try done.wait("the commit").get()
        #expect(try rows == 1)
    }
}
