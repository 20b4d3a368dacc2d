import Model

/// What a worker does: look, run, look again; sleep when there is nothing.
extension LuaExecutor {
    enum WorkEnd {
        /// There are more workers than runs that are not stuck need.
        case surplus
        case ending
    }

    private struct Run {
        let slot: ExecutorSlot
        let isPreempted: Bool
        let began: MonotonicTime
        var result = RunResult.done
    }

    func work(_ worker: ExecutorWorker) -> WorkEnd {
        var ended: Run?
        while true {
            let moment = clock.monotonic()
            lock.lock()
            noteLook(of: worker, at: moment)
            if let run = ended {
                ended = nil
                // Let go of outside the lock, and before any wait: it may be the task's last reference.
                if let released = finish(run, of: worker, at: moment) {
                    withExtendedLifetime(released) { lock.unlock() }
                    continue
                }
            }
            let mustLeave = isEnding || working > workers + alarm.stuckCount
            if !worker.deferred.isEmpty, mustLeave || !schedule.hasWork || moment >= worker.deferredUntil {
                doDeferred(by: worker)
                continue
            }
            if mustLeave { return leave() }
            guard let (slot, isPreempted) = schedule.take(&worker.turns) else {
                rest(worker)
                continue
            }
            running += 1
            let task = slot.task
            let helper = callHelper()
            lock.unlock()
            helper?.doorbell.ring()
            var run = Run(slot: slot, isPreempted: isPreempted, began: moment)
            if let task { run.result = task.run() }
            worker.mark.clear()
            ended = run
        }
    }

    /// Does what was put off. The lock is held before, and not after; others look after the timers meanwhile.
    private func doDeferred(by worker: ExecutorWorker) {
        let helper = callHelper()
        lock.unlock()
        helper?.doorbell.ring()
        let deferred = worker.deferred
        worker.deferred = []
        worker.isHandingOver = true
        for work in deferred { work() }
        worker.isHandingOver = false
    }

    /// Under the lock: sees to it that what is left gets looked at. For work that nobody is on the way to, it returns
    /// the worker to be rung after the lock is left; for a timer, it sets the alarm of a sleeping one.
    func callHelper() -> ExecutorWorker? {
        guard searching == 0, !idle.isEmpty else { return nil }
        guard schedule.hasWork else {
            mindNextTimer()
            return nil
        }
        // The one whose absence matters least for the timers, and of these the one that sleeps the shortest.
        let latestFirst = idle.indices.reversed()
        guard let index = latestFirst.max(by: { idle[$0].looksAt < idle[$1].looksAt }) else { return nil }
        let worker = idle.remove(at: index)
        startSearch(worker)
        return worker
    }

    /// Sets an alarm for the next timer, unless some sleeping worker has one that is early enough.
    private func mindNextTimer() {
        guard let moment = nextTimedLook, !isMinded(moment) else { return }
        // One that has an alarm already, so that there are no more of these than needed.
        idle.min { $0.looksAt < $1.looksAt }?.setAlarm(at: moment, offset: offset)
    }

    /// When somebody must look at the timers; nil: a virtual clock, or no timer.
    private var nextTimedLook: MonotonicTime? {
        guard !isVirtual, let earliest = schedule.earliestTimer else { return nil }
        return max(earliest, lastTimedLook + Self.grain)
    }

    private func isMinded(_ moment: MonotonicTime) -> Bool { idle.contains { $0.looksAt <= moment } }

    private func startSearch(_ worker: ExecutorWorker) {
        worker.isSearching = true
        searching += 1
    }

    private func noteLook(of worker: ExecutorWorker, at moment: MonotonicTime) {
        looks += 1
        if worker.isSearching {
            worker.isSearching = false
            searching -= 1
        }
        if worker.isAlarmed {
            worker.isAlarmed = false
            lastTimedLook = max(lastTimedLook, moment)
        }
        schedule.advance(to: moment)
    }

    private func finish(_ run: Run, of worker: ExecutorWorker, at moment: MonotonicTime) -> (any ExecutorTask)? {
        running -= 1
        if run.isPreempted {
            let owed = (moment - run.began) * Int(ExecutorSchedule.freshShare)
            worker.turns.freshFirstUntil = moment + owed
        }
        return schedule.finish(run.slot, run.result)
    }

    /// Leaves the workers, and the lock.
    private func leave() -> WorkEnd {
        working -= 1
        if isEnding {
            let released = schedule.removeAll()
            withExtendedLifetime(released) { lock.unlock() }
            return .ending
        }
        parked += 1
        let helper = callHelper()
        lock.unlock()
        helper?.doorbell.ring()
        return .surplus
    }

    /// Sleeps until it is rung; also until the next timer is due, when no other worker minds that. The lock is held
    /// before, and not after.
    private func rest(_ worker: ExecutorWorker) {
        let look = nextTimedLook.flatMap { isMinded($0) ? nil : $0 }
        worker.setAlarm(at: look ?? .distantFuture, offset: offset)
        idle.append(worker)
        repeat {
            lock.unlock()
            let isAlarm = worker.doorbell.sleep()
            lock.lock()
            if isAlarm, !worker.isSearching {
                idle.removeAll { $0 === worker }
                worker.noteAlarm()
                startSearch(worker)
            }
        } while !worker.isSearching
        lock.unlock()
    }
}
