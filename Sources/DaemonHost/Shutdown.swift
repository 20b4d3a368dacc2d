import LuaRuntime
import Model
import Synchronization

/// Stops all daemons side by side under one deadline: asked, then hurried, then given up by name.
final class Shutdown: ExecutorTask, Sendable {
    let slot = ExecutorSlot()

    /// How it went.
    struct Report: Sendable {
        /// Those that were given up, with where they were.
        var abandoned: [String] = []
        var seconds: Double = 0
    }

    private struct Progress {
        var waiting: Set<String> = []
        var isHurried = false
        var finished: CheckedContinuation<Void, Never>?
        var isOver = false
    }

    /// How often the stop is looked after while it lasts.
    private static let watchPeriod = Duration.milliseconds(100)
    /// Before the deadline everyone left is interrupted; the rest of the time is for that to take effect.
    private static let hurryMargin = Duration.seconds(3)

    private let context: HostContext
    private let daemons: [Daemon]
    private let startedAt: MonotonicTime
    private let deadline: MonotonicTime
    private let progress = Mutex(Progress())

    init(context: HostContext, deadline: MonotonicTime) {
        self.context = context
        daemons = context.registry.all()
        startedAt = context.clock.monotonic()
        self.deadline = deadline
    }

    /// Returns when all have stopped, or at the deadline.
    func stopAll(reason: String) async -> Report {
        progress.withLock { $0.waiting = Set(daemons.map(\.name)) }
        await withCheckedContinuation { continuation in
            progress.withLock { $0.finished = continuation }
            for daemon in daemons {
                daemon.deliver(.stop(reason: reason))
                daemon.whenAtRest { [self] in stopped(daemon.name) }
            }
            finishIfDone()
            context.executor.wake(self)
        }
        context.executor.setTimer(self, at: nil)
        return giveUpTheRest()
    }

    /// Interrupts everyone who is left now.
    func hurry() {
        progress.withLock { $0.isHurried = true }
        for daemon in daemons { daemon.deliver(.hurry) }
    }

    func run() -> RunResult {
        let now = context.clock.monotonic()
        for daemon in daemons { daemon.watch(now: now) }
        if now >= deadline {
            finish()
            return .done
        }
        if now + Self.hurryMargin >= deadline, !progress.withLock({ $0.isHurried }) { hurry() }
        if !progress.withLock({ $0.isOver }) {
            context.executor.setTimer(self, at: min(now + Self.watchPeriod, deadline))
        }
        return .done
    }

    private func stopped(_ name: String) {
        progress.withLock { _ = $0.waiting.remove(name) }
        finishIfDone()
    }

    private func finishIfDone() {
        if progress.withLock({ $0.waiting.isEmpty }) { finish() }
    }

    private func finish() {
        let finished = progress.withLock { progress in
            progress.isOver = true
            defer { progress.finished = nil }
            return progress.finished
        }
        finished?.resume()
    }

    private func giveUpTheRest() -> Report {
        var report = Report()
        let left = progress.withLock { $0.waiting }
        for daemon in daemons where left.contains(daemon.name) { daemon.deliver(.giveUp) }
        for daemon in daemons where daemon.wasAbandoned { report.abandoned.append(daemon.name) }
        report.seconds = (context.clock.monotonic() - startedAt).inSeconds
        return report
    }
}
