import Model

/// Decides which signals a process group gets and when: TERM at a cancel or the timeout, KILL at the end of the grace,
/// KILL for what is left when the program itself has ended.
struct EndingLadder: Sendable, Hashable {
    enum Action: Sendable, Hashable {
        case terminate
        case kill
    }

    private(set) var cause = ProcessResult.Cause.itself
    private(set) var hasExited = false
    private var timeoutAt: MonotonicTime
    private let grace: Duration
    private var killAt = MonotonicTime.distantFuture
    private var isKilled = false

    init(start: MonotonicTime, timeout: Duration?, grace: Duration) {
        timeoutAt = timeout.map { start + $0 } ?? .distantFuture
        self.grace = grace
    }

    /// When `tick` has something to do; the far future for never.
    var deadline: MonotonicTime { min(timeoutAt, killAt) }

    /// A second cancel can only hasten the end.
    mutating func cancel(grace: Duration, now: MonotonicTime) -> Action? {
        end(by: .cancel, grace: grace, now: now)
    }

    mutating func tick(now: MonotonicTime) -> Action? {
        if killAt <= now { return kill() }
        guard timeoutAt <= now else { return nil }
        return end(by: .timeout, grace: grace, now: now)
    }

    /// The program has ended. What it left in its group goes at once, or at the end of the grace if it was asked to end.
    mutating func exited() -> Action? {
        hasExited = true
        timeoutAt = .distantFuture
        return killAt == .distantFuture ? kill() : nil
    }

    private mutating func end(by cause: ProcessResult.Cause, grace: Duration, now: MonotonicTime) -> Action? {
        guard !isKilled else { return nil }
        timeoutAt = .distantFuture
        let isFirst = killAt == .distantFuture
        if isFirst, !hasExited { self.cause = cause }
        // The far future means that nothing is due, so that the longest grace ends just before.
        killAt = min(killAt, now + grace, MonotonicTime(nanoseconds: .max - 1))
        if killAt <= now { return kill() }
        return isFirst ? .terminate : nil
    }

    private mutating func kill() -> Action? {
        timeoutAt = .distantFuture
        killAt = .distantFuture
        guard !isKilled else { return nil }
        isKilled = true
        return .kill
    }
}
