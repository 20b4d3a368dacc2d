import Model
import Platform
import Testing

@testable import LuaRuntime

@Suite("What Lua workers put off until they are idle")
struct LuaExecutorIdleTests {
    @Test("it is done once no task is ready, on the worker's own thread")
    func afterReadyTasks() throws {
        try withExecutor(workers: 1) { executor in
            let record = Record()
            let others = (1...3).map { record.task(noting: $0) }
            let first = ProbeTask { _ in
                for other in others { executor.wake(other) }
                #expect(executor.whenIdle { record.note(ExecutorWorker.current == nil ? -1 : 4) })
                return .done
            }
            executor.wake(first)
            wait(for: "all to be done") { record.count == 4 }
            #expect(record.all == [1, 2, 3, 4])
        }
    }

    @Test("on other threads there is no putting off")
    func elsewhere() throws {
        try withExecutor(workers: 1) { executor in
            #expect(!executor.whenIdle { Issue.record("it was said that it would not be done") })
        }
    }

    @Test("tasks that never end being ready put it off for a moment only")
    func busy() throws {
        let clock = ManualClock()
        let executor = try LuaExecutor(
            workers: 1, clock: clock, isVirtual: true, sliceTimer: HandSlices().timer)
        let record = Record()
        let isOver = Door()
        let endless = ProbeTask { task in
            if record.count == 0 {
                _ = executor.whenIdle {
                    record.note(2)
                    isOver.open()
                }
                record.note(1)
            } else if record.count == 1 {
                clock.advance(by: LuaExecutor.deferral)
            }
            if record.count < 2 { executor.wake(task) }
            return .done
        }
        executor.wake(endless)
        isOver.pass()
        #expect(record.all == [1, 2])
        #expect(executor.shutdown(patience: .seconds(20)) == 0)
    }

    @Test("what it wakes is run")
    func wakes() throws {
        try withExecutor(workers: 2) { executor in
            let record = Record()
            let woken = (1...10).map { record.task(noting: $0) }
            let first = ProbeTask { _ in
                _ = executor.whenIdle { for task in woken { executor.wake(task) } }
                return .done
            }
            executor.wake(first)
            wait(for: "all that was woken") { record.count == 10 }
            #expect(Set(record.all) == Set(1...10))
        }
    }

    @Test("it is done also when the executor ends")
    func ending() throws {
        let executor = try LuaExecutor(
            workers: 1, clock: ManualClock(), isVirtual: true, sliceTimer: HandSlices().timer)
        let record = Record()
        let isInside = Door()
        let door = Door()
        let task = ProbeTask { _ in
            _ = executor.whenIdle { record.note(1) }
            isInside.open()
            door.pass()
            return .done
        }
        executor.wake(task)
        isInside.pass()
        #expect(executor.shutdown(patience: .zero) == 1)
        door.open()
        wait(for: "what was put off") { record.count == 1 }
        #expect(executor.shutdown(patience: .seconds(20)) == 0)
    }
}
