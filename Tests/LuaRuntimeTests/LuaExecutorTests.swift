import Glibc
import Model
import Platform
import Synchronization
import Testing

@testable import LuaRuntime

@Suite("Lua executor")
struct LuaExecutorTests {
    @Test("tasks run in the order they were woken")
    func order() throws {
        try withExecutor(workers: 1) { executor in
            let record = Record()
            let door = Door()
            let gate = ProbeTask { _ in
                door.pass()
                return .done
            }
            executor.wake(gate)
            let tasks = (0..<500).map { record.task(noting: $0) }
            for task in tasks { executor.wake(task) }
            for task in tasks { executor.wake(task) }
            door.open()
            wait(for: "500 tasks to run") { record.count == 500 }
            #expect(record.all == Array(0..<500))
        }
    }

    @Test("a task runs on one worker at a time, and no wake is lost, while many threads wake it")
    func oneWorkerAtATime() throws {
        try withExecutor(workers: 4) { executor in
            let crowd = (0..<3).map { _ in Contended() }
            let wakers = (0..<4).map { _ in
                OtherThread {
                    for turn in 0..<6_000 {
                        let contended = crowd[turn % crowd.count]
                        contended.wanted.add(1, ordering: .sequentiallyConsistent)
                        executor.wake(contended.task)
                    }
                }
            }
            for waker in wakers { waker.join() }
            for contended in crowd {
                wait(for: "the last wake to be seen") {
                    contended.seen.load(ordering: .sequentiallyConsistent) == 8_000
                }
                #expect(contended.overlaps.load(ordering: .relaxed) == 0)
            }
            wait(for: "the workers to come to rest") { executor.statistics.waiting == 4 }
            for contended in crowd { #expect(contended.runs == contended.countedRuns.load(ordering: .relaxed)) }
        }
    }

    @Test("a task woken three times while it runs runs once more")
    func wakeDuringRun() throws {
        try withExecutor { executor in
            let runs = Atomic<Int>(0)
            let isInside = Door()
            let door = Door()
            let task = ProbeTask { [executor] task in
                if runs.add(1, ordering: .relaxed).newValue == 1 {
                    executor.wake(task)
                    isInside.open()
                    door.pass()
                }
                return .done
            }
            executor.wake(task)
            isInside.pass()
            executor.wake(task)
            executor.wake(task)
            #expect(runs.load(ordering: .relaxed) == 1)
            door.open()
            wait(for: "the workers to come to rest") { executor.statistics.waiting == 2 }
            #expect(runs.load(ordering: .relaxed) == 2)
        }
    }

    @Test("timers of a virtual clock fire in order when it has moved far enough; a cancelled one does not")
    func virtualTimers() throws {
        let clock = ManualClock()
        try withExecutor(workers: 1, clock: clock) { executor in
            let record = Record()
            let tasks = (0..<5).map { record.task(noting: $0) }
            for (number, seconds) in [3, 1, 2, 2, 1].enumerated() {
                executor.setTimer(tasks[number], at: clock.monotonic() + .seconds(seconds))
            }
            executor.setTimer(tasks[4], at: clock.monotonic() + .seconds(10))
            executor.setTimer(tasks[2], at: nil)
            #expect(executor.statistics.timers == 4)
            clock.advance(by: .milliseconds(999))
            executor.clockMoved()
            #expect(executor.statistics.queued == 0 && record.count == 0)
            clock.advance(by: .seconds(8))
            executor.clockMoved()
            wait(for: "three timers to fire") { record.count == 3 && executor.statistics.waiting == 1 }
            #expect(record.all == [1, 3, 0])
            clock.advance(by: .seconds(2))
            executor.clockMoved()
            wait(for: "the replaced timer to fire") { record.count == 4 }
            #expect(record.all == [1, 3, 0, 4])
        }
    }

    @Test(
        "10,000 timers on a clock that runs by itself all fire once and none early, though each is moved once",
        arguments: [0, 3_600, -3_600] as [Int64])
    func realTimers(secondsAhead: Int64) throws {
        let clock = ShiftedClock(ahead: .seconds(secondsAhead))
        try withExecutor(clock: clock) { executor in
            let fired = Atomic<Int>(0)
            let early = Atomic<Int>(0)
            let start = clock.monotonic()
            let tasks = (0..<10_000).map { number in
                let due = start + .microseconds(20_000 + number * 7 % 50_000)
                return (
                    due,
                    ProbeTask { _ in
                        if clock.monotonic() < due { early.add(1, ordering: .relaxed) }
                        fired.add(1, ordering: .relaxed)
                        return .done
                    }
                )
            }
            for (_, task) in tasks { executor.setTimer(task, at: start + .seconds(3_600)) }
            for (due, task) in tasks { executor.setTimer(task, at: due) }
            wait(for: "10,000 timers to fire") { fired.load(ordering: .relaxed) >= 10_000 }
            wait(for: "the workers to come to rest") { executor.statistics.waiting == 2 }
            #expect(fired.load(ordering: .relaxed) == 10_000)
            #expect(early.load(ordering: .relaxed) == 0)
            #expect(executor.statistics.timers == 0)
        }
    }

    @Test("a timer set earlier than the one that a worker waits for is served in time")
    func earlierTimer() throws {
        let clock = SystemClock()
        try withExecutor(workers: 2, clock: clock) { executor in
            let record = Record()
            let late = ProbeTask { _ in .done }
            let early = record.task(noting: 1)
            executor.setTimer(late, at: clock.monotonic() + .seconds(3_600))
            wait(for: "the workers to wait for it") { executor.statistics.waiting == 2 }
            executor.setTimer(early, at: clock.monotonic() + .milliseconds(2))
            wait(for: "the earlier timer to fire") { record.count == 1 }
            executor.setTimer(late, at: nil)
        }
    }

    @Test("while one worker is busy, another minds the timers")
    func mindedTimers() throws {
        let clock = SystemClock()
        try withExecutor(workers: 2, clock: clock) { executor in
            let record = Record()
            let isBusy = Door()
            let door = Door()
            let busy = ProbeTask { _ in
                isBusy.open()
                door.pass()
                return .done
            }
            let ticking = ProbeTask { [executor] task in
                record.note(1)
                executor.setTimer(task, at: record.count < 5 ? clock.monotonic() + .milliseconds(2) : nil)
                return .done
            }
            executor.setTimer(busy, at: clock.monotonic() + .milliseconds(1))
            executor.setTimer(ticking, at: clock.monotonic() + .milliseconds(5))
            isBusy.pass()
            wait(for: "the other worker to fire five timers") { record.count == 5 }
            door.open()
        }
    }

    @Test("a preempted task neither starves nor delays fresh ones on a single worker")
    func preempted() throws {
        try withExecutor(workers: 1) { executor in
            let isOver = Atomic<Bool>(false)
            let slices = Atomic<Int>(0)
            let busy = ProbeTask { _ in
                slices.add(1, ordering: .relaxed)
                return isOver.load(ordering: .relaxed) ? .done : .yielded
            }
            executor.wake(busy)
            let between = Record()
            let fresh = ProbeTask { [executor] task in
                between.note(slices.load(ordering: .relaxed))
                if between.count < 1_000 { executor.wake(task) }
                return .done
            }
            wait(for: "the busy task to have had a hundred slices") { slices.load(ordering: .relaxed) > 100 }
            executor.wake(fresh)
            wait(for: "the fresh task to have run 1,000 times") { between.count == 1_000 }
            let seen = between.all
            let passed = (seen.last ?? 0) - (seen.first ?? 0)
            #expect(passed >= 10, "the busy one goes on meanwhile")
            #expect(passed <= 16, "and never more than once in 64")
            isOver.store(true, ordering: .relaxed)
        }
    }

    @Test("a worker that is awake serves its task's next timer itself: one look for each run")
    func noHop() throws {
        try withExecutor(workers: 2) { executor in
            wait(for: "the workers to come to rest") { executor.statistics.waiting == 2 }
            let before = executor.statistics.looks
            let runs = Atomic<Int>(0)
            let task = ProbeTask { [executor] task in
                if runs.add(1, ordering: .relaxed).newValue < 1_000 {
                    executor.setTimer(task, at: MonotonicTime(nanoseconds: 0))
                }
                return .done
            }
            executor.wake(task)
            wait(for: "1,000 runs and rest") {
                runs.load(ordering: .relaxed) == 1_000 && executor.statistics.waiting == 2
            }
            // One for each run, one that lets go of the task, and one that finds nothing.
            #expect(executor.statistics.looks - before <= 1_002)
        }
    }

    @Test("a timer wakes one worker, which rings nobody: two looks for each time it fires")
    func oneWakeUp() throws {
        let clock = SystemClock()
        try withExecutor(workers: 3, clock: clock) { executor in
            wait(for: "the workers to come to rest") { executor.statistics.waiting == 3 }
            let before = executor.statistics.looks
            let far = ProbeTask { _ in .done }
            let fired = Record()
            let ticking = ProbeTask { [executor] task in
                fired.note(1)
                executor.setTimer(task, at: clock.monotonic() + (fired.count < 20 ? .milliseconds(2) : .seconds(3_600)))
                return .done
            }
            executor.setTimer(far, at: clock.monotonic() + .seconds(3_600))
            executor.setTimer(ticking, at: clock.monotonic() + .milliseconds(2))
            wait(for: "the timer to fire 20 times, and rest") {
                fired.count == 20 && executor.statistics.waiting == 3
            }
            #expect(executor.statistics.looks - before <= 2 * 20)
        }
    }

    @Test("nobody looks while nothing is due, whether timers wait or a virtual clock moves", arguments: [true, false])
    func idle(isVirtual: Bool) throws {
        let hand = ManualClock()
        let clock: any HostClock = isVirtual ? hand : SystemClock()
        try withExecutor(workers: 3, clock: clock) { executor in
            let sleeper = ProbeTask { _ in .done }
            executor.setTimer(sleeper, at: clock.monotonic() + .seconds(3_600))
            let record = Record()
            let other = record.task(noting: 1)
            wait(for: "the workers to come to rest") { executor.statistics.waiting == 3 }
            let before = executor.statistics.looks
            for round in 1...100 {
                hand.advance(by: .seconds(1))
                if isVirtual { executor.clockMoved() }
                executor.wake(other)
                wait(for: "the task to run, and rest") {
                    record.count == round && executor.statistics.waiting == 3
                }
            }
            // Each wake: one look that finds the task, one that lets go of it, one that finds nothing.
            #expect(executor.statistics.looks - before <= 300)
            executor.setTimer(sleeper, at: nil)
        }
    }
}

/// A task whose run would be seen to overlap with itself.
private final class Contended: Sendable {
    let wanted = Atomic<Int>(0)
    let seen = Atomic<Int>(0)
    let overlaps = Atomic<Int>(0)
    let countedRuns = Atomic<Int>(0)
    private let isInside = Atomic<Bool>(false)
    /// Unsafe on purpose: only one run at a time keeps it from tearing.
    nonisolated(unsafe) private(set) var runs = 0
    private let slotted = Guarded<ProbeTask?>(nil)

    var task: ProbeTask {
        slotted.withLock { held in
            if let held { return held }
            let task = ProbeTask { [unowned self] _ in
                enter()
                return .done
            }
            held = task
            return task
        }
    }

    private func enter() {
        if isInside.exchange(true, ordering: .relaxed) { overlaps.add(1, ordering: .relaxed) }
        runs += 1
        countedRuns.add(1, ordering: .relaxed)
        seen.store(wanted.load(ordering: .sequentiallyConsistent), ordering: .sequentiallyConsistent)
        isInside.store(false, ordering: .relaxed)
    }
}
