import LuaRuntime
import Model
import Platform

/// One run of a job type's `run(self, job)`, in a Lua state of its own.
final class LuaJobAttempt: ScriptTask, JobAttempt, @unchecked Sendable {
    private enum Phase {
        case loading
        case running
        case cancelling
        case over
    }

    /// What other threads tell a running attempt; behind `shared`'s neighbour so that both can be read at once.
    struct Requests {
        var cancelReason: String?
        var isStopping = false
        var timedOut: String?
        var runDeadline: MonotonicTime?
        /// When an attempt that was asked to end is interrupted.
        var patienceDeadline: MonotonicTime?
        var progressDeadline: MonotonicTime?

        var deadline: MonotonicTime? { [runDeadline, patienceDeadline, progressDeadline].compactMap { $0 }.min() }
    }

    let record: JobRecord
    private let type: JobType
    private let service: JobService
    let requests = Locked(Requests())
    private var phase = Phase.loading
    private var result: Value = .null
    /// The jobs that it waited for when it was given back.
    private var givenBackAwaiting: [Int64] = []

    /// What a job may give back, in bytes.
    static let resultLimit = 1 << 20
    /// How long a job may take to end when the host stops.
    static let stopGrace = Duration.seconds(5)
    private static let hostStopped = "the host stopped"

    init(_ record: JobRecord, type: JobType, service: JobService, context: HostContext) {
        self.record = record
        self.type = type
        self.service = service
        super.init(context: context, policy: Policy())
    }

    // MARK: - From any thread

    func start() {
        let now = context.clock.monotonic()
        requests.withLock { requests in
            requests.runDeadline = type.declaration.timeout.map { now + $0 }
            requests.progressDeadline = type.declaration.progressTimeout.map { now + $0 }
        }
        updateDeadline()
        post(.begin)
    }

    func cancel(reason: String) {
        let now = context.clock.monotonic()
        let isNew = requests.withLock { requests in
            guard requests.cancelReason == nil else { return false }
            requests.cancelReason = reason
            requests.patienceDeadline = now + type.declaration.cancelTimeout
            return true
        }
        guard isNew else { return }
        updateDeadline()
        askToStop()
    }

    func stop() {
        let now = context.clock.monotonic()
        requests.withLock { requests in
            requests.isStopping = true
            requests.patienceDeadline = min(requests.patienceDeadline ?? .distantFuture, now + Self.stopGrace)
        }
        updateDeadline()
        guard isGivenBack else { return askToStop() }
        noteStopping()
        context.executor.wake(self)
    }

    /// The host stops and nobody wants the job's end: a sleep is no reason to hold the stop up, and one that ends early would
    /// make the script go on. It is interrupted there and goes back to the queue.
    override var isGivenBack: Bool { requests.withLock { $0.isStopping && $0.cancelReason == nil } }

    func hurry() { interrupt(.stop) }

    func overtaken(byCancel reason: String, service: JobService) {
        requests.withLock { $0.cancelReason = $0.cancelReason ?? reason }
        post(.order(.cancel))
    }

    func settled() { if mayGoOn { post(.release) } }

    /// A cancel that is written before its end makes a run go on, where the script has something to say to it.
    private var mayGoOn: Bool { type.declaration.hooks.contains("on_cancel") }

    override func watch(now: MonotonicTime) {
        super.watch(now: now)
        enforce(now)
    }

    private func updateDeadline() { setOwnerDeadline(requests.withLock { $0.deadline }) }

    /// A sign of progress.
    func noteProgress() {
        guard let limit = type.declaration.progressTimeout else { return }
        let now = context.clock.monotonic()
        requests.withLock { $0.progressDeadline = now + limit }
        updateDeadline()
    }

    private func enforce(_ now: MonotonicTime) {
        // Its end may still wait to be written.
        guard isBusy else { return }
        if noteOverdue(now) { return interrupt(.stepTimeout) }
        guard let deadline = requests.withLock({ $0.patienceDeadline }), deadline <= now else { return }
        interrupt(.stop)
    }

