import LuaRuntime
import Model
import Platform
import Synchronization

/// Tells the service manager how the host is doing: ready, reloading, stopping, in one line what it does, and that it lives.
///
/// A sign of life is given only when a task came through the scheduler, no critical daemon is dead, and the database's
/// writer has answered. Without a service manager nothing of this exists.
final class ServiceReporter: ExecutorTask, Sendable {
    let slot = ExecutorSlot()

    /// What is left to do after the shutdown's own deadline: closing the database.
    private static let closingTime = Duration.seconds(10)

    private struct State {
        var isEnded = false
        /// The database's writer has not answered the last question yet.
        var isAsking = false
        /// Why no sign of life was given the last time.
        var withheld: String?
        var status = ""
    }

    private let context: HostContext
    private let manager: ServiceManager
    private let state = Mutex(State())

    init?(context: HostContext) {
        guard let manager = context.service else { return nil }
        self.context = context
        self.manager = manager
    }

    // MARK: - The host's life

    /// The host serves from now on; signs of life begin.
    func ready() {
        manager.tell(.ready, .status(state.withLock { $0.status }))
        if manager.watchdogInterval != nil { context.executor.wake(self) }
    }

    func reloading() { manager.tell(.reloading(since: context.clock.monotonic())) }

    func reloaded() { manager.tell(.ready) }

    /// The host stops, within its own deadline.
    func stopping() {
        manager.tell(
            .stopping, .status("stopping"), .extendTimeout(context.settings.shutdownTimeout + Self.closingTime))
    }

    /// No sign of life any more.
    func end() {
        state.withLock { $0.isEnded = true }
        context.executor.setTimer(self, at: nil)
    }

    /// Tells what the host does when that has changed; called once a second.
    func update(_ daemons: [DaemonRecord], jobs: Int, alerts: Int) {
        let status = Self.line(daemons, jobs: jobs, alerts: alerts)
        let isNew = state.withLock { state in
            defer { state.status = status }
            return state.status != status
        }
        if isNew { manager.tell(.status(status)) }
    }

    /// Such as `12 daemons: 11 running, 1 failed; 3 jobs running; 1 alert`.
    static func line(_ daemons: [DaemonRecord], jobs: Int, alerts: Int) -> String {
        var counts: [DaemonStatus: Int] = [:]
        for daemon in daemons { counts[daemon.status, default: 0] += 1 }
        let parts = DaemonStatus.allCases.compactMap { status in
            counts[status].map { "\($0) \(status.rawValue.replacing("_", with: " "))" }
        }
        let all = "\(daemons.count) daemon\(daemons.count == 1 ? "" : "s")"
        return (parts.isEmpty ? all : "\(all): \(parts.joined(separator: ", "))")
            + "; \(jobs) job\(jobs == 1 ? "" : "s") running"
            + (alerts == 0 ? "" : "; \(alerts) alert\(alerts == 1 ? "" : "s")")
    }

    // MARK: - Signs of life

    func run() -> RunResult {
        guard let interval = manager.watchdogInterval, !state.withLock({ $0.isEnded }) else { return .done }
        context.executor.setTimer(self, at: context.clock.monotonic() + interval / 2)
        if let trouble = trouble() {
            withhold(trouble)
        } else {
            state.withLock { $0.isAsking = true }
            context.store.submit([]) { [self] _ in
                state.withLock { state in
                    state.isAsking = false
                    state.withheld = nil
                }
                manager.tell(.alive)
            }
        }
        return .done
    }

    private func trouble() -> String? {
        if state.withLock({ $0.isAsking }) { return "the database's writer has not answered since the last one" }
        return context.registry.all().lazy.compactMap(\.lifelessness).first
    }

    /// Told once, as long as the reason stays the same.
    private func withhold(_ trouble: String) {
        let isNew = state.withLock { state in
            defer { state.withheld = trouble }
            return state.withheld != trouble
        }
        guard isNew else { return }
        context.journal.host(.error, "the service manager is given no sign of life: \(trouble)")
    }
}

extension Daemon {
    /// Why this daemon, without which the host is of no use, counts as dead; nil for all others. What only a change of
    /// its file or its config can mend does not count: a new start of the host would not help it.
    fileprivate var lifelessness: String? {
        core.withLock { core in
            guard core.record.isCritical, core.record.enabled else { return nil }
            let kind = core.machine.lastFailure?.kind
            if core.machine.status == .failed, kind != .load, kind != .config {
                return "the critical daemon \(name) has failed: \(core.machine.reason)"
            }
            if let incarnation = core.incarnation, incarnation.silence() >= core.machine.policy.stepTimeout * 2 {
                return "the critical daemon \(name) is silent and could not be interrupted"
            }
            return nil
        }
    }
}
