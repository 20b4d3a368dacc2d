import Glibc
import Model

/// What a worker does: look, run, look again; wait when there is nothing.
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
            monitor.lock()
            noteLook(of: worker, at: moment)
            if let run = ended {
                ended = nil
                // Let go of outside the lock, and before any wait: it may be the task's last reference.
                if let released = finish(run, of: worker, at: moment) {
                    withExtendedLifetime(released) { monitor.unlock() }
                    continue
                }
            }
            if isEnding || working > workers + alarm.stuckCount {
                return leave()
            }
            guard let (slot, isPreempted) = schedule.take(&worker.turns) else {
                wait(worker, from: moment)
                monitor.unlock()
                continue
            }
            running += 1
            let task = slot.task
            let helper = callHelper()
            monitor.unlock()
            helper?.news.signal()
            var run = Run(slot: slot, isPreempted: isPreempted, began: moment)
            if let task { run.result = task.run() }
            worker.mark.clear()
            ended = run
        }
    }

    /// Under the lock: the waiting worker that is to look, because there is work or a timer that nobody minds; nil when
    /// that is not so, or somebody is on the way already. It is to be signalled after the lock is left.
    func callHelper() -> ExecutorWorker? {
        guard searching == 0, !idle.isEmpty else { return nil }
        let index: Int?
        if schedule.hasWork {
            // The one whose absence matters least for the timers, and of these the one that waits the shortest.
            index = idle.indices.max { idle[$0].looksAt < idle[$1].looksAt }
        } else if !isNextTimerMinded {
            // One that has a timed wait already, so that there are no more of these than needed.
            index = idle.indices.min { idle[$0].looksAt < idle[$1].looksAt }
        } else {
            index = nil
        }
        guard let index else { return nil }
        let worker = idle.remove(at: index)
        startSearch(worker)
        return worker
    }

    /// When somebody must look at the timers; nil: a virtual clock, or no timer.
    private var nextTimedLook: MonotonicTime? {
        guard !isVirtual, let earliest = schedule.earliestTimer else { return nil }
        return max(earliest, lastTimedLook + Self.grain)
    }

    private var isNextTimerMinded: Bool {
        guard let moment = nextTimedLook else { return true }
        return idle.contains { $0.looksAt <= moment }
    }

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
        if worker.isTimedOut {
            worker.isTimedOut = false
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
            withExtendedLifetime(released) { monitor.unlock() }
            return .ending
        }
        parked += 1
        let helper = callHelper()
        monitor.unlock()
        helper?.news.signal()
        return .surplus
    }

    /// Waits for news; also until the next timer is due, when no other worker does. The lock is held before and after.
    private func wait(_ worker: ExecutorWorker, from moment: MonotonicTime) {
        let look = isNextTimerMinded ? nil : nextTimedLook
        worker.looksAt = look ?? .distantFuture
        idle.append(worker)
        if let look {
            let deadline = timespec.monotonic(in: look - moment)
            while !worker.isSearching {
                guard !worker.news.wait(until: deadline), !worker.isSearching else { continue }
                idle.removeAll { $0 === worker }
                worker.isTimedOut = true
                startSearch(worker)
            }
        } else {
            while !worker.isSearching { worker.news.wait() }
        }
    }
}
