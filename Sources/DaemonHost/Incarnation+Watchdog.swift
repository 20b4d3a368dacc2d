import LuaRuntime
import Model

extension Incarnation {
    /// Whether a hook runs or waits now, as far as another thread can tell.
    var isInHook: Bool { shared.withLock { $0.isInHook } }

    /// How long ago its last sign of life was: the script's own while it computes, none while it sleeps or is between
    /// steps, for then the host itself says that it lives.
    func silence() -> Duration {
        shared.withLock { shared in
            guard shared.isInHook, shared.sleepDeadline == nil, let lua = shared.lua else { return .zero }
            return lua.silence
        }
    }

    /// Interrupts an overdue session or silence of a script whose own timer cannot get through.
    func watch(now: MonotonicTime) {
        reportGate(now)
        shared.withLock { shared in
            guard let lua = shared.lua else { return }
            if let deadline = shared.sessionDeadline, now - deadline > Self.patience {
                shared.session?.interrupt()
                lua.interrupt(.sessionTimeout)
            }
            if shared.isInHook, shared.sleepDeadline == nil, lua.isOverdue {
                shared.session?.interrupt()
                lua.interrupt(.stepTimeout)
            }
        }
    }

    /// Tells what the log gate has held back, once its time has come.
    private func reportGate(_ now: MonotonicTime) {
        let held = shared.withLock { shared -> [LogEntry] in
            guard let due = shared.gate.reportDue, due <= now else { return [] }
            return shared.gate.flush(now, force: false)
        }
        for entry in held { context.journal.append(entry) }
    }

    /// How long the watchdog leaves an overdue script to its own timer.
    private static let patience = Duration.milliseconds(100)

    /// The wall clock was set: a cron line's next step is due at another moment.
    func reschedule() {
        guard case .idle = activity, case .cron = declaration.every else { return }
        let now = context.clock.monotonic()
        stepDue =
            StepSchedule.next(
                declaration.every, due: now, now: now, wall: context.clock.now(), offset: context.utcOffset)
            ?? .distantFuture
        daemon.deliver(.rescheduled(next: stepDue), from: self)
    }
}