    /// Whether one of the type's time limits is over; notes which.
    private func noteOverdue(_ now: MonotonicTime) -> Bool {
        requests.withLock { requests in
            if let deadline = requests.runDeadline, deadline <= now {
                requests.timedOut = "timed out: it may run for \(type.declaration.timeout?.inSeconds ?? 0) s"
                return true
            }
            if let deadline = requests.progressDeadline, deadline <= now {
                requests.timedOut =
                    "timed out: it made no progress for \(type.declaration.progressTimeout?.inSeconds ?? 0) s"
                return true
            }
            return false
        }
    }

    // MARK: - On a worker thread

    override func tick(now: MonotonicTime) {
        enforce(now)
        giveBackIfDue()
    }

    override func giveBackIfDue() {
        guard let wait, wait.kind == .sleep || wait.kind == .jobs, isGivenBack else { return }
        givenBackAwaiting = awaitedJobs
        interrupt(.stop)
    }

    override func begin() -> Bool {
        if isGivenBack {
            over(.release(id: record.id, claim: claim, reason: Self.hostStopped))
            return false
        }
        do {
            let silence = type.declaration.progressTimeout ?? type.declaration.timeout ?? .zero
            let lua = try makeState(memory: type.declaration.memory, timeout: silence)
            fileGrants = FileGrants(
                entries: type.declaration.allow.fs, config: record.args.fields, limits: context.settings.allow.fs,
                base: context.folder.path, script: type.path)
            programGrants = ProgramGrants(
                granted: type.declaration.allow.exec, limits: context.settings.allow.exec, script: type.path)
            webGrants = WebGrants(
                entries: type.declaration.allow.http, config: [], limits: context.settings.allow.http,
                script: type.path)
            setBusy(true)
            return goOn(lua.load(source: type.source, chunkName: "@\(type.path)"))
        } catch {
            end(fault: JobFault(error.description))
            return false
        }
    }

    /// Its end was void because a cancel came first.
    override func obey(_ order: Order) -> Bool {
        guard case .cancel = order, phase == .over else { return false }
        phase = .running
        return callCancelHook()
    }

    override func returned(_ values: [Value]) -> Bool {
        switch phase {
        case .loading:
            phase = .running
            return goOn(lua?.call("run", [record.handed], isJob: true))
        case .running:
            result = values.first ?? .null
            if requests.withLock({ $0.cancelReason }) != nil { return callCancelHook() }
            complete()
        case .cancelling:
            endCancelled()
        case .over:
            break
        }
        return false
    }

    private func complete() {
        let size = result.wire.count
        guard size <= Self.resultLimit else {
            return end(
                fault: JobFault(
                    "its result takes \(size.grouped) bytes; at most \(Self.resultLimit.grouped) are kept: store it in a "
                        + "file or a table and return where"))
        }
        over(.complete(id: record.id, claim: claim, result: result))
    }

    override func failed(_ failure: LuaFailure) {
        // The watchdog of a silent script may come first: the reason is the same limit.
        if case .interrupted(.stepTimeout) = failure.kind { _ = noteOverdue(context.clock.monotonic()) }
        let (cancelReason, isStopping, timedOut) = requests.withLock { ($0.cancelReason, $0.isStopping, $0.timedOut) }
        if phase == .cancelling { return endCancelled() }
        if cancelReason != nil {
            if callCancelHook() { context.executor.wake(self) }
            return
        }
        if isStopping, case .interrupted(.stop) = failure.kind {
            return over(givenBack)
        }
        if case .interrupted(.directive) = failure.kind, let directive { return unwound(directive, failure) }
        end(fault: JobFault(timedOut ?? message(of: failure), traceback: failure.traceback), reason: timedOut)
    }

    /// Back to the queue: at the end of its children, when it waited for nothing else, or as soon as a host runs.
    private var givenBack: JobTransition {
        let isForChildren =
            !givenBackAwaiting.isEmpty
            && givenBackAwaiting.allSatisfy { id in (try? context.queue.job(id))?.parent == record.id }
        return isForChildren
            ? .park(id: record.id, claim: claim, checkpoint: nil)
            : .release(id: record.id, claim: claim, reason: Self.hostStopped)
    }

