import Model

extension Daemon {
    /// What alerts are made from; nil when it is fine, as most are most of the time. Called once a second.
    func trouble() -> AlertFacts.DaemonTrouble? {
        core.withLock { core in
            let newErrors = Int(clamping: core.record.errors - core.observedErrors)
            core.observedErrors = core.record.errors
            let silence = Self.silence(core)
            let state = Self.state(core)
            guard newErrors > 0 || silence != nil || state != .fine else { return nil }
            return AlertFacts.DaemonTrouble(
                name: name, state: state, reason: core.machine.reason, newErrors: newErrors, silence: silence)
        }
    }

    private static func state(_ core: Core) -> AlertFacts.DaemonTrouble.State {
        switch core.machine.status {
        case .failed: .failed
        case .starting, .backingOff: .recovering
        case .running: core.machine.lastFailure == nil ? .fine : .recovering
        case .stopping, .stopped: .fine
        }
    }

    /// A silence that is too long now, or that was ended by an interrupt with no success since.
    private static func silence(_ core: Core) -> String? {
        let limit = core.machine.policy.stepTimeout
        if let incarnation = core.incarnation, incarnation.isBusy, incarnation.silence() >= limit {
            return "no sign of life for \(limit.inSeconds.shown) s"
        }
        guard core.machine.status != .stopped, let failure = core.machine.lastFailure, failure.kind == .timeout else {
            return nil
        }
        return failure.message
    }
}
