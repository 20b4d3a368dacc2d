/// The life of one daemon as a pure machine: events in, effects out, no clock, no waiting.
///
/// `handle` returns the effects in the order in which the engine must carry them out. What comes of an effect is
/// the next event. `deadline` is when the engine owes the next `tick`.
package struct DaemonMachine: Sendable, Hashable {
    package enum State: Sendable, Hashable {
        case stopped
        case loading
        /// `on_start` runs.
        case starting
        /// Running, between two steps.
        case waiting(until: MonotonicTime)
        /// Running, inside a step.
        case stepping
        /// Running, inside `on_job` or a function for events: told of something between two steps.
        case delivering
        case backingOff(until: MonotonicTime, Retry)
        /// Between two steps: a newer generation takes over.
        case swapping(Swap)
        /// Between two steps: an operator's code runs.
        case consoling(Consoling)
        /// The generation before is put back in place, with its state.
        case restoring
        case stopping(Stopping)
        /// Failed; tried again at the probe time, or parked (nil) until the file or the config changes.
        case failed(probeAt: MonotonicTime?)
    }

    /// What a backing-off daemon does when its delay is over.
    package enum Retry: Sendable, Hashable {
        /// The next step, in the same Lua state.
        case step
        /// Load and start afresh.
        case start
        /// Make the state of the generation that was put back durable.
        case thaw
    }

    package enum Event: Sendable, Hashable {
        case start(reason: String)
        case stop(reason: String)
        case restart(reason: String)
        /// Skip what is left of the stop's patience.
        case hurry
        /// Do not wait for it any longer, whatever it does.
        case giveUp
        /// The script file or the daemon's config changed.
        case changed(reason: String)
        /// Step now instead of at the due time.
        case wake
        /// A monitored job has ended.
        case jobEnded
        /// A script has published what this daemon has subscribed to.
        case eventArrived
        /// The wall clock was set: the next step is due at another moment.
        case rescheduled(next: MonotonicTime)
        case tick
        case loaded
        /// The script loaded but says that it is not enabled.
        case declined(reason: String)
        /// The hook in progress ended; `next` is when the following step is due.
        case returned(next: MonotonicTime)
        case failed(Failure)
        /// The script asked to end itself.
        case endedItself(reason: String)
        /// The hook ended because the stop interrupted it.
        case interrupted
        /// An operator has typed code.
        case consoleAsked
        /// A newer generation has loaded and waits for its turn.
        case candidateReady
        /// It cannot take over.
        case candidateFailed(Failure)
        /// It is not wanted any more.
        case candidateDropped
        /// It has what it needs; its take-over is being made durable.
        case committingSwap
        /// It has taken over.
        case swapped(next: MonotonicTime, reason: String)
    }

    package enum Effect: Sendable, Hashable {
        case load
        case call(Hook)
        /// Make `lunad.stopping()` true and end sleeps.
        case askToStop
        case interrupt
        /// Give up on the Lua state: its thread does not come back.
        case abandon
        /// Close the Lua state.
        case release
        /// A failure to log and count.
        case report(Failure)
        /// Let the newer generation have the state.
        case takeOver
        /// Drop the newer generation, and say why.
        case refuse(Failure)
        /// Put the generation before back in place; what failed is dropped.
        case rollBack(Failure)
        /// The new generation has proven itself: the one before is dropped.
        case settle
        /// Status, reason or counters changed: write them down.
        case record
    }

    package enum Hook: Sendable, Hashable {
        case onStart
        case runStep
        /// Tell the script of the monitored jobs that have ended.
        case onJob
        /// Tell the script of the next event that it has subscribed to.
        case onEvent
        case onStop(reason: String)
        /// Give a newer generation the state, by its `on_swap` or `on_start`; its next step stays due when it was.
        case takeOver(due: MonotonicTime)
        /// Make the state of a generation that was put back durable; calls nothing in the script.
        case thaw
        /// Run what an operator typed.
        case console
    }

    package private(set) var state = State.stopped
    /// Why it is in this state, in words.
    package internal(set) var reason: String
    package internal(set) var consecutiveErrors = 0
    package internal(set) var restarts: Int64 = 0
    /// The failure that explains the state; nil after a success.
    package internal(set) var lastFailure: Failure?
    /// A newer generation has loaded and waits for the hook in progress to end.
    package internal(set) var hasCandidate = false
    /// The generation that runs took over lately and may still be put back.
    package internal(set) var probation: Probation?
    /// A monitored job ended while the script could not be told.
    var owesDelivery = false
    /// An operator's code waits for the hook in progress to end.
    var wantsConsole = false
    /// Replaced by the engine when a load brings another policy.
    package var policy: Policy

    package init(policy: Policy = Policy(), reason: String = "never started") {
        self.policy = policy
        self.reason = reason
    }

    package var status: DaemonStatus {
        switch state {
        case .stopped: .stopped
        case .loading, .starting: .starting
        case .waiting, .stepping, .delivering: .running
        case .backingOff: .backingOff
        case .swapping(let swap): swap.afterwards == nil ? swap.resume.status : .stopping
        case .consoling(let consoling): consoling.resume.status
        case .restoring: .running
        case .stopping: .stopping
        case .failed: .failed
        }
    }

    /// When the next `tick` is owed; nil when time alone changes nothing.
    package var deadline: MonotonicTime? {
        switch state {
        case .waiting(let until), .backingOff(let until, _): until
        case .swapping(let swap): swap.isCommitting && swap.afterwards == nil ? nil : swap.deadline
        case .consoling(let consoling): consoling.deadline == .distantFuture ? nil : consoling.deadline
        case .stopping(let stopping): stopping.deadline
        case .failed(let probeAt): probeAt
        case .stopped, .loading, .starting, .stepping, .delivering, .restoring: nil
        }
    }

    /// Takes one event at the time `now`; `jitter` in 0..<1 spreads the delays.
    package mutating func handle(_ event: Event, now: MonotonicTime, jitter: Double) -> [Effect] {
        if event == .candidateDropped { hasCandidate = false }
        return switch state {
        case .stopped: fromStopped(event)
        case .failed(let probeAt): fromFailed(event, probeAt: probeAt, now: now)
        case .loading: fromLoading(event, now: now, jitter: jitter)
        case .starting, .stepping, .delivering, .restoring: fromHook(event, now: now, jitter: jitter)
        case .swapping(let swap): fromSwapping(event, swap, now: now)
        case .consoling(let consoling): fromConsoling(event, consoling, now: now)
        case .waiting(let until): fromWaiting(event, until: until, now: now)
        case .backingOff(let until, let retry): fromBackingOff(event, until: until, retry: retry, now: now)
        case .stopping(let stopping): fromStopping(event, stopping, now: now, jitter: jitter)
        }
    }

    mutating func enter(_ next: State, _ why: String) {
        state = next
        reason = why
    }

    /// Enters without a new reason: a step that begins or ends is no news.
    mutating func move(to next: State) { state = next }

    // MARK: - At rest

    private mutating func fromStopped(_ event: Event) -> [Effect] {
        switch event {
        case .start(let why), .restart(let why): begin(why)
        default: []
        }
    }

    private mutating func fromFailed(_ event: Event, probeAt: MonotonicTime?, now: MonotonicTime) -> [Effect] {
        switch event {
        case .start(let why), .restart(let why), .changed(let why):
            return begin(why)
        case .stop(let why):
            enter(.stopped, why)
            lastFailure = nil
            return [.record]
        case .tick:
            guard let probeAt, now >= probeAt else { return [] }
            restarts += 1
            enter(.loading, "probing after: \(lastFailure?.message ?? reason)")
            return [.record, .load]
        default:
            return []
        }
    }

    mutating func begin(_ why: String) -> [Effect] {
        consecutiveErrors = 0
        hasCandidate = false
        probation = nil
        owesDelivery = false
        wantsConsole = false
        enter(.loading, why)
        return [.record, .load]
    }

    // MARK: - Loading and hooks

    private mutating func fromLoading(_ event: Event, now: MonotonicTime, jitter: Double) -> [Effect] {
        switch event {
        case .loaded:
            move(to: .starting)
            return [.call(.onStart)]
        case .declined(let why):
            enter(.stopped, why)
            return [.release, .record]
        case .failed(let failure):
            return afterFailure(failure, usable: false, now: now, jitter: jitter)
        case .stop(let why):
            return askToStop(why, then: .stopped, ran: .load, now: now)
        case .restart(let why):
            return askToStop(why, then: .start, ran: .load, now: now)
        case .candidateReady:
            hasCandidate = true
            return []
        case .candidateFailed(let failure):
            return refused(failure)
        default:
            return []
        }
    }

    private mutating func fromHook(_ event: Event, now: MonotonicTime, jitter: Double) -> [Effect] {
        switch event {
        case .returned(let next):
            return afterSuccess(next: next, now: now)
        case .failed(let failure):
            return afterFailure(failure, usable: state != .starting, now: now, jitter: jitter)
        case .endedItself(let why):
            return callStopHook(why, then: .stopped, now: now)
        case .stop(let why):
            return askToStop(why, then: .stopped, ran: .hook, now: now)
        case .restart(let why):
            return askToStop(why, then: .start, ran: .hook, now: now)
        case .candidateReady:
            hasCandidate = true
            return []
        case .candidateFailed(let failure):
            return refused(failure)
        case .jobEnded:
            owesDelivery = true
            return []
        case .consoleAsked:
            wantsConsole = true
            return []
        default:
            return []
        }
    }

    private mutating func afterSuccess(next: MonotonicTime, now: MonotonicTime) -> [Effect] {
        let effects = notedGoodStep(now: now) + succeeded(next: next)
        return effects + (owed(.waiting(until: next), now: now) ?? [])
    }

    private mutating func succeeded(next: MonotonicTime) -> [Effect] {
        if state == .restoring {
            let why = lastFailure?.message ?? "it failed"
            enter(
                .waiting(until: next), "the new version failed its first steps, the one before took over again: \(why)")
            return [.record]
        }
        let news = state == .starting || consecutiveErrors > 0
        if state == .starting, consecutiveErrors == 0 { lastFailure = nil }
        if state != .starting {
            consecutiveErrors = 0
            lastFailure = nil
        }
        guard news else {
            move(to: .waiting(until: next))
            return []
        }
        enter(.waiting(until: next), state == .starting ? "started: \(reason)" : "recovered")
        return [.record]
    }

    // MARK: - Between steps

    private mutating func fromWaiting(_ event: Event, until: MonotonicTime, now: MonotonicTime) -> [Effect] {
        switch event {
        case .tick:
            guard now >= until else { return [] }
            move(to: .stepping)
            return [.call(.runStep)]
        case .wake:
            move(to: .stepping)
            return [.call(.runStep)]
        case .jobEnded:
            move(to: .delivering)
            return [.call(.onJob)]
        case .eventArrived:
            // A step that is due comes first, so that events without end do not keep it from its steps.
            guard now < until else {
                move(to: .stepping)
                return [.call(.runStep)]
            }
            move(to: .delivering)
            return [.call(.onEvent)]
        case .rescheduled(let next):
            move(to: .waiting(until: next))
            return []
        case .consoleAsked: return beginConsole(.waiting(until: until), now: now)
        case .candidateReady: return beginSwap(.waiting(until: until), now: now)
        case .candidateFailed(let failure): return refused(failure)
        case .stop(let why): return callStopHook(why, then: .stopped, now: now)
        case .restart(let why): return callStopHook(why, then: .start, now: now)
        default: return []
        }
    }

    private mutating func fromBackingOff(
        _ event: Event, until: MonotonicTime, retry: Retry, now: MonotonicTime
    ) -> [Effect] {
        switch event {
        case .tick:
            guard now >= until else { return [] }
            return resumeAfterBackoff(retry)
        case .wake, .start:
            return resumeAfterBackoff(retry)
        case .consoleAsked:
            guard retry == .step else { return [] }
            return beginConsole(.backingOff(until: until), now: now)
        case .candidateReady:
            guard retry == .step else {
                hasCandidate = retry == .thaw
                return []
            }
            return beginSwap(.backingOff(until: until), now: now)
        case .candidateFailed(let failure):
            return retry == .start ? [] : refused(failure)
        case .jobEnded:
            owesDelivery = true
            return []
        case .changed(let why):
            guard retry != .start else { return begin(why) }
            return callStopHook(why, then: .start, now: now)
        case .stop(let why):
            guard retry != .start else {
                enter(.stopped, why)
                return [.record]
            }
            return callStopHook(why, then: .stopped, now: now)
        case .restart(let why):
            guard retry != .start else { return begin(why) }
            return callStopHook(why, then: .start, now: now)
        default:
            return []
        }
    }

    mutating func resumeAfterBackoff(_ retry: Retry) -> [Effect] {
        switch retry {
        case .step:
            enter(.stepping, "retrying after: \(lastFailure?.message ?? reason)")
            return [.record, .call(.runStep)]
        case .thaw:
            enter(.restoring, "retrying after: \(lastFailure?.message ?? reason)")
            return [.record, .call(.thaw)]
        case .start:
            restarts += 1
            enter(.loading, "retrying after: \(lastFailure?.message ?? reason)")
            return [.record, .load]
        }
    }
}
