import Model
import SQLiteStore
import Synchronization

/// A store in memory that fails on demand, and that knows whether an answer of its own is still to come.
final class FailingStore: Store {
    /// What is to become of a unit instead of being kept.
    enum Fate {
        case fails(HostError)
        /// It is lost, and nobody is ever told.
        case neverAnswered
    }

    /// Decides by what is in a unit; nil keeps it. A session's commit counts as a unit of its writes.
    typealias Fault = @Sendable ([HostWrite]) -> Fate?

    private struct State {
        var fault: Fault?
        var writes: [HostWrite] = []
        /// Writes and commits that were begun, and those that are not answered yet.
        var begun = 0
        var unanswered = 0
    }

    let inner: SQLiteStore
    private let state = Mutex(State())

    init(_ inner: SQLiteStore) { self.inner = inner }

    /// From now on units have the fate that it gives; nil lets everything pass.
    func fail(_ fault: Fault?) { state.withLock { $0.fault = fault } }

    /// All writes that the store was asked for, also those that failed.
    var writes: [HostWrite] { state.withLock { $0.writes } }

    /// Durable commits so far.
    var commits: Int { inner.statistics.commits }

    var begun: Int { state.withLock { $0.begun } }
    var unanswered: Int { state.withLock { $0.unanswered } }

    private func begin(_ writes: [HostWrite]) -> Fate? {
        state.withLock { state in
            state.begun += 1
            state.writes += writes
            let fate = state.fault?(writes)
            if case .neverAnswered = fate { return fate }
            state.unanswered += 1
            return fate
        }
    }

    /// Something without writes is asked for.
    func begin() {
        state.withLock { state in
            state.begun += 1
            state.unanswered += 1
        }
    }

    /// Units that wait for the writer.
    var queued: Int { inner.statistics.queuedUnits }

    func answered() { state.withLock { $0.unanswered -= 1 } }

    // MARK: - Store

    func submit(_ writes: [HostWrite], done: @escaping @Sendable (Result<Void, HostError>) -> Void) {
        let answer: @Sendable (Result<Void, HostError>) -> Void = { [self] result in
            done(result)
            answered()
        }
        switch begin(writes) {
        case .fails(let error): answer(.failure(error))
        case .neverAnswered: break
        case nil: inner.submit(writes, done: answer)
        }
    }

    func beginSession(
        daemon: String, granted: @escaping @Sendable (Result<any StoreSession, HostError>) -> Void
    ) throws(HostError) -> (any StoreSession)? {
        let session = try inner.beginSession(daemon: daemon) { [self] result in
            granted(result.map { Session($0, of: self) })
        }
        return session.map { Session($0, of: self) }
    }

    func newestGeneration(of daemon: String) throws(HostError) -> Int? { try inner.newestGeneration(of: daemon) }
    func versions(of daemon: String) throws(HostError) -> [CodeVersion] { try inner.versions(of: daemon) }

    func code(of daemon: String, generation: Int) throws(HostError) -> CodeBundle? {
        try inner.code(of: daemon, generation: generation)
    }

    func state(of daemon: String, generation: Int) throws(HostError) -> (state: Value, version: Int)? {
        try inner.state(of: daemon, generation: generation)
    }

    func pruneLogs(
        keepRows: Int, olderThan: WallTime, done: @escaping @Sendable (Result<Int, HostError>) -> Void
    ) {
        begin()
        inner.pruneLogs(keepRows: keepRows, olderThan: olderThan) { [self] result in
            done(result)
            answered()
        }
    }

    func daemons() throws(HostError) -> [DaemonRecord] { try inner.daemons() }
    func daemon(named name: String) throws(HostError) -> DaemonRecord? { try inner.daemon(named: name) }
    func state(of daemon: String) throws(HostError) -> (state: Value, version: Int)? { try inner.state(of: daemon) }
    func config(of daemon: String) throws(HostError) -> [Value.Field] { try inner.config(of: daemon) }
    func logs(_ query: LogQuery) throws(HostError) -> [StoredLog] { try inner.logs(query) }
    func activities(_ query: ActivityQuery) throws(HostError) -> [Activity] { try inner.activities(query) }
    func errors(_ query: ErrorQuery) throws(HostError) -> [StoredError] { try inner.errors(query) }
    func close() { inner.close() }

    // MARK: - Sessions

    private final class Session: StoreSession {
        private let inner: any StoreSession
        private let store: FailingStore

        init(_ inner: any StoreSession, of store: FailingStore) {
            self.inner = inner
            self.store = store
        }

        func query(_ sql: String, _ parameters: SQLParameters, maxRows: Int) throws(HostError) -> [Value] {
            try inner.query(sql, parameters, maxRows: maxRows)
        }

        func execute(
            _ sql: String, _ parameters: SQLParameters
        ) throws(HostError) -> (changes: Int, lastInsertID: Int64) {
            try inner.execute(sql, parameters)
        }

        func launch(_ request: JobRequest) throws(HostError) -> JobLaunch { try inner.launch(request) }

        func interrupt() { inner.interrupt() }
        func rollback() { inner.rollback() }

        func commit(_ writes: [HostWrite], done: @escaping @Sendable (Result<Void, HostError>) -> Void) {
            let answer: @Sendable (Result<Void, HostError>) -> Void = { [store] result in
                done(result)
                store.answered()
            }
            switch store.begin(writes) {
            case .fails(let error):
                inner.rollback()
                answer(.failure(error))
            case .neverAnswered: inner.rollback()
            case nil: inner.commit(writes, done: answer)
            }
        }
    }
}
