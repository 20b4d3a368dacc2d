import Model
import Synchronization

/// A list of the host's writes, or another piece of work of its own, that waits for the committer.
struct WriteUnit: Sendable {
    /// Does the work inside the open transaction, and returns what is said once it is durable. It may be called again
    /// after what it did was undone, because another unit beside it failed.
    var work: @Sendable (Connection) throws(HostError) -> Completion
    /// What is said when it failed.
    var failed: @Sendable (HostError) -> Void
}

/// Decides whose turn it is at the one writing connection: first come, first served.
///
/// The turn belongs to a session or to the committer, not to a thread. The committer queues as soon as there is
/// something to commit, and lets sessions go before it for a moment, so that more of them share its commit. Whoever is
/// handed the turn finds the transaction open.
final class WriterGate: Sendable {
    static let maxUnits = 10_000
    static let maxWaiting = 100_000
    /// How long the committer lets others go first.
    static let gathering = Duration.milliseconds(1)

    /// Called with the turn, or with why it will not come. Must only hand over, not run the session: it is called
    /// on the thread that gives the turn up.
    typealias Grant = @Sendable (HostError?) -> Void

    /// What the committer's thread is to do next.
    enum Duty {
        case takeTurn
        case tell([Outcome])
        case end
    }

    private enum Holder {
        case nobody
        case session
        case committer
    }

    /// In a structure: a function by itself would be wrapped each time that it goes through a generic queue.
    private struct Waiter {
        var grant: Grant
    }

    private struct State {
        var holder = Holder.nobody
        /// The sessions in line.
        var waiters = FIFO<Waiter>()
        /// Until when the committer lets sessions go first; nil while it does not wait for its turn.
        var committerWaitsUntil: MonotonicTime?
        /// The turn was left with something to commit, to be done when it suits.
        var owesCommit = false
        /// Whether the committer holds the turn and has not begun.
        var committerIsDue = false
        var units = FIFO<WriteUnit>()
        var outcomes: [Outcome] = []
        var isClosing = false
    }

    private let state = Mutex(State())
    private let wakeCommitter = Semaphore()
    private let clock: any HostClock

    init(clock: any HostClock) { self.clock = clock }

    // MARK: - For callers

    /// Takes the turn when it is free; else `grant` is called later. True when the caller has it now.
    func take(orWait grant: @escaping Grant) throws(HostError) -> Bool {
        try state.withLock { (state) throws(HostError) in
            guard !state.isClosing else { throw Self.closed }
            if state.holder == .nobody {
                state.holder = .session
                return true
            }
            guard state.waiters.count < Self.maxWaiting else {
                throw HostError(.busy, "\(Self.maxWaiting) sessions wait for the database already")
            }
            state.waiters.append(Waiter(grant: grant))
            return false
        }
    }

    /// Queues a unit for the committer.
    func enqueue(_ unit: WriteUnit) throws(HostError) {
        let next = try state.withLock { (state) throws(HostError) -> Next in
            guard !state.isClosing else { throw Self.closed }
            guard state.units.count < Self.maxUnits else {
                throw HostError(.busy, "\(Self.maxUnits) writes wait for the database already")
            }
            state.units.append(unit)
            switch state.holder {
            case .nobody: return callCommitter(&state)
            case .session: haveCommitterWait(&state)
            case .committer: break
            }
            return .nobody
        }
        hand(to: next)
    }

    // MARK: - For the holder of the turn

    var someoneWaits: Bool { state.withLock { !$0.waiters.isEmpty || $0.committerWaitsUntil != nil } }

    /// Gives the turn to the next in line. `isOpen`: whether the transaction is open; a session that comes next to a
    /// closed one is preceded by the committer, who opens it.
    func pass(isOpen: Bool, mustCommit: Bool = false) {
        hand(to: state.withLock { choose(&$0, isOpen: isOpen, mustCommit: mustCommit) })
    }

    /// The same for a session that leaves something to commit; `atOnce`: the committer is to have the very next turn. When
    /// nobody waits for the turn, it becomes free and the commit is owed. True when it was not owed before: then the
    /// caller sees to it that `takeOwedTurn` is called.
    func passOwingCommit(atOnce: Bool, mayOwe: Bool) -> Bool {
        let next: Next? = state.withLock { state in
            guard mayOwe, !atOnce, state.waiters.isEmpty, state.units.isEmpty else {
                return choose(&state, isOpen: true, mustCommit: true, atOnce: atOnce)
            }
            defer { state.owesCommit = true }
            state.holder = .nobody
            return state.owesCommit ? .nobody : nil
        }
        if let next { hand(to: next) }
        return next == nil
    }

