import Model

/// What is to run next: tasks that wait for a thread, tasks whose slice was used up, and timers.
///
/// It decides and never waits; whoever uses it from several threads does so under one lock.
final class ExecutorSchedule {
    /// How one worker shares its time between fresh tasks and preempted ones.
    struct Turns {
        /// Fresh tasks since the last preempted one.
        var fresh = 0
        /// Until then fresh tasks come first, whatever their number.
        var freshFirstUntil = MonotonicTime(nanoseconds: .min)
    }

    /// Fresh tasks that may overtake a preempted one.
    static let overtaking = 64
    /// While fresh tasks wait, a preempted one's slice is paid for with this many times its length for them: slices
    /// are a thousand times longer than an ordinary step, so that by number alone they would take nearly all the time.
    static let freshShare: Int64 = 9
    /// Timers that are taken out in one go, so that the lock is never held for long.
    static let timersAtOnce = 256

    private var fresh = RunQueue()
    private var preempted = RunQueue()
    private var timers = TimerHeap()
    /// The latest moment that any thread has seen.
    private(set) var now = MonotonicTime(nanoseconds: .min)

    /// How long after their timers were due tasks got a thread.
    private(set) var timerLag = Histogram.seconds

    var queuedCount: Int { fresh.count + preempted.count }
    var timerCount: Int { timers.count }
    var earliestTimer: MonotonicTime? { timers.earliest }
    /// Whether a worker that looks would find something to run.
    var hasWork: Bool {
        if queuedCount > 0 { return true }
        guard let earliest = timers.earliest else { return false }
        return earliest <= now
    }

    /// Queues the task unless it is queued; a running one runs once more.
    func wake(_ slot: ExecutorSlot, of task: any ExecutorTask) {
        slot.hold(task)
        wakeHeld(slot)
    }

    /// Sets, replaces or (nil) cancels the task's timer.
    func setTimer(_ slot: ExecutorSlot, of task: any ExecutorTask, at time: MonotonicTime?) {
        guard let time else {
            timers.remove(slot)
            // The caller has a reference too, so this is not the last.
            _ = slot.releaseIfIdle()
            return
        }
        slot.hold(task)
        timers.set(slot, at: time)
    }

    /// Notes the time and queues the tasks whose timers are due.
    func advance(to moment: MonotonicTime) {
        now = max(now, moment)
        for _ in 0..<Self.timersAtOnce {
            let due = timers.earliest
            guard let slot = timers.popDue(at: now) else { return }
            slot.dueAt = due
            wakeHeld(slot)
        }
    }

    /// The next to run, marked as running; whether it is one that goes on after a preemption.
    func take(_ turns: inout Turns) -> (slot: ExecutorSlot, isPreempted: Bool)? {
        let isPreemptedDue = turns.fresh >= Self.overtaking && now >= turns.freshFirstUntil
        if fresh.isEmpty || isPreemptedDue, let slot = preempted.popFirst() {
            turns.fresh = 0
            slot.phase = .running
            return (slot, true)
        }
        guard let slot = fresh.popFirst() else { return nil }
        if let due = slot.dueAt {
            timerLag.observe((now - due).inSeconds)
            slot.dueAt = nil
        }
        if turns.fresh < Self.overtaking { turns.fresh += 1 }
        slot.phase = .running
        return (slot, false)
    }

    /// Puts a task that ran where it belongs; what it returns is to be let go of outside the lock.
    func finish(_ slot: ExecutorSlot, _ result: RunResult) -> (any ExecutorTask)? {
        let isWokenAgain = slot.isWokenAgain
        slot.isWokenAgain = false
        switch result {
        case .yielded:
            slot.phase = .queued
            preempted.append(slot)
        case .done where isWokenAgain:
            slot.phase = .queued
            fresh.append(slot)
        case .done:
            slot.phase = .idle
        }
        return slot.releaseIfIdle()
    }

    /// Forgets all timers and all that is queued; what it returns is to be let go of outside the lock.
    func removeAll() -> [any ExecutorTask] {
        var released = timers.removeAll().compactMap { $0.releaseIfIdle() }
        while let slot = fresh.popFirst() ?? preempted.popFirst() {
            slot.phase = .idle
            if let task = slot.releaseIfIdle() { released.append(task) }
        }
        return released
    }

    private func wakeHeld(_ slot: ExecutorSlot) {
        switch slot.phase {
        case .idle:
            slot.phase = .queued
            fresh.append(slot)
        case .queued:
            break
        case .running:
            slot.isWokenAgain = true
        }
    }
}
