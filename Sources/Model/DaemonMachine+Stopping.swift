extension DaemonMachine {
    /// Where a stop stands on its ladder: ask, `on_stop`, interrupt, abandon. Each rung has a deadline.
    package struct Stopping: Sendable, Hashable {
        package enum Rung: Sendable, Hashable {
            /// Asked; the load is left to end.
            case finishingLoad
            /// Asked; `on_start` or the step is left to end.
            case finishingHook
            case onStop
        }

        package var rung: Rung
        /// The rung was interrupted; if it does not end by the deadline it is abandoned.
        package var interrupted: Bool
        package var deadline: MonotonicTime
        package var reason: String
        package var then: End
        /// What did not go well on the rungs before.
        package var note: String?
    }

    /// What follows a stop.
    package enum End: Sendable, Hashable {
        case stopped
        case start
        case failed(probeAt: MonotonicTime?)

        var isFailed: Bool {
            if case .failed = self { true } else { false }
        }
    }

    /// What was running when the stop was asked for.
    enum Ran { case load, hook }

    /// How long an interrupt may take before the Lua state is given up.
    package static let interruptGrace = Duration.seconds(1)

    mutating func askToStop(_ why: String, then: End, ran: Ran, now: MonotonicTime) -> [Effect] {
        let patience = max(policy.stopTimeout - policy.stopHookTimeout, .zero)
        let stopping = Stopping(
            rung: ran == .load ? .finishingLoad : .finishingHook, interrupted: false, deadline: now + patience,
            reason: why, then: then)
        enter(.stopping(stopping), why)
        return [.askToStop, .record]
    }

    mutating func callStopHook(_ why: String, then: End, now: MonotonicTime) -> [Effect] {
        let stopping = Stopping(
            rung: .onStop, interrupted: false, deadline: now + policy.stopHookTimeout, reason: why, then: then)
        enter(.stopping(stopping), why)
        return [.askToStop, .record, .call(.onStop(reason: why))]
    }

    mutating func fromStopping(
        _ event: Event, _ stopping: Stopping, now: MonotonicTime, jitter: Double
    ) -> [Effect] {
        switch event {
        case .tick:
            return now >= stopping.deadline ? advance(stopping, now: now) : []
        case .hurry:
            return stopping.interrupted ? [] : advance(stopping, now: now)
        case .giveUp:
            return giveUp(stopping, "the host could not wait for it any longer")
        case .start(let why), .restart(let why):
            return redirect(stopping, to: .start, why)
        case .stop(let why):
            return redirect(stopping, to: .stopped, why)
        case .failed(let failure):
            return [.report(failure)] + rungEnded(stopping, failure: failure, now: now)
        case .returned, .interrupted, .endedItself, .loaded, .declined:
            return rungEnded(stopping, failure: nil, now: now)
        case .wake, .jobEnded, .eventArrived, .changed, .rescheduled, .consoleAsked, .candidateReady, .candidateFailed,
            .candidateDropped,
            .committingSwap, .swapped:
            return []
        }
    }

    private mutating func redirect(_ stopping: Stopping, to then: End, _ why: String) -> [Effect] {
        guard stopping.then != then else { return [] }
        var next = stopping
        next.then = then
        enter(.stopping(next), why)
        return [.record]
    }

    /// The rung's deadline passed: interrupt, then abandon.
    private mutating func advance(_ stopping: Stopping, now: MonotonicTime) -> [Effect] {
        if stopping.interrupted { return giveUp(stopping, "it did not react to an interrupt") }
        var next = stopping
        next.interrupted = true
        next.deadline = now + Self.interruptGrace
        move(to: .stopping(next))
        return [.interrupt]
    }

    private mutating func giveUp(_ stopping: Stopping, _ why: String) -> [Effect] {
        lastFailure = Failure(.timeout, "abandoned: \(why)")
        return [.abandon] + finish(stopping, note: "abandoned: \(why)")
    }

    private mutating func rungEnded(_ stopping: Stopping, failure: Failure?, now: MonotonicTime) -> [Effect] {
        if stopping.rung == .finishingHook, failure?.kind != .limit {
            return callStopHookAfterFinishing(stopping, now: now)
        }
        if let failure, !stopping.then.isFailed { lastFailure = failure }
        return [.release] + finish(stopping, note: stopping.note(of: failure))
    }

    private mutating func callStopHookAfterFinishing(_ stopping: Stopping, now: MonotonicTime) -> [Effect] {
        var next = stopping
        next.rung = .onStop
        next.interrupted = false
        next.note = stopping.note(of: nil)
        next.deadline = now + policy.stopHookTimeout
        move(to: .stopping(next))
        return [.call(.onStop(reason: stopping.reason))]
    }

    private mutating func finish(_ stopping: Stopping, note: String?) -> [Effect] {
        let notes = [stopping.note, note].compactMap { $0 }
        let why = ([stopping.reason] + notes).joined(separator: "; ")
        switch stopping.then {
        case .stopped:
            if notes.isEmpty { lastFailure = nil }
            enter(.stopped, why)
            return [.record]
        case .start:
            restarts += 1
            return begin(why)
        case .failed(let probeAt):
            enter(.failed(probeAt: probeAt), lastFailure?.message ?? why)
            return [.record]
        }
    }
}

extension DaemonMachine.Stopping {
    /// What its rung's end has to tell, if anything: a failure, or the interrupt that it took.
    fileprivate func note(of failure: Failure?) -> String? {
        let what = rung == .onStop ? "on_stop" : "it"
        if let failure { return "\(what) failed: \(failure.message)" }
        return interrupted ? "\(what) was interrupted" : nil
    }
}
