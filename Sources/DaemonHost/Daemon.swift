import LuaRuntime
import Model
import Synchronization

/// One daemon: the sole owner of its machine and of what is shown of it.
///
/// Any thread may deliver an event. The machine decides under the lock; what it decided is carried out after it,
/// in order. Status writes are queued under the lock, so that the database sees them in the order they happened.
final class Daemon: ExecutorTask, Sendable {
    let name: String
    let context: HostContext
    let statistics: DaemonStatistics
    /// The timer while no Lua state is there to hold it: a back-off before a fresh start, a probe.
    let slot = ExecutorSlot()

    struct Core {
        var machine: DaemonMachine
        var record: DaemonRecord
        var incarnation: Incarnation?
        /// A newer generation, until it takes over.
        var candidate: Incarnation?
        /// What that was loaded from; nil until it has loaded.
        var candidateIdentity: CodeIdentity?
        /// The generations before, each as it was when the next took over, until the one that runs has proven itself; the
        /// last is put back first, and those above the first were on trial themselves.
        var frozen: [Frozen] = []
        /// What a take-over's commit writes of the record, while it is under way.
        var foretold: Foretold?
        /// What the incarnation was loaded from; nil until it has loaded.
        var identity: CodeIdentity?
        /// Hashes of the modules that it required after it had loaded, by name.
        var lateModules: [String: String] = [:]
        /// What is on disk and not to be loaded.
        var passedOver: CodeIdentity?
        var swapMode = SwapMode.automatic
        var consoleRequests: [ConsoleRequest] = []
        /// What to load next, once the take-over under way is durable.
        var nextProposal: SwapProposal?
        /// Files changed while it loaded: they are to be looked at again.
        var mustLookAgain = false
        var isRemoved = false
        /// Its last stop ended with a Lua state that was given up.
        var isAbandoned = false
        /// Something worth a line in the next heartbeat batch happened.
        var isDirty = false
        /// The next round of housekeeping looks at it.
        var isAttended = false
        /// Called once when the daemon comes to rest.
        var restWaiters: [@Sendable () -> Void] = []
        /// Called once when the daemon is neither starting nor stopping.
        var settleWaiters: [@Sendable () -> Void] = []
        /// An operator started it: its script's `enabled = false` does not count.
        var isAskedFor = false
        var figures = DaemonFigures()
        /// Its script has told once what it is.
        var isDeclared: Bool
        /// How many of its failures alerts know of.
        var observedErrors: Int64
        /// Where in a batch of starts it stands, for spreading first steps.
        var startIndex = 0
        var startCount = 1
    }

    /// A generation that is kept as it was.
    struct Frozen {
        var incarnation: Incarnation
        var probation: DaemonMachine.Probation?
    }

    /// The record as it will be, written ahead with what makes it so.
    struct Foretold {
        var record: DaemonRecord
        /// The database has got no other since.
        var isLatest = true
    }

    /// No more of them are kept; the oldest on trial goes first.
    static let frozenLimit = 3

    let core: Mutex<Core>
    /// The database does not have the last status: it could not be written.
    private let owesStatus = Atomic<Bool>(false)

    init(record: DaemonRecord, context: HostContext) {
        name = record.name
        self.context = context
        statistics = DaemonStatistics(host: context.statistics)
        core = Mutex(
            Core(
                machine: DaemonMachine(reason: record.reason), record: record, isDeclared: !record.codeHash.isEmpty,
                observedErrors: record.errors))
    }

    /// What it is doing now.
    func snapshot() -> DaemonRecord { core.withLock { $0.record } }

    /// Takes an event. One from an incarnation that is no longer this daemon's is dropped.
    /// `update` changes the record first, under the same lock.
    func deliver(
        _ event: DaemonMachine.Event, from sender: Incarnation? = nil, update: (inout Core) -> Void = { _ in }
    ) {
        let now = context.clock.monotonic()
        let orders = core.withLock { core -> [Order] in
            if let sender, core.incarnation !== sender { return [] }
            update(&core)
            return handle(event, now: now, &core)
        }
        for order in orders { carryOut(order) }
    }

    /// Delivers a tick when one is owed; cheap when none is.
    func tick(now: MonotonicTime) {
        let orders = core.withLock { core -> [Order] in
            guard let deadline = core.machine.deadline, deadline <= now else { return [] }
            return handle(.tick, now: now, &core)
        }
        for order in orders { carryOut(order) }
    }

    func run() -> RunResult {
        tick(now: context.clock.monotonic())
        return .done
    }

