import LuaRuntime
import Model
import Synchronization

/// Counts the ends of some jobs and tells once when all have come.
final class JobCountdown: Sendable {
    private struct State {
        var ended: Set<Int64> = []
        var expected: Set<Int64>?
        var done: (@Sendable () -> Void)?
    }

    private let state: Mutex<State>

    init(done: @escaping @Sendable () -> Void) { state = Mutex(State(done: done)) }

    func ended(_ id: Int64) { tellIfOver { _ = $0.ended.insert(id) } }

    func setExpected(_ ids: Set<Int64>) { tellIfOver { $0.expected = ids } }

    func finish() { setExpected([]) }

    private func tellIfOver(_ change: (inout State) -> Void) {
        let done = state.withLock { state -> (@Sendable () -> Void)? in
            change(&state)
            guard let expected = state.expected, expected.isSubset(of: state.ended) else { return nil }
            defer { state.done = nil }
            return state.done
        }
        done?()
    }
}

/// Looks, on a worker thread, whether a job that is monitored from now on had ended before.
final class JobEndCheck: ExecutorTask, Sendable {
    let slot = ExecutorSlot()
    private let job: Int64
    private let daemon: String
    private let context: HostContext

    init(job: Int64, daemon: String, context: HostContext) {
        self.job = job
        self.daemon = daemon
        self.context = context
    }

    func run() -> RunResult {
        guard let record = try? context.queue.job(job), record.status.isTerminal else { return .done }
        context.registry.daemon(named: daemon)?.jobEnded()
        return .done
    }
}
