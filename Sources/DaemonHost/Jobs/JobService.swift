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
        /// Those of them that have ended, but not durably yet; they hold none.
        var ended: Set<Int64> = []
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

        /// Nothing of it runs any more: its worker is free.
        mutating func freeWorker(of attempt: any JobAttempt) {
            guard running[attempt.record.id] === attempt, ended.insert(attempt.record.id).inserted else { return }
            gate.end(attempt.record.type)
            active -= 1
        }

        /// Its end is durable; false when it did not run.
        mutating func leave(_ attempt: any JobAttempt) -> Bool {
            guard running[attempt.record.id] === attempt else { return false }
            freeWorker(of: attempt)
            ended.remove(attempt.record.id)
            running[attempt.record.id] = nil
            lastSigns[attempt.record.id] = nil
            return true
        }

        /// Who is to be told that nothing runs, nor is about to.
        mutating func takeWhenIdle() -> [@Sendable () -> Void] {
            guard running.isEmpty, !isClaiming else { return [] }
            defer { whenIdle = [] }
            return whenIdle
        }
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
        guard let context = beginClaim() else { return }
        context.queue.claim(for: claimant) { [self] in claimed($0) }
    }

    /// Its time has come: the next due job's.
    package func run() -> RunResult {
        look()
        return .done
    }

    /// Whether a claim may be made now; one is under way at a time, and whoever comes meanwhile makes it look again. What
    /// began ends by `claimed` or `endClaim`.
    func beginClaim() -> HostContext? {
        state.withLock { state in
            guard state.isOpen, let context = state.context else { return nil }
            guard !state.isClaiming else {
                state.mustLookAgain = true
                return nil
            }
            guard state.active < workers else { return nil }
            state.isClaiming = true
            return context
        }
    }

    /// Says how much room there is when its claim has its turn: all that came until then counts with it.
    var claimant: JobClaimant {
        JobClaimant(boot: bootID) { [self] in
            state.withLock { state in
                state.mustLookAgain = false
                return .init(limit: state.isOpen ? max(0, workers - state.active) : 0, gate: state.gate)
            }
        }
    }

    /// Called on the store's thread: it only hands the jobs on.
    func claimed(_ result: Result<JobClaim, HostError>) {
        guard let context = state.withLock({ $0.context }) else { return }
        guard case .success(let claim) = result else {
            endClaim()
            context.executor.setTimer(self, at: context.clock.monotonic() + .seconds(1))
            return
        }
        let attempts = claim.jobs.map { makeAttempt($0, context) }
        let now = context.clock.monotonic()
        state.withLock { state in
            for attempt in attempts {
                state.running[attempt.record.id] = attempt
                state.gate.start(attempt.record.type)
                state.lastSigns[attempt.record.id] = now
                state.active += 1
            }
        }
        for attempt in attempts { attempt.start() }
        let (again, isOpen) = endClaim()
        // Those that were on their way when all were asked to stop.
        if !isOpen { for attempt in attempts { attempt.stop() } }
        for attempt in attempts { note(attempt, running: 1, context) }
        context.events.publish(claim.jobs.map { .job($0) })
        if again || claim.jobs.count == claim.limit {
            look()
        } else if let due = claim.nextDue {
            let delay = max(due - context.clock.now(), .zero)
            context.executor.setTimer(self, at: context.clock.monotonic() + delay)
        }
    }

    /// No claim is under way any more; whether something came meanwhile, and whether the queue is open.
    @discardableResult
    func endClaim() -> (again: Bool, isOpen: Bool) {
        let (again, isOpen, whenIdle) = state.withLock { state in
            state.isClaiming = false
            return (state.mustLookAgain, state.isOpen, state.takeWhenIdle())
        }
        for done in whenIdle { done() }
        return (again, isOpen)
    }

    /// A claim has become durable with what it rode along with; without one there may be something to claim.
    func rodeAlong(_ claim: JobClaim?) {
        if let claim { claimed(.success(claim)) } else { look() }
    }

    /// What a claim rode along with has failed, and the claim with it.
    func giveUpClaim() { if endClaim().again { look() } }

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

    // MARK: - Ends

    /// An attempt is over: what came of it is written down, again and again until it is kept. Its worker's next job is
    /// claimed with it: one commit for both.
    func finish(
        _ attempt: any JobAttempt, _ transition: JobTransition, output: (out: [UInt8], err: [UInt8])? = nil,
        claiming: Bool = true
    ) {
        let ready = state.withLock { state in
            state.freeWorker(of: attempt)
            return state.context
        }
        guard let context = ready else { return }
        if let output, !(output.out.isEmpty && output.err.isEmpty) {
            context.store.submit([.jobOutput(job: attempt.record.id, out: output.out, err: output.err)]) { _ in }
        }
        writeProgress(of: attempt)
        let isClaiming = claiming && beginClaim() != nil
        context.queue.end(transition, then: isClaiming ? claimant : nil) { [self] result in
            switch result {
            case .success(let ending):
                if let reason = Self.overtakingCancel(ending.outcome, attempt) {
                    attempt.overtaken(byCancel: reason, service: self)
                } else {
                    attempt.settled()
                    ended(attempt, by: transition, ending.outcome, context)
                }
                rodeAlong(ending.claim)
            case .failure(let error):
                if isClaiming { giveUpClaim() }
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
        // By themselves: what stopped them may have been the claim.
        for ending in unsaved {
            finish(ending.attempt, ending.transition, output: ending.output, claiming: false)
        }
    }

    private func ended(
        _ attempt: any JobAttempt, by transition: JobTransition, _ outcome: JobOutcome, _ context: HostContext
    ) {
        let (wasRunning, whenIdle) = state.withLock { state in
            if outcome.isApplied { state.tally(transition, type: attempt.record.type) }
            return (state.leave(attempt), state.takeWhenIdle())
        }
        if wasRunning { note(attempt, running: -1, context) }
        settle(outcome)
        for done in whenIdle { done() }
    }

    private func note(_ attempt: any JobAttempt, running change: Int, _ context: HostContext) {
        guard let daemon = attempt.record.daemon else { return }
        context.registry.daemon(named: daemon)?.jobsRunning(change)
    }

    /// Tells what a transition did to those whom it concerns.
    func settle(_ outcome: JobOutcome) {
        guard outcome.isApplied, let context = state.withLock({ $0.context }) else { return }
        let jobs = (outcome.job.map { [$0] } ?? []) + outcome.others
        context.events.publish(jobs.map { .job($0) })
        for job in jobs {
            if job.status.isTerminal {
                tellEnd(of: job, context)
            } else if job.status == .cancelling {
                state.withLock { $0.running[job.id] }?.cancel(reason: job.reason ?? "it was cancelled")
            }
        }
        for name in outcome.listeners { context.registry.daemon(named: name)?.jobEnded() }
    }

    private func tellEnd(of job: JobRecord, _ context: HostContext) {
        let (waiters, onEnd) = state.withLock { state in
            (state.waiters.removeValue(forKey: job.id) ?? [], state.onEnd)
        }
        for done in waiters { done() }
        onEnd?()
        context.meters.noteEnd(of: job)
        count(job, context)
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
        let (running, whenIdle) = state.withLock { state in
            state.isOpen = false
            state.whenIdle.append(done)
            return (Array(state.running.values), state.takeWhenIdle())
        }
        for done in whenIdle { done() }
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
