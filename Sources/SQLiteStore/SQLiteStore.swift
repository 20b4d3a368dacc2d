import CSQLite
import Model
import Synchronization

/// The host's database in one SQLite file, or in memory for tests.
///
/// One connection writes; what waits together shares one commit, and each caller is told only when that is on disk.
/// A few other connections read, each read a snapshot that waits for no writer.
package final class SQLiteStore: Store {
    package let path: String
    private let clock: any HostClock
    /// Nil when the database was opened for reading only.
    let writer: Writer?
    private let committing: WorkerThread?
    private let readers: ReaderPool
    private let session = Mutex(CurrentSession())

    /// The turn in progress, or the last one, for closing.
    private struct CurrentSession {
        var turn: SessionTurn?
        var isClosed = false
    }

    /// Opens the database at `path`, made when it is missing, and applies all pending migrations.
    ///
    /// `projectMigrations` is the folder with the user's `NNNN_what.sql`; a missing folder is an empty one. Throws
    /// `notFound`, `readOnly`, `corrupt`, `busy`, `newerSchema`, `conflict` (an applied migration was changed) or `sql`
    /// (a project's migration is wrong). Blocks for the disk.
    package static func open(
        path: String, projectMigrations: String? = nil, clock: any HostClock
    ) throws(HostError) -> SQLiteStore {
        let connection = try Connection.openWriter(path, memory: false)
        return try SQLiteStore(path, connection, isInMemory: false, projectMigrations, clock)
    }

    /// A database that lives in memory and ends with the store; its reads may see what is not committed yet.
    package static func inMemory(
        projectMigrations: String? = nil, clock: any HostClock
    ) throws(HostError) -> SQLiteStore {
        let connection = try Connection.openWriter(":memory:", memory: true)
        return try SQLiteStore("the in-memory database", connection, isInMemory: true, projectMigrations, clock)
    }

    /// As `inMemory`, without a thread: what is to be committed is committed by `runNext` alone.
    package static func driven(
        projectMigrations: String? = nil, clock: any HostClock
    ) throws(HostError) -> SQLiteStore {
        let connection = try Connection.openWriter(":memory:", memory: true)
        return try SQLiteStore(
            "the in-memory database", connection, isInMemory: true, projectMigrations, clock, isDriven: true)
    }

    /// Commits what waits in a store without a thread, or tells one outcome; false when there is nothing to do.
    package func runNext() -> Bool { committing == nil ? writer?.committer.runNext() ?? false : false }

    /// Opens an existing database for commands while no host may be running: makes and migrates nothing.
    ///
    /// Throws `notFound` when there is none, `newerSchema`, or `unavailable` when migrations are pending.
    package static func openReadOnly(path: String, clock: any HostClock) throws(HostError) -> SQLiteStore {
        let readers = ReaderPool(path: path, shared: nil)
        try readers.read { (connection) throws(HostError) in
            guard try Migrator(connection, project: []).pending().isEmpty else {
                throw HostError(
                    .unavailable,
                    "\(path) was made by an older lunad: run `lunad migrate` or the host to bring it up to date")
            }
        }
        return SQLiteStore(reading: path, readers, clock)
    }

    private init(
        _ path: String, _ connection: Connection, isInMemory: Bool, _ projectMigrations: String?,
        _ clock: any HostClock,
        isDriven: Bool = false
    ) throws(HostError) {
        do {
            let project = try Self.load(projectMigrations)
            _ = try Migrator(connection, project: project).migrate(now: clock.now())
            let writer = Writer(connection, clock: clock)
            committing = isDriven ? nil : try WorkerThread { writer.commitUntilClosed() }
            self.writer = writer
        } catch {
            connection.close()
            throw error
        }
        self.path = path
        self.clock = clock
        readers = ReaderPool(path: path, shared: isInMemory ? connection : nil)
    }

    private init(reading path: String, _ readers: ReaderPool, _ clock: any HostClock) {
        self.path = path
        self.clock = clock
        self.readers = readers
        writer = nil
        committing = nil
    }

    deinit { end { $0.detach() } }

    // MARK: - Writing

    package func submit(_ writes: [HostWrite], done: @escaping @Sendable (Result<Void, HostError>) -> Void) {
        guard let writer else { return done(.failure(onlyReads)) }
        let host = writer.host
        enqueue(
            writer,
            WriteUnit(
                work: { (_) throws(HostError) in
                    try host.apply(writes)
                    return { error in done(error.map(Result.failure) ?? .success(())) }
                }, failed: { done(.failure($0)) }))
    }

    package func pruneLogs(
        keepRows: Int, olderThan: WallTime, done: @escaping @Sendable (Result<Int, HostError>) -> Void
    ) {
        guard let writer else { return done(.failure(onlyReads)) }
        enqueue(
            writer,
            WriteUnit(
                work: { (connection) throws(HostError) in
                    do throws(SQLiteFailure) {
                        let gone = try Pruner(connection: connection).prune(keepRows: keepRows, olderThan: olderThan)
                        return { error in done(error.map(Result.failure) ?? .success(gone)) }
                    } catch {
                        throw connection.hostError(error)
                    }
                }, failed: { done(.failure($0)) }))
    }

    /// Runs `work` as a unit of the group commit; `done` hears its result once that is durable, or why it is not.
    func perform<Answer: Sendable>(
        _ done: @escaping @Sendable (Result<Answer, HostError>) -> Void,
        _ work: @escaping @Sendable (JobWriter) throws(HostError) -> Answer
    ) {
        guard let writer else { return done(.failure(onlyReads)) }
        let jobs = writer.jobs
        enqueue(
            writer,
            WriteUnit(
                work: { (connection) throws(HostError) in
                    let answer = try connection.exclusively { () throws(HostError) in try work(jobs) }
                    return { error in done(error.map(Result.failure) ?? .success(answer)) }
                }, failed: { done(.failure($0)) }))
    }

    private func enqueue(_ writer: Writer, _ unit: WriteUnit) {
        do { try writer.gate.enqueue(unit) } catch { unit.failed(error) }
    }

    /// From now on a session's commit for which nobody waits is left to `deferring`, which does it on the calling thread
    /// as soon as that has nothing else to do, within milliseconds; false when that thread is no place for it.
    package func deferCommits(by deferring: @escaping @Sendable (@escaping @Sendable () -> Void) -> Bool) {
        writer?.deferCommits(by: deferring)
    }

    /// `granted` only hands the session over: it is called on the thread that gave the turn up.
    package func beginSession(
        daemon: String, granted: @escaping @Sendable (Result<any StoreSession, HostError>) -> Void
    ) throws(HostError) -> (any StoreSession)? {
        guard let writer else { throw onlyReads }
        let grant: WriterGate.Grant = { [self] error in
            if let error { granted(.failure(error)) } else { granted(.success(makeSession(writer))) }
        }
        guard try writer.gate.take(orWait: grant) else { return nil }
        do {
            try writer.group.open()
        } catch  where error.primaryCode == SQLITE_BUSY {
            writer.gate.giveUp(toReturnBy: grant)
            return nil
        } catch {
            writer.leave()
            throw writer.connection.hostError(error)
        }
        return makeSession(writer)
    }

    private func makeSession(_ writer: Writer) -> SQLiteSession {
        let turn = SessionTurn(writer)
        let isClosed = session.withLock { current in
            current.turn = turn
            return current.isClosed
        }
        if isClosed { turn.rollback() }
        return SQLiteSession(turn)
    }

    /// Applies what is queued, rolls an open session back, and closes. Blocks until that is done.
    package func close() {
        end { $0.join() }
    }

    private func end(_ leave: (WorkerThread) -> Void) {
        let (isFirst, open) = session.withLock { current in
            defer { current.isClosed = true }
            return (!current.isClosed, current.turn)
        }
        guard isFirst else { return }
        readers.close()
        writer?.gate.close()
        open?.rollback()
        if let committing { leave(committing) } else { writer?.commitUntilClosed() }
    }

    private var onlyReads: HostError { HostError(.readOnly, "\(path) was opened for reading only") }

    // MARK: - Reading

    /// Runs `body` on a snapshot.
    func read<Result>(_ body: (Connection) throws(HostError) -> Result) throws(HostError) -> Result {
        try readers.read(body)
    }

    /// What the store is doing.
    /// How long its commits took, fsync included.
    package var commitSeconds: Histogram { writer?.group.commitSeconds ?? .seconds }

    package var statistics: StoreStatistics {
        let queued = writer?.gate.queued ?? (sessions: 0, units: 0)
        return StoreStatistics(
            commits: writer?.group.commits ?? 0, waitingSessions: queued.sessions, queuedUnits: queued.units)
    }
}

/// Counts that tell how the store is doing.
package struct StoreStatistics: Sendable, Hashable {
    /// Durable commits since it was opened; each made one or more units and sessions durable.
    package var commits: Int
    package var waitingSessions: Int
    package var queuedUnits: Int
}
