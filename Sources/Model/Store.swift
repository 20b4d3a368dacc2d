/// The port to the database. Acknowledged means fsynced; reads are snapshots and never wait for the writer.
///
/// Reads block the calling thread for a disk read: call them from worker threads and commands, never from the
/// cooperative pool. Writes return at once and answer on a thread that the store has or was lent.
package protocol Store: AnyObject, Sendable, VersionStore {
    /// Queues `writes` as one unit; `done` is called exactly once, after the commit is durable or has failed.
    /// Units that wait together share one commit. The queue is bounded: past the bound the answer is `busy`.
    func submit(_ writes: [HostWrite], done: @escaping @Sendable (Result<Void, HostError>) -> Void)

    /// Asks for the one writer's turn. Gives the session at once when the writer is free, without a thread hop;
    /// else nil, and `granted` is called exactly once later, on the thread that gave the turn up: it only hands the
    /// session over. `granted` is not called when a session is returned. Turns are given in the order of asking.
    func beginSession(
        daemon: String, granted: @escaping @Sendable (Result<any StoreSession, HostError>) -> Void
    ) throws(HostError) -> (any StoreSession)?

    func daemons() throws(HostError) -> [DaemonRecord]
    func daemon(named name: String) throws(HostError) -> DaemonRecord?
    /// The last committed state, and its `state_version`; nil when none was ever saved.
    func state(of daemon: String) throws(HostError) -> (state: Value, version: Int)?
    /// The config keys that were set for this daemon, in no particular order.
    func config(of daemon: String) throws(HostError) -> [Value.Field]
    func logs(_ query: LogQuery) throws(HostError) -> [StoredLog]
    func activities(_ query: ActivityQuery) throws(HostError) -> [Activity]
    /// Distinct failures, the one that came last first.
    func errors(_ query: ErrorQuery) throws(HostError) -> [StoredError]

    /// Deletes log rows beyond the bounds, a bounded number a call; says how many went.
    func pruneLogs(keepRows: Int, olderThan: WallTime, done: @escaping @Sendable (Result<Int, HostError>) -> Void)

    /// Finishes what is queued, then closes. Later calls answer `unavailable`.
    func close()
}

/// One script's turn at the writer: a transaction of its own inside the group's.
///
/// Used from one thread at a time, but for `interrupt` and `rollback`. Statements run on the calling thread. Host tables can be read, not written;
/// ATTACH, PRAGMA that change something, transaction statements, temporary objects are refused.
package protocol StoreSession: AnyObject, Sendable {
    /// Rows of a statement, at most `maxRows`, as objects keyed by column name in column order.
    func query(_ sql: String, _ parameters: SQLParameters, maxRows: Int) throws(HostError) -> [Value]
    /// Runs a statement; how many rows it changed, and the last inserted rowid.
    func execute(_ sql: String, _ parameters: SQLParameters) throws(HostError) -> (changes: Int, lastInsertID: Int64)
    /// Launches a job in the same transaction: it is durable, and can be claimed, once the session has committed.
    /// The new job's id is its own: the next `lastInsertID` is still that of the script's last insert.
    func launch(_ request: JobRequest) throws(HostError) -> JobLaunch
    /// Makes the statement in progress, and every later one and the commit, end with `timeout`; callable from any thread
    /// at any time.
    func interrupt()
    /// Applies `writes` in the same transaction, gives the turn back, and answers once durable. `done` is called before
    /// this returns when there was nothing to make durable, or when it failed at once (then everything is undone).
    func commit(_ writes: [HostWrite], done: @escaping @Sendable (Result<Void, HostError>) -> Void)
    /// Undoes everything and gives the turn back. Harmless when the session has ended. Callable from any thread, to take
    /// the turn back from a script that is stuck: a statement in progress is interrupted.
    func rollback()
}

/// Bound parameters: by position (`?`, `?1`) or by name (`:name`, `@name`, `$name`, given without the sign).
package enum SQLParameters: Sendable, Hashable {
    case positional([Value])
    case named([Value.Field])

    package static let none = SQLParameters.positional([])
}

extension Store {
    /// The newest `limit` activities, of one daemon or of all, oldest first.
    package func activities(of daemon: String?, limit: Int) throws(HostError) -> [Activity] {
        try activities(ActivityQuery(daemon: daemon, limit: limit))
    }
}

/// Which activities to read: the newest `limit` that match, or with `afterID` the first `limit` after it; returned oldest
/// first.
package struct ActivityQuery: Sendable, Hashable {
    package var daemon: String?
    /// Only those of this kind.
    package var kind: String?
    /// Only those with a greater id: for following.
    package var afterID: Int64?
    /// Only those with a smaller id: for going back.
    package var beforeID: Int64?
    package var limit: Int

    package init(
        daemon: String? = nil, kind: String? = nil, afterID: Int64? = nil, beforeID: Int64? = nil, limit: Int = 100
    ) {
        self.daemon = daemon
        self.kind = kind
        self.afterID = afterID
        self.beforeID = beforeID
        self.limit = limit
    }
}

/// Which distinct failures to read.
package struct ErrorQuery: Sendable, Hashable {
    package var daemon: String?
    package var fingerprint: String?
    /// Also those that are over.
    package var includingResolved: Bool
    package var limit: Int

    package init(
        daemon: String? = nil, fingerprint: String? = nil, includingResolved: Bool = false, limit: Int = 100
    ) {
        self.daemon = daemon
        self.fingerprint = fingerprint
        self.includingResolved = includingResolved
        self.limit = limit
    }
}

/// Which log rows to read: the newest `limit` that match, or with `afterID` the first `limit` after it so that following
/// skips nothing; returned oldest first.
package struct LogQuery: Sendable, Hashable {
    package var daemon: String?
    /// Only lines written in this job's runs.
    package var job: Int64?
    package var minimumLevel: LogLevel
    package var since: WallTime?
    /// Only rows whose message or fields contain this text, case-insensitively.
    package var text: String?
    /// Only rows with a greater id: for following.
    package var afterID: Int64?
    /// Only rows with a smaller id: for going back.
    package var beforeID: Int64?
    package var limit: Int

    package init(
        daemon: String? = nil, job: Int64? = nil, minimumLevel: LogLevel = .debug, since: WallTime? = nil,
        text: String? = nil, afterID: Int64? = nil, beforeID: Int64? = nil, limit: Int = 100
    ) {
        self.daemon = daemon
        self.job = job
        self.minimumLevel = minimumLevel
        self.since = since
        self.text = text
        self.afterID = afterID
        self.beforeID = beforeID
        self.limit = limit
    }
}

/// A log line with its place in the log.
package struct StoredLog: Sendable, Hashable {
    package var id: Int64
    package var entry: LogEntry

    package init(id: Int64, entry: LogEntry) {
        self.id = id
        self.entry = entry
    }
}