    /// Calls `done` when no Lua state of this daemon is left; at once when that is so now.
    func whenAtRest(_ done: @escaping @Sendable () -> Void) {
        let isAtRest = core.withLock { core in
            if core.machine.status.isLive { core.restWaiters.append(done) }
            return !core.machine.status.isLive
        }
        if isAtRest { done() }
    }

    // MARK: - Deciding, under the lock

    enum Order {
        case load(Incarnation)
        case call(Incarnation, DaemonMachine.Hook)
        case askToStop(Incarnation)
        case interrupt(Incarnation)
        case abandon(Incarnation)
        case release(Incarnation)
        /// End one that the daemon does not need any more, whatever it does.
        case drop(Incarnation)
        case report(Failure, LogEntry, ErrorReport)
        case log(LogEntry)
        case tell([@Sendable () -> Void])
    }

    func handle(_ event: DaemonMachine.Event, now: MonotonicTime, _ core: inout Core) -> [Order] {
        // Drawn for failures alone: each costs a call of the system, which a step that does little would feel.
        let jitter = if case .failed = event { context.random() } else { 0.0 }
        attend(&core)
        let effects = core.machine.handle(event, now: now, jitter: jitter)
        var orders: [Order] = []
        for effect in effects { plan(effect, &core, &orders) }
        if !core.machine.status.isLive, !core.restWaiters.isEmpty {
            orders.append(.tell(core.restWaiters))
            core.restWaiters = []
        }
        if core.machine.status.isSettled, !core.settleWaiters.isEmpty {
            orders.append(.tell(core.settleWaiters))
            core.settleWaiters = []
        }
        setTimer(core)
        return orders
    }

    private func plan(_ effect: DaemonMachine.Effect, _ core: inout Core, _ orders: inout [Order]) {
        switch effect {
        case .load:
            let incarnation = Incarnation(
                daemon: self, policy: core.machine.policy, startIndex: core.startIndex, startCount: core.startCount)
            core.startCount = 1
            core.isAbandoned = false
            core.identity = nil
            core.lateModules = [:]
            core.mustLookAgain = false
            core.incarnation = incarnation
            orders.append(.load(incarnation))
        case .record:
            orders.append(.log(record(&core)))
        case .report(let failure):
            orders.append(report(failure, &core))
        case .call(let hook):
            if let incarnation = core.incarnation { orders.append(.call(incarnation, hook)) }
        case .takeOver: planTakeOver(&core, &orders)
        case .refuse(let failure): planRefusal(failure, &core, &orders)
        case .rollBack(let failure): planRollBack(failure, &core, &orders)
        case .settle: planSettling(&core, &orders)
        case .askToStop:
            dropOthers(&core, &orders)
            if let incarnation = core.incarnation { orders.append(.askToStop(incarnation)) }
        case .interrupt:
            if let incarnation = core.incarnation { orders.append(.interrupt(incarnation)) }
        case .abandon:
            if let incarnation = core.incarnation { orders.append(.abandon(incarnation)) }
            core.incarnation = nil
            core.isAbandoned = true
            dropOthers(&core, &orders)
        case .release:
            if let incarnation = core.incarnation { orders.append(.release(incarnation)) }
            core.incarnation = nil
            dropOthers(&core, &orders)
        }
    }

    /// Brings the record up to the machine, queues it for the database, and gives the log line that tells it.
    private func record(_ core: inout Core) -> LogEntry {
        let wall = context.clock.now()
        let machine = core.machine
        show(machine, in: &core.record, wall)
        if !machine.status.isLive { statistics.setMemory(0, at: context.clock.monotonic()) }
        saveStatus(&core, wall)
        // Under the lock, so that the events come in the order of the changes; who listens is woken after it.
        context.events.append(.daemon(core.record))
        let level: LogLevel = machine.status == .failed ? .error : machine.status == .backingOff ? .warn : .info
        return LogEntry(
            at: wall, daemon: name, level: level, message: "\(machine.status.rawValue): \(machine.reason)",
            generation: core.record.generation, codeHash: core.record.codeHash)
    }

    func show(_ machine: DaemonMachine, in record: inout DaemonRecord, _ wall: WallTime) {
        if record.status != machine.status { record.statusSince = wall }
        record.status = machine.status
        record.reason = machine.reason
        record.consecutiveErrors = machine.consecutiveErrors
        record.restarts = machine.restarts
        record.error = machine.lastFailure?.message
        record.traceback = machine.lastFailure?.traceback
        if machine.state != .delivering {
            record.nextStepAt = machine.deadline.map { wall + ($0 - context.clock.monotonic()) }
        }
        if !machine.status.isLive { record.clearLife() }
    }

