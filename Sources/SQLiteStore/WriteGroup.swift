import CSQLite
import Model
import Synchronization

/// What is said to a caller once its write is durable (nil) or has failed.
typealias Completion = @Sendable (HostError?) -> Void

/// An outcome that still has to be told, outside all locks.
struct Outcome: Sendable {
    var completion: Completion
    var error: HostError?

    func tell() { completion(error) }
}

/// The open transaction in which sessions and units gather until one commit makes all of them durable.
// @unchecked: only the holder of the writer's turn touches it; the gate's lock orders one holder after another.
final class WriteGroup: @unchecked Sendable {
    /// The most members that share one commit.
    static let maxMembers = 1_000
    private let connection: Connection
    private var members: [Outcome] = []
    /// How long the committer, or a session in the middle of its work, waits for a lock to be given up, in milliseconds.
    var patience: Int32 = 5_000
    /// How long a session waits before it looks whether its time is over, in milliseconds.
    private static let look: Int32 = 10
    /// Whether SQLite's transaction is begun.
    private(set) var isOpen = false
    private let commitCount = Atomic<Int>(0)
    private let times = Mutex(Histogram.seconds)

    private let clock: any HostClock

    init(_ connection: Connection, clock: any HostClock) {
        self.connection = connection
        self.clock = clock
    }

    /// How long commits took; may be asked without the turn.
    var commitSeconds: Histogram { times.withLock { $0 } }

    /// Durable commits so far; may be asked without the turn.
    var commits: Int { commitCount.load(ordering: .relaxed) }

    var isEmpty: Bool { members.isEmpty }
    var isFull: Bool { members.count >= Self.maxMembers }
    var room: Int { Self.maxMembers - members.count }

    /// Begins the transaction unless it is begun. A lock is `busy` at once, or after some seconds when `patiently`, which
    /// only the committer's thread may be.
    ///
    /// It is not only another process that can hold it: a reader that meets the log's header while it is written takes the
    /// writer's lock for a moment, to look again.
    func open(patiently: Bool = false) throws(SQLiteFailure) {
        guard !isOpen else { return }
        try begin(waiting: patiently ? patience : 0)
    }

    /// Begins it for a session that has given it up in the middle of its work and cannot come back later: a lock is waited
    /// for until the session is interrupted, `busy` then or after the committer's patience.
    func reopen(until interruption: Interruption) throws(SQLiteFailure) {
        guard !isOpen else { return }
        var left = patience
        while true {
            do {
                return try begin(waiting: min(Self.look, left))
            } catch  where error.primaryCode == SQLITE_BUSY && left > Self.look && !interruption.isRaised {
                left -= Self.look
            }
        }
    }

    private func begin(waiting milliseconds: Int32) throws(SQLiteFailure) {
        sqlite3_busy_timeout(connection.handle, milliseconds)
        try connection.run("BEGIN IMMEDIATE")
        isOpen = true
    }

    /// Counts the savepoint just released among those that wait for the commit.
    func add(_ member: @escaping Completion) { members.append(Outcome(completion: member)) }

    /// Makes everything durable: one fsync. What each member is to be told.
    func commit() -> [Outcome] {
        guard isOpen else { return [] }
        guard !members.isEmpty else {
            discard()
            return []
        }
        let began = clock.monotonic()
        do {
            try connection.run("COMMIT")
        } catch {
            return fail(connection.hostError(error))
        }
        let seconds = (clock.monotonic() - began).inSeconds
        times.withLock { $0.observe(seconds) }
        isOpen = false
        commitCount.add(1, ordering: .relaxed)
        return takeMembers()
    }

    /// Ends a transaction that nobody is a member of.
    func discard() {
        guard isOpen else { return }
        rollBack()
    }

    /// Undoes everything; each member is to be told why.
    func fail(_ error: HostError) -> [Outcome] {
        rollBack()
        return takeMembers().map { Outcome(completion: $0.completion, error: error) }
    }

    private func takeMembers() -> [Outcome] {
        let taken = members
        members = []
        members.reserveCapacity(taken.count)
        return taken
    }

    /// Whether SQLite has rolled the transaction back by itself, as it does when the disk is full.
    var isLost: Bool { isOpen && connection.isAutocommit }

    private func rollBack() {
        isOpen = false
        // SQLite refuses when it has rolled back already, which is what is wanted.
        if !connection.isAutocommit { try? connection.run("ROLLBACK") }
    }
}
