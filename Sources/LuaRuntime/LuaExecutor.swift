import Glibc
import Model

/// The threads on which Lua runs: a few workers that take tasks as they get ready and look after the timers themselves.
///
/// There is no timer thread and no polling: a worker that finds nothing sleeps, one of them with an alarm for the next
/// timer. A due timer that finds a worker awake is served without another thread being involved, and a worker that is
/// about to run a task sets the alarm of one that sleeps. Tasks and the
/// executor refer to one another only while a task is queued, runs, or has a timer. It ends by `shutdown` alone.
package final class LuaExecutor: Sendable {
    /// A moment's figures.
    package struct Statistics: Sendable {
        /// Threads that exist, spare ones included.
        package var threads = 0
        /// Runs that could not be preempted for so long that a spare thread took over.
        package var stuck = 0
        /// Tasks that wait for a thread.
        package var queued = 0
        package var timers = 0
        /// Workers that wait for something to do.
        package var waiting = 0
        /// How often a worker has looked for something to do, since the start.
        package var looks = 0
    }

    /// CPU time after which a run's thread gets its first tick; slices are counted in these.
    static let tick = Duration.milliseconds(5)
    /// Timers wake a sleeping worker at most once in this span. What becomes due in between is served in one go, so
    /// that thousands of timers cost a thousand wake-ups a second; a timer with none shortly before it is not delayed.
    static let grain = Duration.milliseconds(1)
    /// How long what was put off waits for tasks that come after it.
    static let deferral = Duration.milliseconds(1)

    let workers: Int
    let threadLimit: Int
    let clock: any HostClock
    let isVirtual: Bool
    /// From the clock's time to CLOCK_MONOTONIC, by which alarms are set.
    let offset: Duration
    let sliceTimer: SliceTimer
    let alarm = StuckAlarm()
    let lock: ExecutorLock
    /// A thread has begun or ended.
    let threadsChanged: ExecutorLock.Condition

    // Unsafe to the compiler, but all of these are read and written only between `lock.lock` and `unlock`.
    nonisolated(unsafe) let schedule = ExecutorSchedule()
    /// Workers that sleep, the latest last.
    nonisolated(unsafe) var idle: [ExecutorWorker] = []
    /// Workers on their way to look; each of them wakes the next when it leaves something.
    nonisolated(unsafe) var searching = 0
    /// Threads that exist; that have come as far as their loop; that serve tasks; that are parked or soon will be.
    nonisolated(unsafe) var threads = 0
    nonisolated(unsafe) var begun = 0
    nonisolated(unsafe) var working = 0
    nonisolated(unsafe) var parked = 0
    /// Tasks that run now.
    nonisolated(unsafe) var running = 0
    nonisolated(unsafe) var lastTimedLook = MonotonicTime(nanoseconds: .min)
    nonisolated(unsafe) var looks = 0
    nonisolated(unsafe) var isEnding = false
    /// How the one who drives shares the time among tasks.
    nonisolated(unsafe) var drivenTurns = ExecutorSchedule.Turns()

    /// Cores of this machine, at least two, so that one long run never stops all others.
    package static var cores: Int { max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// Starts the threads; throws `.unavailable` when the system refuses them.
    ///
    /// `threadLimit` bounds workers and spares together. A virtual clock is one that moves by hand: timed waits on it
    /// would never end, so its timers are looked at when `clockMoved` is called. A driven one has no threads.
    package init(
        workers: Int = LuaExecutor.cores, threadLimit: Int = 64, clock: any HostClock, isVirtual: Bool = false,
        sliceTimer: SliceTimer = .cpuClock, isDriven: Bool = false
    ) throws(HostError) {
        self.threadLimit = max(1, threadLimit)
        self.workers = min(max(1, workers), self.threadLimit)
        self.clock = clock
        self.isVirtual = isVirtual
        offset = Self.offset(of: clock)
        self.sliceTimer = sliceTimer
        lock = ExecutorLock()
        threadsChanged = ExecutorLock.Condition(of: lock)
        guard isDriven || startAll() else {
            _ = shutdown(patience: .seconds(1))
            throw HostError(
                .unavailable,
                "\(self.workers) worker threads could not be started with their timers; "
                    + "raise the limits on processes, pending signals and open files (ulimit -u, -i, -n).")
        }
    }

    /// Exactly zero for a clock that shows CLOCK_MONOTONIC itself, however long the readings take.
    private static func offset(of clock: any HostClock) -> Duration {
        let before = timespec.monotonic(in: .zero).wholeNanoseconds
        let shown = clock.monotonic().nanoseconds
        let after = timespec.monotonic(in: .zero).wholeNanoseconds
        return (before...max(before, after)).contains(shown) ? .zero : .nanoseconds(after) - .nanoseconds(shown)
    }

    /// Queues the task unless it is queued; when it is running, it runs once more after. From any thread.
    package func wake(_ task: any ExecutorTask) {
        let slot = task.slot
        let isHandedOver = ExecutorWorker.current?.isHandingOver ?? false
        lock.lock()
        var helper: ExecutorWorker?
        if !isEnding {
            schedule.wake(slot, of: task)
            if !isHandedOver { helper = callHelper() }
        }
        lock.unlock()
        helper?.doorbell.ring()
    }

    /// Does the last thing in a task's run, which wakes others: they are left to this thread, which looks for work in the
    /// next moment, instead of waking another one for them. The run must end at once after it.
    package func handOver<Result>(_ last: () -> Result) -> Result {
        guard let worker = ExecutorWorker.current else { return last() }
        worker.isHandingOver = true
        defer { worker.isHandingOver = false }
        return last()
    }

    /// Has the calling worker do `work` when it finds no task to run, after a few at the latest when a millisecond has
    /// passed. It may block for the disk: the other workers go on. False on a thread that is no worker, which must see to
    /// it itself.
    package func whenIdle(_ work: @escaping @Sendable () -> Void) -> Bool {
        guard let worker = ExecutorWorker.current else { return false }
        if worker.deferred.isEmpty { worker.deferredUntil = clock.monotonic() + Self.deferral }
        worker.deferred.append(work)
        return true
    }

    /// Wakes the task at that moment, in place of any set before; nil cancels. From any thread, O(log n).
    ///
    /// A moment that has passed wakes it at once, a busy machine late, and more than a thousand a second up to a
    /// millisecond late.
    package func setTimer(_ task: any ExecutorTask, at time: MonotonicTime?) {
        let slot = task.slot
        lock.lock()
        var helper: ExecutorWorker?
        if !isEnding {
            schedule.setTimer(slot, of: task, at: time)
            // A running task's timer matters when its run is over, and then its worker looks.
            if slot.phase != .running { helper = callHelper() }
        }
        lock.unlock()
        helper?.doorbell.ring()
    }

    /// Looks at the timers again, after a virtual clock was moved.
    package func clockMoved() {
        let moment = clock.monotonic()
        lock.lock()
        schedule.advance(to: moment)
        let helper = callHelper()
        lock.unlock()
        helper?.doorbell.ring()
    }

    /// Starts no more runs, forgets timers and queued tasks, and waits for the runs in progress; how many of them are
    /// not over when the patience ends. Their threads end when the runs do.
    package func shutdown(patience: Duration) -> Int {
        let deadline = timespec.monotonic(in: patience)
        let released = lock.withLock {
            isEnding = true
            for worker in idle {
                worker.isSearching = true
                worker.doorbell.ring()
            }
            searching += idle.count
            idle = []
            for _ in 0..<parked { alarm.wakeSpare() }
            return schedule.removeAll()
        }
        // Let go of outside the lock: it may be a task's last reference.
        _ = consume released
        return lock.withLock {
            while threads > 0, threadsChanged.wait(until: deadline) {}
            return running
        }
    }

    /// How long after their timers were due tasks got a thread, since the start.
    package var timerLag: Histogram { lock.withLock { schedule.timerLag } }

    package var statistics: Statistics {
        lock.withLock {
            Statistics(
                threads: threads, stuck: alarm.stuckCount, queued: schedule.queuedCount, timers: schedule.timerCount,
                waiting: idle.count, looks: looks)
        }
    }
}