    /// Takes the turn for the commit that is owed; false when it is owed no more, or when a session has the turn, which
    /// will owe it when it leaves.
    func takeOwedTurn() -> Bool { state.withLock { takeOwed(&$0) } }

    private func takeOwed(_ state: inout State) -> Bool {
        guard state.owesCommit else { return false }
        state.owesCommit = false
        guard state.holder == .nobody else { return false }
        state.holder = .committer
        return true
    }

    /// Has the committer's thread do what is owed.
    func leaveOwedToCommitter() {
        hand(to: state.withLock { takeOwed(&$0) ? callCommitter(&$0) : .nobody })
    }

    private enum Next {
        case nobody
        case committer
        case session(Grant)
    }

    private func hand(to next: Next) {
        switch next {
        case .nobody: break
        case .committer: wakeCommitter.signal()
        case .session(let grant): grant(nil)
        }
    }

    private func choose(_ state: inout State, isOpen: Bool, mustCommit: Bool, atOnce: Bool = false) -> Next {
        if mustCommit || !state.units.isEmpty { haveCommitterWait(&state) }
        guard let first = state.waiters.first else {
            return state.committerWaitsUntil == nil ? setFree(&state) : callCommitter(&state)
        }
        let isItsTurn = state.committerWaitsUntil.map { atOnce || $0 <= clock.monotonic() } ?? false
        if isItsTurn || !isOpen { return callCommitter(&state) }
        _ = state.waiters.popFirst()
        state.holder = .session
        return .session(first.grant)
    }

    private func setFree(_ state: inout State) -> Next {
        state.holder = .nobody
        // The committer's thread ends when nobody has the turn.
        return state.isClosing ? .committer : .nobody
    }

    private func callCommitter(_ state: inout State) -> Next {
        state.committerWaitsUntil = nil
        state.owesCommit = false
        state.holder = .committer
        state.committerIsDue = true
        return .committer
    }

    /// Gives the turn to the committer, who opens the transaction patiently and hands it to `grant` first.
    func giveUp(toReturnBy grant: @escaping Grant) {
        state.withLock { $0.waiters.prepend(Waiter(grant: grant)) }
        pass(isOpen: false)
    }

    /// Lets the committer's thread say these; needs no turn.
    func deliver(_ outcomes: [Outcome]) {
        guard !outcomes.isEmpty else { return }
        state.withLock { $0.outcomes += outcomes }
        wakeCommitter.signal()
    }

    // MARK: - For the committer

    /// Blocks until there is something to do.
    func nextDuty() -> Duty {
        while true {
            if let duty = dutyAtHand() { return duty }
            wakeCommitter.wait()
        }
    }

    /// What there is to do now; nil for nothing.
    func dutyAtHand() -> Duty? {
        state.withLock { state in
            if !state.outcomes.isEmpty {
                defer { state.outcomes = [] }
                return .tell(state.outcomes)
            }
            if state.committerIsDue {
                state.committerIsDue = false
                return .takeTurn
            }
            return state.isClosing && state.holder == .nobody ? .end : nil
        }
    }

    func takeUnits(atMost count: Int) -> [WriteUnit] { state.withLock { $0.units.popFirst(count) } }

    var sessionWaits: Bool { state.withLock { !$0.waiters.isEmpty } }

    /// Takes all waiting sessions out of the line; what they are to be told.
    func dismissSessions(_ error: HostError) -> [Outcome] {
        state.withLock { Self.dismissSessions(&$0, error) }
    }

    // MARK: - Ending

    /// Refuses whatever comes from now on, and dismisses the sessions that wait.
    func close() {
        let dismissed = state.withLock { state in
            state.isClosing = true
            return Self.dismissSessions(&state, Self.closed)
        }
        deliver(dismissed)
        wakeCommitter.signal()
    }

    private static let closed = HostError(.unavailable, "the database is closed")

    private static func dismissSessions(_ state: inout State, _ error: HostError) -> [Outcome] {
        var outcomes: [Outcome] = []
        while let waiter = state.waiters.popFirst() {
            outcomes.append(Outcome(completion: { _ in waiter.grant(error) }))
        }
        return outcomes
    }

    private func haveCommitterWait(_ state: inout State) {
        if state.committerWaitsUntil == nil { state.committerWaitsUntil = clock.monotonic() + Self.gathering }
    }

    /// How much waits now.
    var queued: (sessions: Int, units: Int) { state.withLock { ($0.waiters.count, $0.units.count) } }
}