    private func message(of failure: LuaFailure) -> String {
        guard case .interrupted(.memory) = failure.kind else { return failure.message }
        return "it needed more than the \(MemorySize.shown(type.declaration.memory)) that its memory allows"
    }

    private func unwound(_ directive: Directive, _ failure: LuaFailure) {
        switch directive {
        case .stop(let reason):
            result = .string(reason)
            complete()
        case .fail(let message):
            end(fault: JobFault(message, traceback: failure.traceback), isFinal: true)
        case .retryAfter(let delay, let message):
            end(fault: JobFault(message, traceback: failure.traceback), retryAfter: delay)
        }
    }

    private func end(fault: JobFault, retryAfter: Duration? = nil, isFinal: Bool = false, reason: String? = nil) {
        let next = transition(
            for: fault, type.declaration, retryAfter: retryAfter, isFinal: isFinal, reason: reason, in: context)
        context.journal.append(logEntry(.error, fault.message, fault.traceback.map { ["traceback": .string($0)] }))
        over(next)
    }

    // MARK: - Cancelling

    /// The run has ended; `on_cancel` may put things right.
    private func callCancelHook() -> Bool {
        guard phase == .running, let lua, type.declaration.hooks.contains("on_cancel") else {
            endCancelled()
            return false
        }
        phase = .cancelling
        let now = context.clock.monotonic()
        requests.withLock { requests in
            requests.patienceDeadline = now + type.declaration.cancelTimeout
            // The run is over; its limits do not count for what puts things right after it.
            (requests.runDeadline, requests.progressDeadline) = (nil, nil)
        }
        updateDeadline()
        setBusy(false)
        setBusy(true)
        return goOn(lua.call("on_cancel", [record.handed], isJob: true))
    }

    private func endCancelled() {
        let reason = requests.withLock { $0.cancelReason } ?? "it was cancelled"
        over(.cancelled(id: record.id, claim: claim, reason: reason))
    }

    private func over(_ transition: JobTransition) {
        guard phase != .over else { return }
        phase = .over
        setBusy(false)
        if !mayGoOn { release() }
        service.finish(self, transition)
    }

    // MARK: - For the library

    override func logEntry(_ level: LogLevel, _ message: String, _ fields: Value?) -> LogEntry {
        LogEntry(
            at: context.clock.now(), daemon: record.daemon, level: level, message: message, fields: fields,
            generation: record.generation, codeHash: type.hash, job: record.id)
    }

    override func note(activity: String, progress: Double?) {
        noteProgress()
        service.note(progress: progress, total: progress.map { _ in 1 }, message: activity, of: self)
    }

    override func launcher() -> JobLauncher {
        JobLauncher(daemon: record.daemon, generation: record.generation, job: record.id)
    }

    override var metricsOwner: ScriptMetrics.Owner { .job(type: record.type) }

    override func beginWaitForJobs() { service.giveBackWorker(of: type.name) }

    override func endWaitForJobs() { service.takeBackWorker(of: type.name) }
}

extension LuaJobAttempt {
    var isCancelled: Bool { requests.withLock { $0.cancelReason != nil } }

    func report(_ arguments: [Value]) -> HostReply {
        noteProgress()
        context.jobs.note(
            progress: arguments[at: 0].doubleValue, total: arguments[at: 1].doubleValue,
            message: arguments[at: 2] == .null ? nil : String(arguments[at: 2].text.prefix(500)), of: self)
        return .values([])
    }

    func keep(checkpoint data: Value) -> HostReply {
        noteProgress()
        let serial = startWait(.blocking)
        context.queue.apply(.checkpoint(id: record.id, claim: claim, data: data)) { [self] result in
            post(
                .reply(
                    serial,
                    HostReply(of: { () throws(HostError) in
                        guard try result.get().isApplied else {
                            throw HostError(.conflict, "this run of the job is over: its checkpoint is not kept")
                        }
                        return []
                    })))
        }
        return .wait
    }
}
