import LuaRuntime
import Model
import Platform
import ProcessRunner
import Synchronization

/// The queue at work: claims due jobs as workers are free, runs them, and tells their ends to whoever waits for them.
///
/// Nothing is polled: it is woken by a launch, by an end, and by one timer for the next due job.
package final class JobService: ExecutorTask, Sendable {
    package let slot = ExecutorSlot()

    /// No job is tried again that was killed this often without an outcome.
    static let poisonLimit = 3

    struct State {
        var context: HostContext?
        var gate = JobGate()
        var running: [Int64: any JobAttempt] = [:]
        /// How many of them hold a worker.
        var active = 0
        var isClaiming = false
        /// Something happened while a claim was under way.
        var mustLookAgain = false
        var isOpen = false
        /// Ends that are waited for by scripts.
        var waiters: [Int64: [@Sendable () -> Void]] = [:]
        /// Outcomes that could not be written yet, with the attempt they end.
        var unsaved: [Unsaved] = []
        var progress: [Int64: Progress] = [:]
        /// When each running job started or last showed progress.
        var lastSigns: [Int64: MonotonicTime] = [:]
        var tallies: [String: Tally] = [:]
        /// Told of every end.
        var onEnd: (@Sendable () -> Void)?
        var whenIdle: [@Sendable () -> Void] = []
    }

    struct Unsaved: Sendable {
        var attempt: any JobAttempt
        var transition: JobTransition
        var output: (out: [UInt8], err: [UInt8])?
    }

    let state = Mutex(State())
    let catalog: JobCatalog
    let runner: any ProgramRunner
    private let bootID: String
    private let workers: Int

    /// At most `workers` jobs run at once; those that wait for their children do not count.
    package init(
        folder: ProjectFolder, runner: any ProgramRunner, bootID: String, workers: Int, clock: any HostClock
    ) {
        catalog = JobCatalog(folder: folder, clock: clock)
        self.runner = runner
        self.bootID = bootID
        self.workers = workers
    }

    // MARK: - Boot

    /// Ends what an earlier process left running, rescues its jobs, and begins to claim.
    func begin(_ context: HostContext) async throws(HostError) {
        state.withLock { $0.context = context }
        try reloadTypes()
        let result = await withCheckedContinuation { continuation in
            context.queue.rescueOrphans(boot: bootID, poisonLimit: Self.poisonLimit) {
                continuation.resume(returning: $0)
            }
        }
        for job in try result.get() {
            context.journal.host(
                .warn, "job \(job.id) (\(job.type)) was running when the last host ended",
                ["job": .integer(job.id), "kills": .integer(Int64(job.kills + 1))])
        }
        state.withLock { $0.isOpen = true }
        look()
    }

    /// Reads `scripts/jobs` again; types that cannot be loaded are told.
    func reloadTypes() throws(HostError) {
        let failures = try catalog.reload()
        let rules = catalog.rules
        let context = state.withLock { state in
            state.gate.setRules(rules)
            return state.context
        }
        for (name, error) in failures {
            context?.journal.host(.error, "job type \(name) cannot be loaded: \(error.description)")
        }
        look()
    }

    // MARK: - Claiming

    /// There may be something to claim. Any thread.
    func look() {
        guard let context = state.withLock({ $0.context }) else { return }
        context.executor.wake(self)
    }

    package func run() -> RunResult {
        guard let (context, free, gate) = beginClaim() else { return .done }
        context.queue.claim(limit: free, gate: gate, boot: bootID) { [self] result in claimed(result, asked: free) }
        return .done
    }

    private func beginClaim() -> (HostContext, Int, JobGate)? {
        state.withLock { state in
            guard state.isOpen, let context = state.context else { return nil }
            guard !state.isClaiming else {
                state.mustLookAgain = true
                return nil
            }
            guard state.active < workers else { return nil }
            state.isClaiming = true
            state.mustLookAgain = false
            return (context, workers - state.active, state.gate)
        }
    }

    /// Called on the store's thread: it only hands the jobs on.
    private func claimed(_ result: Result<JobClaim, HostError>, asked: Int) {
        guard let context = state.withLock({ $0.context }) else { return }
        guard case .success(let claim) = result else {
            state.withLock { $0.isClaiming = false }
            context.executor.setTimer(self, at: context.clock.monotonic() + .seconds(1))
            return
        }
        let attempts = claim.jobs.map { makeAttempt($0, context) }
        let now = context.clock.monotonic()
        let again = state.withLock { state in
            for attempt in attempts {
                state.running[attempt.record.id] = attempt
                state.gate.start(attempt.record.type)
                state.lastSigns[attempt.record.id] = now
                state.active += 1
            }
            state.isClaiming = false
            return state.mustLookAgain || claim.jobs.count == asked
        }
        for attempt in attempts { note(attempt, running: 1, context) }
        context.events.publish(claim.jobs.map { .job($0) })
        for attempt in attempts { attempt.start() }
        if again {
            look()
        } else {
            scheduleNextLook(context, heldBack: claim.heldBack)
        }
    }

    private func makeAttempt(_ record: JobRecord, _ context: HostContext) -> any JobAttempt {
        do {
            let type = try catalog.type(named: record.type)
            if type.declaration.command != nil {
                return CommandJobAttempt(record, type: type, service: self, context: context)
            }
            return LuaJobAttempt(record, type: type, service: self, context: context)
        } catch {
            return UnknownJobAttempt(record, error: error, service: self, context: context)
        }
    }

    /// Sets the one timer to the next due job that may start. Reading the due time is a disk read: off this thread.
    private func scheduleNextLook(_ context: HostContext, heldBack: Set<String>) {
        try? context.blocking.run { [self] in
            let blocked = state.withLock { $0.gate.blocked(among: []) }.union(heldBack)
            guard let due = try? context.queue.nextJobDue(excluding: blocked) else { return }
            let delay = max(due - context.clock.now(), .zero)
            context.executor.setTimer(self, at: context.clock.monotonic() + delay)
        }
    }

    // MARK: - Ends

    /// An attempt is over: what came of it is written down, again and again until it is kept.
    func finish(_ attempt: any JobAttempt, _ transition: JobTransition, output: (out: [UInt8], err: [UInt8])? = nil) {
        guard let context = state.withLock({ $0.context }) else { return }
        if let output, !(output.out.isEmpty && output.err.isEmpty) {
            context.store.submit([.jobOutput(job: attempt.record.id, out: output.out, err: output.err)]) { _ in }
        }
        writeProgress(of: attempt)
        context.queue.apply(transition) { [self] result in
            switch result {
            case .success(let outcome):
                if let reason = Self.overtakingCancel(outcome, attempt) {
                    return attempt.overtaken(byCancel: reason, service: self)
                }
                if outcome.isApplied { tally(transition, type: attempt.record.type) }
                attempt.settled()
                ended(attempt)
                settle(outcome)
            case .failure(let error):
                context.journal.host(
                    .error, "the end of job \(attempt.record.id) could not be saved yet: \(error.description)")
                state.withLock {
                    $0.unsaved.append(Unsaved(attempt: attempt, transition: transition, output: output))
                }
            }
        }
    }

    /// The reason of a cancel that was written before the attempt's end, which it makes void; nil when there was none.
    private static func overtakingCancel(_ outcome: JobOutcome, _ attempt: any JobAttempt) -> String? {
        guard !outcome.isApplied, let job = outcome.job, job.status == .cancelling, job.claim == attempt.claim else {
            return nil
        }
        return job.reason ?? "it was cancelled"
    }

    /// Tries again what could not be written; called once a second.
    func retryUnsaved() {
        let unsaved = state.withLock { state in
            defer { state.unsaved = [] }
            return state.unsaved
        }
        for ending in unsaved { finish(ending.attempt, ending.transition, output: ending.output) }
    }

    private func ended(_ attempt: any JobAttempt) {
        let whenIdle = state.withLock { state -> [@Sendable () -> Void] in
            guard state.running[attempt.record.id] === attempt else { return [] }
            state.running[attempt.record.id] = nil
            state.lastSigns[attempt.record.id] = nil
            state.gate.end(attempt.record.type)
            state.active -= 1
            guard state.running.isEmpty else { return [] }
            defer { state.whenIdle = [] }
            return state.whenIdle
        }
        if let context = state.withLock({ $0.context }) { note(attempt, running: -1, context) }
        for done in whenIdle { done() }
        look()
    }

    private func note(_ attempt: any JobAttempt, running change: Int, _ context: HostContext) {
        guard let daemon = attempt.record.daemon else { return }
        context.registry.daemon(named: daemon)?.jobsRunning(change)
    }

    /// Tells what a transition did to those whom it concerns.
    func settle(_ outcome: JobOutcome) {
        guard outcome.isApplied else { return }
        let events = state.withLock { $0.context?.events }
        for job in [outcome.job].compactMap({ $0 }) + outcome.others {
            events?.publish([.job(job)])
            if job.status.isTerminal {
                tellEnd(of: job)
            } else if job.status == .cancelling {
                state.withLock { $0.running[job.id] }?.cancel(reason: job.reason ?? "it was cancelled")
            }
        }
        if !outcome.listeners.isEmpty, let registry = state.withLock({ $0.context?.registry }) {
            for name in outcome.listeners { registry.daemon(named: name)?.jobEnded() }
        }
        look()
    }

    private func tellEnd(of job: JobRecord) {
        let (waiters, context, onEnd) = state.withLock { state in
            (state.waiters.removeValue(forKey: job.id) ?? [], state.context, state.onEnd)
        }
        for done in waiters { done() }
        onEnd?()
        context?.meters.noteEnd(of: job)
        if let context { count(job, context) }
    }

    /// Among the numbers of the daemon that launched it, and of all.
    private func count(_ job: JobRecord, _ context: HostContext) {
        guard job.status != .cancelled else { return }
        let sample = job.status == .completed ? StatisticsSeries.Sample.jobCompleted : .jobFailed
        let now = context.clock.monotonic()
        if let daemon = job.daemon.flatMap({ context.registry.daemon(named: $0) }) {
            daemon.statistics.add(sample, at: now)
        } else {
            context.statistics.add(sample, at: now)
        }
    }

    /// `told` is called at the end of every job, on any thread; it must not block.
    func onEnd(_ told: @escaping @Sendable () -> Void) { state.withLock { $0.onEnd = told } }

    // MARK: - Workers

    /// The job waits for others: its worker is free meanwhile.
    func giveBackWorker(of type: String) {
        state.withLock { state in
            state.active -= 1
            state.gate.beginWait(type)
        }
        look()
    }

    func takeBackWorker(of type: String) {
        state.withLock { state in
            state.active += 1
            state.gate.endWait(type)
        }
    }

    // MARK: - Stopping

    /// Claims no more, and asks all that run to end.
    func stop(whenIdle done: @escaping @Sendable () -> Void) {
        let running = state.withLock { state -> [any JobAttempt] in
            state.isOpen = false
            if !state.running.isEmpty { state.whenIdle.append(done) }
            return Array(state.running.values)
        }
        if running.isEmpty { done() }
        for attempt in running { attempt.stop() }
    }

    func hurry() { for attempt in attempts() { attempt.hurry() } }

    func watch(now: MonotonicTime) {
        retryUnsaved()
        writeProgress()
        for attempt in attempts() { attempt.watch(now: now) }
    }

    /// The ids of the jobs that run now.
    var runningJobs: [Int64] { state.withLock { Array($0.running.keys) }.sorted() }

    /// How many jobs run now.
    var runningCount: Int { state.withLock { $0.running.count } }

    func attempts() -> [any JobAttempt] { state.withLock { Array($0.running.values) } }
}
