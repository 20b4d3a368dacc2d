import LuaRuntime
import Model
import Synchronization

/// Stops the running jobs once the daemons have stopped: asked, then hurried, then left to the next boot's rescue.
final class JobShutdown: ExecutorTask, Sendable {
    let slot = ExecutorSlot()

    private struct Progress {
        var finished: CheckedContinuation<Void, Never>?
        var isHurried = false
        var isOver = false
    }

    private static let watchPeriod = Duration.milliseconds(100)

    private let context: HostContext
    private let hurryAt: MonotonicTime
    private let deadline: MonotonicTime
    private let progress = Mutex(Progress())

    /// Asks at once, hurries after the jobs' own grace, gives up at `deadline`.
    init(context: HostContext, deadline: MonotonicTime) {
        self.context = context
        self.deadline = deadline
        hurryAt = min(context.clock.monotonic() + LuaJobAttempt.stopGrace, deadline + .seconds(-1))
    }

    /// Returns the jobs that had to be left.
    func stopAll() async -> [Int64] {
        await withCheckedContinuation { continuation in
            progress.withLock { $0.finished = continuation }
            context.jobs.stop { [self] in finish() }
            context.executor.wake(self)
        }
        context.executor.setTimer(self, at: nil)
        return context.jobs.runningJobs
    }

    func hurry() {
        progress.withLock { $0.isHurried = true }
        context.jobs.hurry()
    }

    func run() -> RunResult {
        let now = context.clock.monotonic()
        context.jobs.watch(now: now)
        if now >= deadline {
            finish()
            return .done
        }
        if now >= hurryAt, !progress.withLock({ $0.isHurried }) { hurry() }
        if !progress.withLock({ $0.isOver }) {
            context.executor.setTimer(self, at: min(now + Self.watchPeriod, deadline))
        }
        return .done
    }

    private func finish() {
        let finished = progress.withLock { progress in
            progress.isOver = true
            defer { progress.finished = nil }
            return progress.finished
        }
        finished?.resume()
    }
}
