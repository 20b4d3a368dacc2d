import Model

extension Daemon {
    var isAskedFor: Bool { core.withLock { $0.isAskedFor } }

    /// Carries out what an operator said, as one of `count` that are told together.
    func obey(_ command: DaemonCommand, index: Int = 0, of count: Int = 1) {
        let reason = "an operator asked to \(command.rawValue) it"
        switch command {
        case .start:
            deliver(.start(reason: reason)) { core in
                core.isAskedFor = true
                core.startIndex = index
                core.startCount = count
            }
        case .stop: stopWithJobs(reason: reason)
        case .restart: deliver(.restart(reason: reason)) { $0.isAskedFor = true }
        case .enable, .disable:
            core.withLock { core in
                core.record.enabled = command == .enable
                core.record.enabledByOperator = true
                context.events.append(.daemon(core.record))
            }
            context.events.announce()
        }
    }

    /// Its config was changed: a live one restarts to have it, one that failed is tried again.
    func configChanged(_ keys: [String]) {
        let reason = "its config changed: \(keys.joined(separator: ", "))"
        let status = snapshot().status
        switch status {
        case .running, .starting: deliver(.restart(reason: reason))
        case .backingOff, .failed: deliver(.changed(reason: reason))
        case .stopping, .stopped: break
        }
    }

    /// Why the host is not ready on this daemon's account.
    var unreadiness: String? {
        core.withLock { core in
            guard core.record.enabled else { return nil }
            if !core.isDeclared, core.machine.status == .starting {
                return "\(name) is starting for the first time: whether it is critical is known when it has loaded"
            }
            guard core.record.isCritical, core.machine.status != .running else { return nil }
            return "the critical daemon \(name) is \(core.machine.status.rawValue): \(core.machine.reason)"
        }
    }

    /// Waits until it is neither starting nor stopping, at most so long.
    func settle(within patience: Duration) async {
        guard patience > .zero else { return }
        let outcome = Outcome<Void>()
        let isSettled = core.withLock { core in
            if !core.machine.status.isSettled { core.settleWaiters.append { outcome.come(()) } }
            return core.machine.status.isSettled
        }
        if !isSettled { _ = await outcome.value(within: patience, by: context.patience) }
    }
}