    /// Queues the record and the activity that tells it, as far as the database does not have them already.
    private func saveStatus(_ core: inout Core, _ wall: WallTime) {
        if let foretold = core.foretold, foretold.record.status == core.record.status,
            foretold.record.reason == core.record.reason
        {
            if !foretold.isLatest || foretold.record != core.record { save(core) }
            return
        }
        core.foretold?.isLatest = false
        save(core, [.activity(activity(core.record, wall))])
    }

    /// Queues the record for the database; one that cannot be written is owed. May answer under the lock.
    private func save(_ core: Core, _ more: [HostWrite] = []) {
        guard !core.isRemoved else { return }
        context.store.submit([.daemonStatus(core.record)] + more) { [self] result in
            guard case .failure = result else { return }
            owesStatus.store(true, ordering: .relaxed)
            context.registry.attend(self)
        }
    }

    /// Writes the status that is owed, if one is.
    func payStatus() {
        guard owesStatus.exchange(false, ordering: .relaxed) else { return }
        core.withLock { core in
            core.foretold?.isLatest = false
            save(core)
        }
    }

    func activity(_ record: DaemonRecord, _ wall: WallTime) -> Activity {
        Activity(at: wall, daemon: name, kind: "status", message: "\(record.status.rawValue): \(record.reason)")
    }

    private func report(_ failure: Failure, _ core: inout Core) -> Order {
        core.record.errors += 1
        statistics.add(.error, at: context.clock.monotonic())
        core.isDirty = true
        let (line, report) = line(of: failure, core.record.generation, core.record.codeHash, step: core.record.steps)
        return .report(failure, line, report)
    }

    /// A failure as the log and the list of errors tell it.
    func line(
        of failure: Failure, _ generation: Int, _ codeHash: String, step: Int64
    ) -> (LogEntry, ErrorReport) {
        let wall = context.clock.now()
        var fields: [Value.Field] = [.init("kind", .string(failure.kind.rawValue))]
        if let traceback = failure.traceback { fields.append(.init("traceback", .string(traceback))) }
        let line = LogEntry(
            at: wall, daemon: name, level: .error, message: failure.message, fields: .object(fields),
            generation: generation, codeHash: codeHash, step: step)
        let report = ErrorReport(
            at: wall, daemon: name, kind: failure.kind.rawValue, message: failure.message,
            traceback: failure.traceback, file: failure.file, line: failure.line,
            fingerprint: ErrorFingerprint.make(message: failure.message, file: failure.file, line: failure.line),
            generation: generation, codeHash: codeHash)
        return (line, report)
    }

    private func setTimer(_ core: Core) {
        if let incarnation = core.incarnation {
            context.executor.setTimer(self, at: nil)
            incarnation.setOwnerDeadline(core.machine.deadline)
        } else {
            context.executor.setTimer(self, at: core.machine.deadline)
        }
    }

    // MARK: - Acting, after the lock

    func carryOut(_ order: Order) {
        switch order {
        case .load(let incarnation): incarnation.post(.begin)
        case .call(let incarnation, let hook): incarnation.post(.order(.call(hook)))
        case .askToStop(let incarnation): incarnation.askToStop()
        case .interrupt(let incarnation): incarnation.interrupt(.stop)
        case .abandon(let incarnation): abandon(incarnation)
        case .release(let incarnation): incarnation.post(.release)
        case .drop(let incarnation):
            incarnation.interrupt(.stop)
            incarnation.post(.release)
        case .report(_, let line, let report):
            context.journal.append(line)
            context.store.submit([.error(report)]) { _ in }
        case .log(let line):
            context.journal.append(line)
            context.events.announce()
        case .tell(let waiters): for done in waiters { done() }
        }
    }

    private func abandon(_ incarnation: Incarnation) {
        incarnation.fence()
        context.journal.append(
            LogEntry(
                at: context.clock.now(), daemon: name, level: .error,
                message: "abandoned: it reacted neither to the stop nor to an interrupt; its thread is given up",
                fields: incarnation.lastKnownPlace().map { ["at": .string($0)] }))
    }
}

extension DaemonRecord {
    /// Forgets what only a live daemon has.
    mutating func clearLife() {
        activity = nil
        progress = nil
        memoryBytes = 0
        startedAt = nil
    }
}
