import LuaRuntime
import Model
import Platform
import Synchronization

/// One life of a daemon's Lua state: from a load to its release.
final class Incarnation: ScriptTask, @unchecked Sendable {
    /// What the Lua state is busy with.
    enum Activity {
        case idle
        case loading
        case hook(DaemonMachine.Hook)
        case released
    }

    enum AfterCommit {
        case deliver(DaemonMachine.Event)
        case deliverNextEnd
        case takeOver
    }

    /// The generation that a candidate takes over from.
    struct Predecessor {
        var generation: Int
        /// What it starts with when it has saved no state.
        var state: Value
        var stateVersion: Int
        var every: StepInterval
    }

    let daemon: Daemon
    let startIndex: Int
    let startCount: Int
    /// What it was proposed for, when it was made to take over from another.
    let proposal: SwapProposal?

    /// It has not taken over yet: what it does is not the daemon's doing.
    var isCandidate: Bool
    var predecessor: Predecessor?
    /// What it is loaded from, while that is not written down.
    var code = CodeBundle(script: [])
    /// What takes the place of the files on disk.
    var suppliedCode: CodeBundle?
    var identity = CodeIdentity(script: "")
    /// The SHA-256 of the script that it is loaded from, once that was asked for.
    var scriptHash: String?
    /// All that it requires while it loads has been read, and what it declares is good.
    var hasLoaded = false
    var generation = 0
    var codeHash = ""
    /// What is on disk, when it is not loaded from that.
    var passedOver: CodeIdentity?
    /// Its text differs from that of the generation before it.
    var isNewCode = false
    /// The saved state was left by this very text.
    var isInherited = true
    /// `on_swap` is called before `on_start`: the saved state was left by another text.
    var mustConvertState = false
    /// An operator's code in progress.
    var consoleRun: ConsoleRun?
    /// What the saved state's `state_version` is; nil when none was saved.
    var savedVersion: Int?
    /// How long loading may take: what a script says of it is not known yet.
    let startTimeout: Duration
    var declaration = DaemonDeclaration()
    var config: [Value.Field] = []
    var activity = Activity.idle {
        didSet {
            switch activity {
            case .loading, .hook: setBusy(true)
            case .idle, .released: setBusy(false)
            }
        }
    }
    /// The committed state's wire form, by digest; nil before the first load.
    var committedState: StateDigest?
    /// The digest of the state that is being committed.
    var pendingDigest: StateDigest?
    /// The state in memory is not the committed one: a hook failed in between.
    var mustRestoreState = false
    /// What follows once the hook's state is committed.
    var afterCommit: AfterCommit?
    /// Ended jobs that the script is still to be told of, oldest end first.
    var jobEnds: [JobRecord] = []
    /// The one that it is being told of.
    var deliveredJob: Int64?
    /// Whether there may be ends that were not fetched yet.
    let jobEndsNoted = Mutex(true)
    /// What it listens to, and what has come for it.
    let receiver: EventReceiver
    /// Whom the event that was taken last is still to be told.
    var eventCalls: [(ScriptEvent, EventReceiver.Handler)] = []
    var stepDue: MonotonicTime
    /// When the step in progress began, and how late that was, in nanoseconds; of one that follows a failure the lateness
    /// is not known.
    var stepBegan: MonotonicTime
    var stepLag: Int64?
    /// The step in progress is still to be measured.
    var isMeasuringStep = false
    var steps: Int64 = 0

    init(daemon: Daemon, policy: Policy, startIndex: Int, startCount: Int, proposal: SwapProposal? = nil) {
        self.proposal = proposal
        isCandidate = proposal != nil
        startTimeout = proposal == nil ? Policy().startTimeout : policy.startTimeout
        self.daemon = daemon
        self.startIndex = startIndex
        self.startCount = startCount
        receiver = EventReceiver(daemon: daemon.name) { daemon.deliver(.eventArrived) }
        stepDue = daemon.context.clock.monotonic()
        stepBegan = stepDue
        super.init(context: daemon.context, policy: policy)
    }

