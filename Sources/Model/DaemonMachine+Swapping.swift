/// Hot swap as the machine sees it: a newer generation that has loaded takes over between two steps, and the one before
/// it is kept until the new one has proven itself.
extension DaemonMachine {
    /// A take-over in progress: nothing of the old generation runs, and nothing of the new one counts yet.
    package struct Swap: Sendable, Hashable {
        /// What the old generation goes on with if it comes to nothing.
        package enum Resume: Sendable, Hashable {
            case waiting(until: MonotonicTime)
            case backingOff(until: MonotonicTime)

            var status: DaemonStatus {
                if case .backingOff = self { .backingOff } else { .running }
            }
        }

        package var resume: Resume
        package var deadline: MonotonicTime
        /// Its outcome is being made durable: it cannot be called off any more.
        package var isCommitting = false
        /// What to do once it is durable.
        package var afterwards: Afterwards?

        package enum Afterwards: Sendable, Hashable {
            case stop(reason: String)
            case restart(reason: String)

            var reason: String {
                switch self {
                case .stop(let reason), .restart(let reason): reason
                }
            }
        }
    }

    /// How long a new generation is on trial: its failures are put down to the swap.
    package struct Probation: Sendable, Hashable {
        package var stepsLeft: Int
        package var until: MonotonicTime
    }

    /// A new generation has proven itself after this many good steps, or after the first one past this time.
    package static let probationSteps = 5
    package static let probationTime = Duration.seconds(60)

    /// A take-over is being made durable.
    package var isCommittingSwap: Bool {
        if case .swapping(let swap) = state { swap.isCommitting } else { false }
    }

    // MARK: - Taking over

    /// Holds the old generation between two steps while the new one takes the state.
    mutating func beginSwap(_ resume: Swap.Resume, now: MonotonicTime) -> [Effect] {
        hasCandidate = false
        move(to: .swapping(Swap(resume: resume, deadline: now + policy.startTimeout)))
        return [.takeOver]
    }

    mutating func fromSwapping(_ event: Event, _ swap: Swap, now: MonotonicTime) -> [Effect] {
        var swap = swap
        switch event {
        case .committingSwap:
            swap.isCommitting = true
            move(to: .swapping(swap))
            return []
        case .swapped(let next, let why):
            return swapped(swap, next: next, why, now: now)
        case .candidateFailed(let failure):
            return refused(failure) + goOn(swap, now: now)
        case .tick:
            guard now >= swap.deadline else { return [] }
            if let afterwards = swap.afterwards { return obey(afterwards, now: now) }
            guard !swap.isCommitting else { return [] }
            let seconds = policy.startTimeout.inSeconds.shown
            let failure = Failure(.timeout, "the new version had not taken over after \(seconds) s")
            return refused(failure) + goOn(swap, now: now)
        case .hurry:
            return swap.afterwards.map { obey($0, now: now) } ?? []
        case .giveUp:
            guard swap.afterwards != nil else { return [] }
            let why = "abandoned: the host could not wait for it any longer"
            lastFailure = Failure(.timeout, why)
            enter(.stopped, why)
            return [.abandon, .record]
        case .start(let why):
            return swap.afterwards == nil ? [] : callOff(swap, .restart(reason: why), now: now)
        case .stop(let why):
            return callOff(swap, .stop(reason: why), now: now)
        case .restart(let why):
            return callOff(swap, .restart(reason: why), now: now)
        case .wake:
            if case .waiting = swap.resume { swap.resume = .waiting(until: now) }
        case .rescheduled(let next):
            if case .waiting = swap.resume { swap.resume = .waiting(until: next) }
        case .jobEnded, .eventArrived:
            owesDelivery = true
            return []
        case .consoleAsked:
            wantsConsole = true
            return []
        case .candidateDropped:
            return goOn(swap, now: now)
        default:
            return []
        }
        move(to: .swapping(swap))
        return []
    }

    private mutating func swapped(_ swap: Swap, next: MonotonicTime, _ why: String, now: MonotonicTime) -> [Effect] {
        consecutiveErrors = 0
        lastFailure = nil
        probation = Probation(stepsLeft: Self.probationSteps, until: now + Self.probationTime)
        if let afterwards = swap.afterwards {
            enter(.waiting(until: next), why)
            return [.record] + obey(afterwards, now: now)
        }
        if case .backingOff = swap.resume {
            enter(.stepping, why)
            return [.record, .call(.runStep)]
        }
        // What ended while it took over is told first.
        owesDelivery = false
        enter(.delivering, why)
        return [.record, .call(.onJob)]
    }

    private mutating func callOff(_ swap: Swap, _ afterwards: Swap.Afterwards, now: MonotonicTime) -> [Effect] {
        guard !swap.isCommitting else {
            var swap = swap
            swap.afterwards = afterwards
            swap.deadline = now + max(policy.stopTimeout - policy.stopHookTimeout, .zero)
            enter(.swapping(swap), afterwards.reason)
            return [.record]
        }
        return obey(afterwards, now: now)
    }

    private mutating func obey(_ afterwards: Swap.Afterwards, now: MonotonicTime) -> [Effect] {
        switch afterwards {
        case .stop(let why): callStopHook(why, then: .stopped, now: now)
        case .restart(let why): callStopHook(why, then: .start, now: now)
        }
    }

    // MARK: - Staying

    /// The new version is not taken; says so and leaves everything else as it is.
    mutating func refused(_ failure: Failure) -> [Effect] {
        hasCandidate = false
        lastFailure = lastFailure ?? failure
        reason = "the new version was refused, the one before goes on: \(failure.message)"
        return [.refuse(failure), .record]
    }

    private mutating func goOn(_ swap: Swap, now: MonotonicTime) -> [Effect] {
        if let afterwards = swap.afterwards { return obey(afterwards, now: now) }
        return goOn(swap.resume, now: now)
    }

    // MARK: - On trial

    /// A hook of the new generation ended well.
    mutating func notedGoodStep(now: MonotonicTime) -> [Effect] {
        guard var trial = probation, state == .stepping else { return [] }
        trial.stepsLeft -= 1
        probation = trial.stepsLeft > 0 && now < trial.until ? trial : nil
        return probation == nil ? [.settle] : []
    }

    /// The generation that was put back was on trial itself when it was replaced.
    package mutating func resumeTrial(_ trial: Probation?) { probation = trial }

    /// The new generation failed on trial: the one before takes over again with its own state.
    mutating func rollBack(_ failure: Failure) -> [Effect] {
        probation = nil
        consecutiveErrors = 0
        lastFailure = failure
        move(to: .restoring)
        return [.report(failure), .rollBack(failure), .call(.thaw)]
    }
}
