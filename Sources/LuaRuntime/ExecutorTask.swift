import Model

/// How a task left its thread.
package enum RunResult: Sendable {
    /// Nothing to do until it is woken again.
    case done
    /// Its slice was used up: it goes on behind the tasks that have not had one.
    case yielded
}

/// Something that runs on the executor's threads, on one of them at a time.
package protocol ExecutorTask: AnyObject, Sendable {
    /// The same slot each time; a task has one of its own and is used with one executor.
    var slot: ExecutorSlot { get }

    /// One turn, on a worker thread; what it does to wait is to return and be woken.
    func run() -> RunResult
}

/// What the executor knows of one task, kept with the task so that a wake allocates nothing.
///
/// Sendable without the compiler's proof: every field is read and written only under the executor's lock.
package final class ExecutorSlot: @unchecked Sendable {
    enum Phase: UInt8 {
        case idle, queued, running
    }

    var phase = Phase.idle
    /// Woken while it ran: it runs once more.
    var isWokenAgain = false
    /// The timer that queued it, until it runs.
    var dueAt: MonotonicTime?
    /// Where its timer stands in the heap; negative: it has none.
    var heapIndex = -1
    /// The task, while it is queued, runs, or has a timer; nil when the executor has no business with it.
    private(set) var task: (any ExecutorTask)?

    package init() {}

    var hasTimer: Bool { heapIndex >= 0 }

    /// Keeps the task, and the slot itself, which queues and timers refer to without counting.
    func hold(_ task: any ExecutorTask) {
        guard self.task == nil else { return }
        self.task = task
        _ = Unmanaged.passRetained(self)
    }

    /// Undoes `hold` when there is no more business; the caller lets go of what it gets after it left the lock, because
    /// that may be the last reference and end in code of the task's own.
    func releaseIfIdle() -> (any ExecutorTask)? {
        guard phase == .idle, !hasTimer, let held = task else { return nil }
        task = nil
        Unmanaged.passUnretained(self).release()
        return held
    }
}
