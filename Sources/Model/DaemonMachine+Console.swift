/// An operator's code, run between two steps: it delays the next one, and whatever comes of it is no failure of the daemon.
extension DaemonMachine {
    /// Code runs that an operator typed.
    package struct Consoling: Sendable, Hashable {
        package var resume: Swap.Resume
        package var deadline: MonotonicTime
    }

    /// How long an operator's code may take, waits included.
    package static let consoleTimeout = Duration.seconds(60)

    mutating func beginConsole(_ resume: Swap.Resume, now: MonotonicTime) -> [Effect] {
        wantsConsole = false
        move(to: .consoling(Consoling(resume: resume, deadline: now + Self.consoleTimeout)))
        return [.call(.console)]
    }

    mutating func fromConsoling(_ event: Event, _ consoling: Consoling, now: MonotonicTime) -> [Effect] {
        var consoling = consoling
        switch event {
        case .returned, .failed, .interrupted:
            return goOn(consoling.resume, now: now)
        case .endedItself(let why):
            return callStopHook(why, then: .stopped, now: now)
        case .tick:
            guard now >= consoling.deadline else { return [] }
            consoling.deadline = .distantFuture
            move(to: .consoling(consoling))
            return [.interrupt]
        case .stop(let why):
            return askToStop(why, then: .stopped, ran: .hook, now: now)
        case .restart(let why):
            return askToStop(why, then: .start, ran: .hook, now: now)
        case .wake, .start:
            switch consoling.resume {
            case .waiting: if event == .wake { consoling.resume = .waiting(until: now) }
            case .backingOff: consoling.resume = .backingOff(until: now)
            }
            move(to: .consoling(consoling))
        case .rescheduled(let next):
            if case .waiting = consoling.resume { consoling.resume = .waiting(until: next) }
            move(to: .consoling(consoling))
        case .consoleAsked: wantsConsole = true
        case .jobEnded, .eventArrived: owesDelivery = true
        case .candidateReady: hasCandidate = true
        case .candidateFailed(let failure): return refused(failure)
        default: break
        }
        return []
    }

    /// What is owed between two steps, the most urgent first; nil when there is nothing but to wait.
    mutating func owed(_ resume: Swap.Resume, now: MonotonicTime) -> [Effect]? {
        if hasCandidate { return beginSwap(resume, now: now) }
        if case .waiting = resume, owesDelivery {
            owesDelivery = false
            move(to: .delivering)
            return [.call(.onJob)]
        }
        return wantsConsole ? beginConsole(resume, now: now) : nil
    }

    /// Back between two steps.
    mutating func goOn(_ resume: Swap.Resume, now: MonotonicTime) -> [Effect] {
        if let effects = owed(resume, now: now) { return effects }
        switch resume {
        case .waiting(let until): move(to: .waiting(until: until))
        case .backingOff(let until):
            guard until > now else { return resumeAfterBackoff(.step) }
            move(to: .backingOff(until: until, .step))
        }
        return []
    }
}
