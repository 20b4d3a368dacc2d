import Model
import Testing

@testable import SQLiteStore

@Suite("what a crash leaves of the queue")
struct JobFileTests {
    /// Opens what the disk would hold if the host were killed now.
    private func survivor(of folder: TemporaryFolder, _ body: (SQLiteStore) throws -> Void) throws {
        let copy = try TemporaryFolder()
        let name = copy.path.split(separator: "/").last ?? ""
        for file in ["lunad.db", "lunad.db-wal"] { try folder.copy(file, to: "../\(name)/\(file)") }
        let store = try SQLiteStore.make(copy)
        defer { store.close() }
        try body(store)
    }

    private func wait<Payload: Sendable>(
        _ what: String, _ ask: (@escaping @Sendable (Result<Payload, HostError>) -> Void) -> Void
    ) throws -> Payload {
        let answer = Answer<Result<Payload, HostError>>()
        ask { answer.give($0) }
        return try answer.wait(what).get()
    }

    @Test("every acknowledged step of a job's life is in the files at that moment, with all that belongs to it")
    func acknowledged() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.make(folder)
        defer { store.close() }
        let request = JobRequest(type: "a", args: ["n": 1], daemon: "d", isMonitored: true)
        for round in 0..<5 {
            let launch = try store.inSession(.saveState(daemon: "d", state: [.integer(Int64(round))], version: 1)) {
                try $0.launch(request)
            }
            let id = launch.id
            try survivor(of: folder) { (survivor: SQLiteStore) throws in
                #expect(try survivor.job(id)?.status == .pending)
                #expect(try survivor.state(of: "d")?.state == [.integer(Int64(round))])
                #expect(try survivor.monitored(by: "d").last == id)
                #expect(try survivor.history(of: "d", job: id, limit: 9).map(\.action) == [.launched])
            }
            let claimed = try wait("a claim") { store.claim(limit: 1, gate: JobGate(), boot: "boot", done: $0) }
            let claim = try #require(claimed.jobs.first?.claim)
            try survivor(of: folder) { (survivor: SQLiteStore) throws in
                let orphans = try wait("the rescue") { survivor.rescueOrphans(boot: "next", poisonLimit: 3, done: $0) }
                #expect(orphans.map(\.id) == [id] && orphans.first?.claim == claim)
                #expect(try survivor.job(id)?.status == .pending)
                let again = try wait("a claim") { survivor.claim(limit: 9, gate: JobGate(), boot: "next", done: $0) }
                    .jobs
                #expect(again.map(\.id) == [id] && again.map(\.attempt) == [1])
            }
            let outcome = try wait("the end") { store.apply(.complete(id: id, claim: claim, result: 5), done: $0) }
            #expect(outcome.isApplied)
            try survivor(of: folder) { (survivor: SQLiteStore) throws in
                #expect(try survivor.job(id) == outcome.job)
                #expect(try survivor.undelivered(to: "d", limit: 9).map(\.id) == [id])
                let orphans = try wait("the rescue") { survivor.rescueOrphans(boot: "next", poisonLimit: 3, done: $0) }
                #expect(orphans.isEmpty)
            }
            try store.write(.monitorDelivered(job: id, daemon: "d"))
            try survivor(of: folder) { (survivor: SQLiteStore) throws in
                #expect(try survivor.undelivered(to: "d", limit: 9).isEmpty)
            }
        }
    }

    @Test("a job of a session that was not committed is not there")
    func uncommitted() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.make(folder)
        defer { store.close() }
        let session = try store.session()
        let launch = try session.launch(JobRequest(type: "a"))
        try survivor(of: folder) { (survivor: SQLiteStore) throws in #expect(try survivor.job(launch.id) == nil) }
        session.rollback()
        #expect(try store.job(launch.id) == nil)
    }

    @Test("a launch moves with its session into a transaction of its own")
    func standsAlone() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.make(folder)
        defer { store.close() }
        try store.inSession { try $0.execute("CREATE TABLE t (n)") }
        let first = try store.session()
        // While the first has the turn the second waits: then both are members of one group.
        let granted = Answer<Result<any StoreSession, HostError>>()
        #expect(try store.beginSession(daemon: "b", granted: { granted.give($0) }) == nil)
        let acknowledged = Answer<Result<Void, HostError>>()
        let before = try first.launch(JobRequest(type: "a"))
        first.commit([]) { acknowledged.give($0) }
        let second = try granted.wait("the second turn").get()
        let launch = try second.launch(JobRequest(type: "b"))
        try second.execute("INSERT INTO t VALUES (?)", .integer(launch.id))
        // It may run long, so the second session stands alone from here on.
        try second.execute("INSERT INTO t SELECT n FROM t")
        try acknowledged.wait("the first session's commit").get()
        try second.commitAndWait()
        #expect(launch.id == before.id + 1)
        #expect(try store.jobs(JobQuery()).map(\.id) == [launch.id, before.id])
        #expect(try store.rows("SELECT DISTINCT n FROM t") == [["n": .integer(launch.id)]])
        #expect(try store.history(of: nil, job: launch.id, limit: 9).count == 1)
    }

    @Test("a full disk fails the transition clearly and changes nothing")
    func fullDisk() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.make(folder)
        defer { store.close() }
        let ids = try wait("a launch") { store.launch([JobRequest(type: "a"), JobRequest(type: "b")], done: $0) }
        let holder = try store.session()
        let connection = try #require(store.writer).connection
        let pages = try #require(try connection.once("PRAGMA page_count"))
        try connection.once("PRAGMA max_page_count = \(pages)")
        holder.rollback()
        let large = JobRequest(type: "c", args: ["t": .string(String(repeating: "x", count: 500_000))])
        try refusal(.diskFull) { try wait("a launch") { store.launch([large], done: $0) } }
        #expect(try store.countJobs() == [.pending: 2])
        let outcome = try wait("a cancel") { store.apply(.cancel(id: ids[0].id, reason: "by hand"), done: $0) }
        #expect(outcome.isApplied)
    }

    @Test("a write that is refused fails alone among those that wait with it")
    func failsAlone() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.make(folder)
        defer { store.close() }
        let holder = try store.session()
        let answers = (0..<5).map { _ in Answer<Result<[JobLaunch], HostError>>() }
        let requests = [0, 5_000, 1, 6_000, 2].map { JobRequest(type: "a", priority: $0) }
        let commits = store.statistics.commits
        for (request, answer) in zip(requests, answers) { store.launch([request]) { answer.give($0) } }
        holder.rollback()
        var ids: [Int64] = []
        for (request, answer) in zip(requests, answers) {
            let result = try answer.wait("the launch with priority \(request.priority)")
            if request.priority < 1_000 {
                ids += try result.get().map(\.id)
            } else {
                try refusal(.invalidArgument) { try result.get() }
            }
            #expect(answer.all.count == 1)
        }
        #expect(store.statistics.commits == commits + 1)
        #expect(try store.jobs(JobQuery()).map(\.id) == ids.reversed())
        #expect(try store.jobs(JobQuery()).map(\.priority) == [2, 1, 0])
        #expect(try store.history(of: nil, job: nil, limit: 9).count == 3)
    }
}
