extension DaemonMachine {
    /// Decides between another try and `failed`. `usable` says whether the Lua state can take another step.
    mutating func afterFailure(
        _ failure: Failure, usable: Bool, now: MonotonicTime, jitter: Double
    ) -> [Effect] {
        if probation != nil, failure.retryAfter == nil { return rollBack(failure) }
        let retry: Retry = !usable ? .start : state == .restoring ? .thaw : .step
        lastFailure = failure
        let (count, overflow) = consecutiveErrors.addingReportingOverflow(1)
        consecutiveErrors = overflow ? .max : count
        if failure.isParked { return fail(failure, probeAt: nil, usable: usable, now: now) }
        if failure.kind == .limit || consecutiveErrors >= policy.maxErrors {
            let usable = usable && failure.kind != .limit
            return fail(failure, probeAt: now + policy.probeInterval, usable: usable, now: now)
        }
        let delay =
            failure.retryAfter
            ?? Backoff.delay(
                failures: consecutiveErrors - 1, base: policy.backoffBase, max: policy.backoffMax, jitter: jitter)
        // A newer version may be the mending.
        enter(.backingOff(until: hasCandidate && !usable ? now : now + delay, retry), failure.message)
        guard usable else { return [.report(failure), .release, .record] }
        return [.report(failure), .record]
            + (retry == .step ? owed(.backingOff(until: now + delay), now: now) ?? [] : [])
    }

    /// Ends in `failed`, after `on_stop` when the Lua state still works.
    private mutating func fail(
        _ failure: Failure, probeAt: MonotonicTime?, usable: Bool, now: MonotonicTime
    ) -> [Effect] {
        guard usable else {
            enter(hasCandidate ? .backingOff(until: now, .start) : .failed(probeAt: probeAt), failure.message)
            return [.report(failure), .release, .record]
        }
        if hasCandidate {
            return [.report(failure)]
                + callStopHook("failed: \(failure.message); its script changed", then: .start, now: now)
        }
        return [.report(failure)]
            + callStopHook("failed: \(failure.message)", then: .failed(probeAt: probeAt), now: now)
    }
}
