import Model
import Platform
import Synchronization
import Testing

@testable import LuaRuntime

/// The executor with real time slices and real Lua.
@Suite("Lua on the executor")
struct LuaExecutorSliceTests {
    /// Runs a hook of a script, slice by slice.
    private final class ScriptTask: ExecutorTask {
        let slot = ExecutorSlot()
        let state: LuaState
        private let hasEnded = Atomic<Bool>(false)
        private let hasBegun = Atomic<Bool>(false)

        init(_ body: String) throws {
            state = try LuaState(limits: LuaLimits(memoryHard: 16 << 20), clock: SystemClock())
            let source = "return { run_step = function() \(body) end }"
            guard case .finished = state.load(source: Array(source.utf8), chunkName: "@test.lua") else {
                throw HostError(.script, "the test's script did not load")
            }
        }

        func run() -> RunResult {
            let outcome = hasBegun.exchange(true, ordering: .relaxed) ? state.resume(nil) : state.call("run_step")
            if case .preempted = outcome { return .yielded }
            hasEnded.store(true, ordering: .sequentiallyConsistent)
            return .done
        }

        var isOver: Bool { hasEnded.load(ordering: .sequentiallyConsistent) }
    }

    private func withOneWorker(_ body: (LuaExecutor) throws -> Void) throws {
        let executor = try LuaExecutor(workers: 1, clock: SystemClock())
        defer { #expect(executor.shutdown(patience: .seconds(30)) == 0, "all tasks ended") }
        try body(executor)
    }

    /// Shows that other tasks get a turn on the only worker while the script loops, then ends the loop.
    private func letOthersRun(_ script: ScriptTask, on executor: LuaExecutor, _ seen: () -> Bool) {
        executor.wake(script)
        let turns = Record()
        let other = ProbeTask { _ in
            turns.note(1)
            return .done
        }
        for turn in 1...5 {
            executor.wake(other)
            wait(for: "the other task's turn \(turn)") { turns.count == turn }
        }
        wait(for: "the loop to be noticed") { seen() }
        #expect(!script.isOver, "the script still loops")
        script.state.interrupt(.stop)
        wait(for: "the script to be unwound") { script.isOver }
    }

    @Test("an endless loop is preempted, so that others have their turn on the same thread")
    func endlessLoop() throws {
        try withOneWorker { executor in
            let script = try ScriptTask("while true do end")
            letOthersRun(script, on: executor) { true }
            #expect(executor.statistics.threads == 2, "no spare had to take over")
        }
    }

    @Test("an endless loop in a comparator, which cannot be preempted, holds up nobody else")
    func stuckLoop() throws {
        try withOneWorker { executor in
            let script = try ScriptTask("table.sort({ 1, 2, 3 }, function() while true do end end)")
            letOthersRun(script, on: executor) { executor.statistics.stuck == 1 }
            wait(for: "one worker to be left, at rest") {
                executor.statistics.stuck == 0 && executor.statistics.waiting == 1
            }
        }
    }
}