    override func moduleText(_ name: String) throws(HostError) -> [UInt8] { try bundledText(name) }

    override func loadedText(of file: String) -> [UInt8]? { textOfVersion(file) }

    override var secrets: [String] {
        let names = Set(declaration.config.keys.filter(\.isSecret).map(\.name))
        return config.compactMap { names.contains($0.key) ? $0.value.stringValue : nil }.filter { !$0.isEmpty }
    }

    override func tick(now: MonotonicTime) { daemon.tick(now: now) }

    override func obey(_ order: Order) -> Bool {
        switch order {
        case .call(let hook): return takeCalledOff() ? endBeforeBegin() : call(hook)
        case .reschedule: reschedule()
        case .cancel: break
        }
        return false
    }

    override func begin() -> Bool { takeCalledOff() ? endBeforeBegin() : load() }

    /// The stop that interrupts it came first: it ends as one that was interrupted at its first instruction.
    private func endBeforeBegin() -> Bool {
        daemon.deliver(.interrupted, from: self)
        return false
    }

    override func returned(_ values: [Value]) -> Bool { hookReturned(values) }

    override func failed(_ failure: LuaFailure) { hookUnwound(failure) }

    override func hookCommitted(_ result: Result<Void, HostError>) -> Bool { stateCommitted(result) }

    override func released() {
        context.topics.end(receiver)
        activity = .released
        answerConsole(error: "the daemon stopped")
    }

    override func fence() {
        context.topics.end(receiver)
        super.fence()
    }

    override func note(activity: String, progress: Double?) {
        daemon.note(from: self) { record in
            record.activity = activity.isEmpty ? nil : activity
            record.progress = progress
        }
    }

    override func logEntry(_ level: LogLevel, _ message: String, _ fields: Value?) -> LogEntry {
        if isConsole { noteConsoleOutput(message) }
        return LogEntry(
            at: context.clock.now(), daemon: daemon.name, level: level, message: message, fields: fields,
            generation: generation, codeHash: codeHash, step: steps)
    }

    /// What a script itself calls an error is counted among the daemon's errors, too.
    override func noteError(_ line: LogEntry) {
        let report = ErrorReport(
            at: line.at, daemon: daemon.name, kind: "logged", message: line.message, traceback: nil, file: nil,
            line: nil,
            fingerprint: ErrorFingerprint.make(message: line.message, file: nil, line: nil),
            generation: line.generation, codeHash: line.codeHash)
        context.store.submit([.error(report)]) { _ in }
    }

    override func launcher() -> JobLauncher {
        JobLauncher(daemon: daemon.name, generation: generation)
    }

    override var metricsOwner: ScriptMetrics.Owner { .daemon(daemon.name) }

    // MARK: - State in sessions

    override func sessionWrites() throws(Failure) -> [HostWrite] {
        // The daemon's state is still the other generation's.
        guard !isCandidate else { return [] }
        let write = try stateWrite()
        pendingDigest = write?.digest
        return write.map { [$0.write] } ?? []
    }

    override func sessionWritesCommitted() {
        stateIsCommitted()
    }

    /// What was written of the state is durable.
    func stateIsCommitted() {
        guard let pendingDigest else { return }
        committedState = pendingDigest
        savedVersion = declaration.stateVersion
        self.pendingDigest = nil
    }

    // MARK: - Being replaced

    /// It is kept as it is: nothing of it runs until it is put back.
    func freeze() {
        setOwnerDeadline(nil)
    }

    /// It is the daemon again: its state is written with `writes` before anything else. Under the daemon's lock.
    func thaw(with writes: [HostWrite]) {
        shared.withLock { $0.owedWrites = writes }
    }

    /// The wall clock was set: a cron line's next step is due at another moment.
    private func reschedule() {
        guard case .idle = activity, case .cron = declaration.every else { return }
        let now = context.clock.monotonic()
        stepDue =
            StepSchedule.next(
                declaration.every, due: now, now: now, wall: context.clock.now(), offset: context.utcOffset)
            ?? .distantFuture
        daemon.deliver(.rescheduled(next: stepDue), from: self)
    }
}
