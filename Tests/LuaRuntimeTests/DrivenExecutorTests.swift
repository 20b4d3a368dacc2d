import Model
import Platform
import Testing

@testable import LuaRuntime

@Suite("an executor without threads")
struct DrivenExecutorTests {
    @Test("nothing runs but by a turn, in the order of the wakes; one that yields waits behind the others")
    func turns() throws {
        let executor = try LuaExecutor.driven(clock: ManualClock())
        let record = Record()
        let yielding = ProbeTask { _ in
            record.note(1)
            return record.count == 1 ? .yielded : .done
        }
        let other = record.task(noting: 2)
        executor.wake(yielding)
        executor.wake(other)
        #expect(record.all == [])
        while executor.runNext() {}
        #expect(record.all == [1, 2, 1])
        #expect(executor.statistics.threads == 0)
    }

    @Test("a timer is due when the clock has come to it, and the next one is told")
    func timers() throws {
        let clock = ManualClock()
        let executor = try LuaExecutor.driven(clock: clock)
        let record = Record()
        let task = record.task(noting: 1)
        executor.setTimer(task, at: clock.monotonic() + .seconds(3))
        #expect(executor.nextTimer == clock.monotonic() + .seconds(3))
        clock.advance(by: .seconds(2))
        #expect(!executor.runNext())
        clock.advance(by: .seconds(1))
        #expect(executor.runNext())
        #expect(record.all == [1] && executor.nextTimer == nil)
    }

    @Test("a shutdown lets go of what is queued")
    func shutdown() throws {
        let executor = try LuaExecutor.driven(clock: ManualClock())
        weak var task: ProbeTask?
        do {
            let made = ProbeTask { _ in .done }
            executor.wake(made)
            task = made
        }
        #expect(task != nil)
        #expect(executor.shutdown(patience: .zero) == 0)
        #expect(task == nil && !executor.runNext())
    }
}
