import Model

/// Running tasks without threads: whoever drives the executor gives each of them its turns, one after another, so that
/// what happens is the same each time.
extension LuaExecutor {
    /// An executor without threads, in the time of `clock`: nothing runs but by `runNext`.
    package static func driven(clock: any HostClock) throws(HostError) -> LuaExecutor {
        try LuaExecutor(workers: 1, clock: clock, isVirtual: true, isDriven: true)
    }

    /// Gives the task that has waited longest one turn, on the calling thread; false when none waits or is due. A task
    /// that uses up its slice waits again behind the others.
    package func runNext() -> Bool {
        let moment = clock.monotonic()
        lock.lock()
        schedule.advance(to: moment)
        guard !isEnding, let (slot, _) = schedule.take(&drivenTurns) else {
            lock.unlock()
            return false
        }
        running += 1
        let task = slot.task
        lock.unlock()
        let result = task?.run() ?? .done
        let released = lock.withLock {
            running -= 1
            return schedule.finish(slot, result)
        }
        // Let go of outside the lock: it may be the task's last reference.
        _ = consume released
        return true
    }

    /// When the next timer is due; nil when there is none.
    package var nextTimer: MonotonicTime? { lock.withLock { schedule.earliestTimer } }
}
