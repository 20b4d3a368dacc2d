import Model

/// A machine driven to a wanted state, for table tests.
struct DaemonMachineScene {
    var machine: DaemonMachine
    static let start = MonotonicTime(nanoseconds: 1_000_000_000_000)
    var now = Self.start

    init(policy: Policy = Policy()) { machine = DaemonMachine(policy: policy) }

    @discardableResult
    mutating func handle(_ event: DaemonMachine.Event, after delay: Duration = .zero) -> [DaemonMachine.Effect] {
        now = now + delay
        return machine.handle(event, now: now, jitter: 0.5)
    }

    /// Lets the owed tick come at its time.
    @discardableResult
    mutating func passDeadline() -> [DaemonMachine.Effect] {
        if let deadline = machine.deadline { now = max(now, deadline) }
        return handle(.tick)
    }

    static let failure = Failure(.runtime, "scripts/a.lua:3: boom")

    /// The ways into every state.
    enum Place: String, CaseIterable {
        case stopped, loading, starting, waiting, stepping, delivering, backingOffToStep, backingOffToStart
        case stoppingLoad, stoppingStep, stoppingStepInterrupted, stoppingHook, stoppingHookInterrupted
        case failedParked, failedProbing
        case loadingWithCandidate, steppingWithCandidate, swapping, swappingFromBackOff, committing, committingThenStop
        case consoling, consolingFromBackOff, onTrial, steppingOnTrial, restoring, backingOffToThaw
    }

    static func at(_ place: Place, policy: Policy = Policy()) -> Self {
        var scene = Self(policy: policy)
        scene.go(to: place)
        return scene
    }

    private mutating func go(to place: Place) {
        switch place {
        case .stopped: break
        case .loading: handle(.start(reason: "test"))
        case .starting: follow(.loading, .loaded)
        case .waiting: follow(.starting, .returned(next: now + .seconds(5)))
        case .stepping: follow(.waiting, .wake)
        case .delivering: follow(.waiting, .jobEnded)
        case .backingOffToStep: follow(.stepping, .failed(Self.failure))
        case .backingOffToStart: follow(.starting, .failed(Self.failure))
        case .stoppingLoad: follow(.loading, .stop(reason: "asked"))
        case .stoppingStep: follow(.stepping, .stop(reason: "asked"))
        case .stoppingStepInterrupted:
            go(to: .stoppingStep)
            passDeadline()
        case .stoppingHook: follow(.waiting, .stop(reason: "asked"))
        case .stoppingHookInterrupted:
            go(to: .stoppingHook)
            passDeadline()
        case .failedParked: follow(.loading, .failed(Failure(.load, "scripts/a.lua:1: syntax")))
        case .failedProbing: follow(.starting, .failed(Failure(.limit, "out of memory")))
        case .loadingWithCandidate: follow(.loading, .candidateReady)
        case .steppingWithCandidate: follow(.stepping, .candidateReady)
        case .swapping: follow(.waiting, .candidateReady)
        case .swappingFromBackOff: follow(.backingOffToStep, .candidateReady)
        case .committing: follow(.swapping, .committingSwap)
        case .committingThenStop: follow(.committing, .stop(reason: "asked"))
        case .consoling: follow(.waiting, .consoleAsked)
        case .consolingFromBackOff: follow(.backingOffToStep, .consoleAsked)
        case .onTrial:
            follow(.committing, .swapped(next: now + .seconds(5), reason: "generation 2 took over"))
            handle(.returned(next: now + .seconds(5)))
        case .steppingOnTrial: follow(.onTrial, .wake)
        case .restoring: follow(.steppingOnTrial, .failed(Self.failure))
        case .backingOffToThaw: follow(.restoring, .failed(Failure(.store, "the disk is full")))
        }
    }

    private mutating func follow(_ place: Place, _ event: DaemonMachine.Event) {
        go(to: place)
        handle(event)
    }

    /// One event of every kind.
    static func events(now: MonotonicTime) -> [DaemonMachine.Event] {
        [
            .start(reason: "again"), .stop(reason: "asked"), .restart(reason: "again"), .hurry, .giveUp,
            .changed(reason: "file"), .wake, .jobEnded, .eventArrived, .rescheduled(next: now + .seconds(9)), .tick,
            .loaded,
            .declined(reason: "no"), .returned(next: now + .seconds(5)), .failed(failure),
            .failed(Failure(.load, "syntax")), .failed(Failure(.limit, "memory")), .endedItself(reason: "done"),
            .interrupted, .consoleAsked, .candidateReady, .candidateFailed(failure), .candidateDropped, .committingSwap,
            .swapped(next: now + .seconds(5), reason: "generation 2 took over"),
        ]
    }
}
