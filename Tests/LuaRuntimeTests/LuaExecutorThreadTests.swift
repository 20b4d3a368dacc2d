import Glibc
import Model
import Platform
import Synchronization
import Testing

@testable import LuaRuntime

@Suite("Lua executor's threads")
struct LuaExecutorThreadTests {
    /// A task that is stuck until its door opens.
    private func makeStuck(_ slices: HandSlices, _ door: Door) -> ProbeTask {
        ProbeTask { _ in
            slices.callStuck()
            slices.callStuck()
            door.pass()
            return .done
        }
    }

    @Test("a spare thread takes over from a stuck run, and is parked again when it ends")
    func spare() throws {
        let slices = HandSlices()
        try withExecutor(workers: 1, slices: slices) { executor in
            #expect(executor.statistics.threads == 2)
            for round in 1...20 {
                let door = Door()
                let record = Record()
                executor.wake(makeStuck(slices, door))
                wait(for: "the run to be stuck") { executor.statistics.stuck == 1 }
                let other = record.task(noting: round)
                executor.wake(other)
                wait(for: "a spare to run the other task") { record.count == 1 }
                door.open()
                wait(for: "one worker to be left, at rest") {
                    executor.statistics.stuck == 0 && executor.statistics.waiting == 1
                }
            }
            #expect(executor.statistics.threads <= 3, "spares are used again")
        }
    }

    @Test("several stuck runs get a spare each, up to the limit of threads")
    func limit() throws {
        let slices = HandSlices()
        try withExecutor(workers: 2, threadLimit: 5, slices: slices) { executor in
            let door = Door()
            let stuck = (0..<6).map { _ in makeStuck(slices, door) }
            for task in stuck { executor.wake(task) }
            wait(for: "all threads to be stuck") { executor.statistics.stuck == 5 }
            #expect(executor.statistics.threads == 5)
            #expect(executor.statistics.queued == 1)
            door.open()
            wait(for: "two workers to be left, at rest") {
                executor.statistics.stuck == 0 && executor.statistics.waiting == 2
            }
            #expect(executor.statistics.queued == 0)
            #expect(slices.attached.load(ordering: .relaxed) == 5)
        }
    }

    @Test("shutdown counts a stuck run, and its thread ends with it")
    func shutdownWithStuckTask() throws {
        let executor = try LuaExecutor(
            workers: 2, clock: ManualClock(), isVirtual: true, sliceTimer: HandSlices().timer)
        let isInside = Door()
        let door = Door()
        let runs = Atomic<Int>(0)
        let stuck = ProbeTask { [executor] task in
            runs.add(1, ordering: .relaxed)
            executor.wake(task)
            isInside.open()
            door.pass()
            return .yielded
        }
        executor.wake(stuck)
        isInside.pass()
        #expect(executor.shutdown(patience: .milliseconds(20)) == 1)
        wait(for: "the other threads to end") { executor.statistics.threads == 1 }
        door.open()
        #expect(executor.shutdown(patience: .seconds(30)) == 0)
        #expect(executor.statistics.threads == 0)
        #expect(runs.load(ordering: .relaxed) == 1, "no run begins after a shutdown")
    }

    @Test("shutdown lets go of what is queued or has a timer, and what comes after it is ignored")
    func shutdownReleases() throws {
        let executor = try LuaExecutor(
            workers: 1, clock: ManualClock(), isVirtual: true, sliceTimer: HandSlices().timer)
        let record = Record()
        let isInside = Door()
        let door = Door()
        weak var queued: ProbeTask?
        weak var timed: ProbeTask?
        executor.wake(
            ProbeTask { _ in
                isInside.open()
                door.pass()
                return .done
            })
        isInside.pass()
        do {
            let tasks = (0..<2).map { record.task(noting: $0) }
            (queued, timed) = (tasks[0], tasks[1])
            executor.wake(tasks[0])
            executor.setTimer(tasks[1], at: .distantFuture)
        }
        #expect(queued != nil && timed != nil, "the executor holds them")
        #expect(executor.shutdown(patience: .zero) == 1)
        #expect(queued == nil && timed == nil)
        door.open()
        let late = record.task(noting: 9)
        executor.wake(late)
        executor.setTimer(late, at: MonotonicTime(nanoseconds: 0))
        executor.clockMoved()
        #expect(executor.shutdown(patience: .seconds(30)) == 0)
        #expect(record.all == [])
        #expect(executor.statistics.queued == 0 && executor.statistics.timers == 0)
    }

    @Test("a task is let go of when it has run and has no timer, outside the lock")
    func release() throws {
        try withExecutor { executor in
            let ended = Record()
            do {
                let last = LastWords { [executor] in ended.note(executor.statistics.queued) }
                executor.wake(
                    ProbeTask { _ in
                        withExtendedLifetime(last) {}
                        return .done
                    })
            }
            wait(for: "the task to be freed") { ended.count == 1 }
        }
    }

    @Test("a thread without time slices is refused, with what to do")
    func refused() {
        let attached = Atomic<Int>(0)
        let noTimers = SliceTimer(
            attach: { _, _, argument in
                attached.add(1, ordering: .sequentiallyConsistent).newValue == 2 ? nil : OpaquePointer(argument)
            }, detach: { _ in })
        #expect {
            _ = try LuaExecutor(workers: 2, clock: ManualClock(), isVirtual: true, sliceTimer: noTimers)
        } throws: { error in
            (error as? HostError)?.code == .unavailable && "\(error)".contains("ulimit -u, -i, -n")
        }
    }
}

/// Calls back when it is freed.
private final class LastWords: Sendable {
    private let words: @Sendable () -> Void

    init(_ words: @escaping @Sendable () -> Void) { self.words = words }

    deinit { words() }
}
