import LuaRuntime
import Model

extension ScriptTask {
    /// Whether a script runs or waits now, as far as another thread can tell.
    var isBusy: Bool { shared.withLock { $0.isBusy } }

    /// Whether the watchdog has something to look at: a script that runs or waits, or lines that the log gate holds back.
    var needsWatch: Bool { shared.withLock { $0.isBusy || $0.gate.reportDue != nil } }

    /// How long ago its last sign of life was: the script's own while it computes, none while it sleeps or is between
    /// steps, for then the host itself says that it lives.
    func silence() -> Duration {
        shared.withLock { shared in
            guard shared.isBusy, !shared.isWaiting, let lua = shared.lua else { return .zero }
            return lua.silence
        }
    }

    /// Tells what the log gate has held back: once its time has come, or now.
    func reportGate(force: Bool = false) {
        let now = context.clock.monotonic()
        let held = shared.withLock { shared -> [LogEntry] in
            guard force || shared.gate.reportDue.map({ $0 <= now }) ?? false else { return [] }
            return shared.gate.flush(now, force: force)
        }
        for entry in held { context.journal.append(entry) }
    }

    /// How long the watchdog leaves an overdue script to its own timer.
    static let patience = Duration.milliseconds(100)
}
