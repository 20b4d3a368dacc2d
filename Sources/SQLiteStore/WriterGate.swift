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

/// Decides whose turn it is at the one writing connection: strictly first come, first served.
///
/// The turn belongs to a session or to the committer, not to a thread. The committer queues like everybody else as
/// soon as there is something to commit. Whoever is handed the turn finds the transaction open.
final class WriterGate: Sendable {
    static let maxUnits = 10_000
    static let maxWaiting = 100_000

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

    private enum Waiter {
        case session(Grant)
        case committer
    }

    private struct State {
        var holder = Holder.nobody
        var waiters = FIFO<Waiter>()
        /// How many of the waiters are sessions.
        var waitingSessions = 0
        /// Whether the committer stands among the waiters.
        var committerWaits = false
        /// Whether the committer holds the turn and has not begun.
        var committerIsDue = false
        var units = FIFO<WriteUnit>()
        var outcomes: [Outcome] = []
        var isClosing = false
    }

    private let state = Mutex(State())
    private let wakeCommitter = Semaphore()

    // MARK: - For callers

    /// Takes the turn when it is free; else `grant` is called later. True when the caller has it now.
    func take(orWait grant: @escaping Grant) throws(HostError) -> Bool {
        try state.withLock { (state) throws(HostError) in
            guard !state.isClosing else { throw Self.closed }
            if state.holder == .nobody {
                state.holder = .session
                return true
            }
            guard state.waitingSessions < Self.maxWaiting else {
                throw HostError(.busy, "\(Self.maxWaiting) sessions wait for the database already")
            }
            state.waiters.append(.session(grant))
            state.waitingSessions += 1
            return false
        }
    }

    /// Queues a unit for the committer.
    func enqueue(_ unit: WriteUnit) throws(HostError) {
        let wake = try state.withLock { (state) throws(HostError) in
            guard !state.isClosing else { throw Self.closed }
            guard state.units.count < Self.maxUnits else {
                throw HostError(.busy, "\(Self.maxUnits) writes wait for the database already")
            }
            state.units.append(unit)
            return Self.callCommitter(&state)
        }
        if wake { wakeCommitter.signal() }
    }

    // MARK: - For the holder of the turn

    var someoneWaits: Bool { state.withLock { !$0.waiters.isEmpty } }

    /// Gives the turn to the next in line.
    ///
    /// `isOpen`: whether the transaction is open; a session that comes next to a closed one is preceded by the
    /// committer, who opens it. `mustCommit`: the committer is to have a turn. `atOnce`: the very next one.
    func pass(isOpen: Bool, mustCommit: Bool, atOnce: Bool = false) {
        let next: Next = state.withLock { state in
            if mustCommit || !state.units.isEmpty, !state.committerWaits {
                state.committerWaits = true
                state.waiters.append(.committer)
            }
            return Self.advance(&state, isOpen: isOpen, atOnce: atOnce)
        }
        switch next {
        case .nobody: break
        case .committer: wakeCommitter.signal()
        case .session(let grant): grant(nil)
        }
    }

    private enum Next {
        case nobody
        case committer
        case session(Grant)
    }

    private static func advance(_ state: inout State, isOpen: Bool, atOnce: Bool) -> Next {
        while let first = state.waiters.first {
            if case .committer = first {
                _ = state.waiters.popFirst()
                guard state.committerWaits else { continue }  // It was served out of order.
            } else if case .session(let grant) = first, isOpen, !atOnce {
                _ = state.waiters.popFirst()
                state.waitingSessions -= 1
                state.holder = .session
                return .session(grant)
            }
            state.committerWaits = false
            state.holder = .committer
            state.committerIsDue = true
            return .committer
        }
        state.holder = .nobody
        return .nobody
    }

    /// Gives the turn to the committer, who opens the transaction patiently and hands it to `grant` first.
    func giveUp(toReturnBy grant: @escaping Grant) {
        state.withLock { state in
            state.waiters.prepend(.session(grant))
            state.waitingSessions += 1
        }
        pass(isOpen: false, mustCommit: false)
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

    var sessionWaits: Bool { state.withLock { $0.waitingSessions > 0 } }

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
            if case .session(let grant) = waiter { outcomes.append(Outcome(completion: { _ in grant(error) })) }
        }
        if state.committerWaits { state.waiters.append(.committer) }
        state.waitingSessions = 0
        return outcomes
    }

    /// Puts the committer in line, or in the turn when it is free; true when its thread must be woken.
    private static func callCommitter(_ state: inout State) -> Bool {
        guard state.holder != .committer, !state.committerWaits else { return false }
        if state.holder == .nobody {
            state.holder = .committer
            state.committerIsDue = true
            return true
        }
        state.committerWaits = true
        state.waiters.append(.committer)
        return false
    }

    /// How much waits now.
    var queued: (sessions: Int, units: Int) { state.withLock { ($0.waitingSessions, $0.units.count) } }
}
