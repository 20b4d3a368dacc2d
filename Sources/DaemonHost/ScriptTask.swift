import LuaRuntime
import Model
import Platform
import Synchronization

/// A Lua state at work: moves a script from call to call into the host and back, on worker threads.
///
/// Messages come from any thread into a mailbox that is bounded by construction (one order and one reply can be under
/// way at a time); `run` takes them and moves the Lua state on until it waits, ends or is preempted. What is run, and
/// what its end means, is for the subclass: a daemon's incarnation or a job's attempt.
///
/// `@unchecked Sendable`: what is not behind `shared` is touched only inside `run`, and the executor runs a task on
/// one thread at a time.
class ScriptTask: ExecutorTask, HostDelegate, @unchecked Sendable {
    enum Message {
        case begin
        case reply(Int, HostReply)
        case granted(Int, Result<any StoreSession, HostError>)
        case committed(Int, Result<Void, HostError>)
        case endSleep
        case release
        /// For the subclass.
        case order(Order)

        var beginsScript: Bool {
            switch self {
            case .begin, .order(.call): true
            case .reply, .granted, .committed, .endSleep, .release, .order: false
            }
        }
    }

    enum Order {
        case call(DaemonMachine.Hook)
        /// The wall clock was set.
        case reschedule
        case cancel
    }

    /// A host call that has not answered yet.
    struct Wait {
        enum Kind {
            case sleep
            case session
            case sessionCommit
            case hookCommit
            case blocking
            case jobs
            /// An answer from another machine; a request to stop ends it.
            case request

            /// A commit under way is awaited even so: its outcome must be known.
            var endsByInterrupt: Bool {
                switch self {
                case .sleep, .session, .blocking, .jobs, .request: true
                case .sessionCommit, .hookCommit: false
                }
            }
        }

        var serial: Int
        var kind: Kind
    }

    /// What other threads may reach for.
    struct Shared {
        var mailbox: [Message] = []
        var lua: LuaState?
        var session: (any StoreSession)?
        var sessionDeadline: MonotonicTime?
        var sleepDeadline: MonotonicTime?
        /// The owner's own next deadline.
        var ownerDeadline: MonotonicTime?
        var isStopping = false
        var isInterrupted = false
        /// An interrupt came for what is ordered and has not begun.
        var isCalledOff = false
        /// A script runs or waits now.
        var isBusy = false
        /// It waits for the host: silence then is not its own.
        var isWaiting = false
        var isFenced = false
        /// To be written with the state that is committed next.
        var owedWrites: [HostWrite] = []
        var gate: LogGate

        var deadline: MonotonicTime? {
            let earliest = min(
                ownerDeadline ?? .distantFuture, sleepDeadline ?? .distantFuture, sessionDeadline ?? .distantFuture)
            return earliest == .distantFuture ? nil : earliest
        }
    }

    /// Why the script unwound on purpose.
    enum Directive {
        case stop(reason: String)
        case fail(message: String)
        case retryAfter(Duration, message: String)
    }

    let slot = ExecutorSlot()
    let context: HostContext
    let shared: Mutex<Shared>

    var lua: LuaState?
    var fileGrants: FileGrants?
    var programGrants = ProgramGrants()
    /// Nil until the script has loaded.
    var webGrants: WebGrants?
    /// Ends what the script waits for: an external program, a request.
    var giveUpWait: (() -> Void)?
    var sessionTimeout: Duration
    var wait: Wait?
    var directive: Directive?
    var session: (any StoreSession)?
    private var serial = 0
    private var isPreempted = false
    private var waitTimeout: (@Sendable () -> Void)?
    /// The jobs whose ends it waits for, without a time limit.
    var awaitedJobs: [Int64] = []
    /// The session in progress, or the one that just committed, has launched a job.
    var hasLaunched = false
    /// Events that the session in progress, or the one that just committed, has published.
    var heldEvents: [ScriptEvent] = []

    init(context: HostContext, policy: Policy) {
        self.context = context
        sessionTimeout = policy.sessionTimeout
        shared = Mutex(Shared(gate: LogGate(rate: policy.logRate, burst: policy.logBurst)))
    }

    // MARK: - For the subclass

    /// Loads the script; true when it was preempted.
    func begin() -> Bool { false }

    /// Does what an order says; true when the script was preempted.
    func obey(_ order: Order) -> Bool { false }

    /// The text of a module that the script requires.
    func moduleText(_ name: String) throws(HostError) -> [UInt8] { try context.catalog.module(name) }

    /// The text of a script or module as it was loaded, by the name that its messages have for it; nil when it is not
    /// known any more.
    func loadedText(of file: String) -> [UInt8]? { nil }

    /// What must not be shown to whoever reads a failure.
    var secrets: [String] { [] }

    /// Called before the mailbox is looked at.
    func tick(now: MonotonicTime) {}

    /// The script returned; true when another call was preempted.
    func returned(_ values: [Value]) -> Bool { false }

    /// The script failed, or unwound on purpose.
    func failed(_ failure: LuaFailure) {}

    /// The wait for the commit of a hook's state is over; true when another call was preempted.
    func hookCommitted(_ result: Result<Void, HostError>) -> Bool { false }

    /// What the host writes in the transaction of a session that commits now.
    func sessionWrites() throws(Failure) -> [HostWrite] { [] }

    /// Those writes are durable.
    func sessionWritesCommitted() {}

    func logEntry(_ level: LogLevel, _ message: String, _ fields: Value?) -> LogEntry {
        LogEntry(at: context.clock.now(), daemon: nil, level: level, message: message, fields: fields)
    }

    /// Notes what the script says it is doing.
    func note(activity: String, progress: Double?) {}

    /// The script has logged an error.
    func noteError(_ line: LogEntry) {}

    /// Who launches a job, when this script does.
    func launcher() -> JobLauncher { JobLauncher() }

    /// Whose metrics the script's are.
    var metricsOwner: ScriptMetrics.Owner { .daemon("") }

    /// The script begins to wait for jobs; it needs no worker until the wait ends.
    func beginWaitForJobs() {}

    func endWaitForJobs() {}

    /// Whether the script is to be interrupted as soon as it sleeps or waits for jobs, instead of being told early.
    var isGivenBack: Bool { false }

    /// A sleep or a wait for jobs has begun.
    func giveBackIfDue() {}

    /// The Lua state is gone.
    func released() {}

    /// Interrupts an overdue session or silence of a script whose own timer cannot get through.
    func watch(now: MonotonicTime) {
        reportGate()
        shared.withLock { shared in
            guard let lua = shared.lua else { return }
            if let deadline = shared.sessionDeadline, now - deadline > Self.patience {
                shared.session?.interrupt()
                lua.interrupt(.sessionTimeout)
            }
            if shared.isBusy, !shared.isWaiting, lua.isOverdue {
                shared.session?.interrupt()
                lua.interrupt(.stepTimeout)
            }
        }
    }

    // MARK: - From any thread

    func post(_ message: Message) {
        shared.withLock { $0.mailbox.append(message) }
        context.executor.wake(self)
    }

    /// Makes `lunad.stopping()` true and ends a sleep in progress.
    func askToStop() {
        noteStopping()
        post(.endSleep)
    }

    /// Makes `lunad.stopping()` true, and nothing else.
    final func noteStopping() {
        shared.withLock { shared in
            shared.isStopping = true
            shared.lua?.setStopping(true)
        }
    }

    /// Raises in the script at its next instruction, whatever it does. What has not begun is called off; nothing when no
    /// script is to run.
    func interrupt(_ reason: InterruptReason) {
        shared.withLock { shared in
            guard shared.isBusy else {
                shared.isCalledOff = shared.mailbox.contains(where: \.beginsScript)
                return
            }
            shared.isInterrupted = true
            shared.lua?.interrupt(reason)
            shared.session?.interrupt()
        }
        context.executor.wake(self)
    }

    /// Whether an interrupt came before what is to begin now; it is told once.
    final func takeCalledOff() -> Bool {
        shared.withLock { shared in
            defer { shared.isCalledOff = false }
            return shared.isCalledOff
        }
    }

    /// From now on nothing that this task does counts; the writer's turn is taken from it.
    func fence() {
        let session = shared.withLock { shared in
            shared.isFenced = true
            return shared.session
        }
        session?.rollback()
        context.executor.wake(self)
    }

    func setOwnerDeadline(_ deadline: MonotonicTime?) {
        let earliest = shared.withLock { shared in
            shared.ownerDeadline = deadline
            return shared.deadline
        }
        context.executor.setTimer(self, at: earliest)
    }

    /// The host call in which it was last seen, for a report about one that does not react.
    func lastKnownPlace() -> String? {
        shared.withLock { $0.lua?.currentHostCall }
    }

    // MARK: - On a worker thread

    final func run() -> RunResult {
        if shared.withLock({ $0.isFenced }) {
            release()
            return .done
        }
        let now = context.clock.monotonic()
        if expire(now) { return .yielded }
        tick(now: now)
        while true {
            if let message = nextMessage() {
                if take(message) { return .yielded }
            } else if isPreempted {
                isPreempted = false
                if goOn(lua?.resume(nil)) { return .yielded }
            } else {
                return .done
            }
        }
    }

    private func nextMessage() -> Message? {
        shared.withLock { $0.mailbox.isEmpty ? nil : $0.mailbox.removeFirst() }
    }

    /// Processes one message; true when the Lua state was preempted and wants the rest of its turn later.
    private func take(_ message: Message) -> Bool {
        switch message {
        case .begin: return begin()
        case .order(let order): return obey(order)
        case .reply(let serial, let reply): return answer(serial, with: reply)
        case .granted(let serial, let result): return sessionGranted(serial, result)
        case .committed(let serial, let result): return committed(serial, result)
        case .endSleep: return endSleep()
        case .release:
            release()
            return false
        }
    }

    /// What came of moving the Lua state; true when it was preempted.
    final func goOn(_ outcome: LuaOutcome?) -> Bool {
        switch outcome {
        case .finished(let values): return returned(values)
        case .failed(let failure):
            endCalls()
            failed(explained(failure))
            return false
        case .preempted:
            isPreempted = true
            return true
        case .waiting, nil:
            return false
        }
    }

    /// A failed script holds nothing any more.
    private func endCalls() {
        giveUpWait?()
        rollBackSession()
        endWait()
        shared.withLock { $0.isInterrupted = false }
    }

    private func committed(_ serial: Int, _ result: Result<Void, HostError>) -> Bool {
        guard let wait, wait.serial == serial else { return false }
        if wait.kind == .sessionCommit { return sessionCommitted(serial, result) }
        endWait()
        return hookCommitted(result)
    }

    /// Says whether a script runs or waits. Its silence counts from then, not from its last hook; an interrupt that
    /// comes when it has ended is not for the next one.
    final func setBusy(_ isBusy: Bool) {
        shared.withLock { shared in
            shared.isBusy = isBusy
            shared.lua?.noteLife()
            guard !isBusy else { return }
            shared.isInterrupted = false
            shared.lua?.clearInterrupt()
        }
    }

    /// Makes the Lua state and reads the clock of its limits.
    final func makeState(memory: Int, timeout: Duration) throws(HostError) -> LuaState {
        let lua = try LuaState(limits: LuaLimits(memoryHard: memory), clock: context.clock)
        lua.delegate = self
        lua.setTimeout(timeout)
        self.lua = lua
        shared.withLock { shared in
            shared.lua = lua
            lua.setStopping(shared.isStopping)
        }
        return lua
    }

    /// Gives up the Lua state and all that came with it; nothing of the script runs any more.
    final func release() {
        giveUpWait?()
        giveUpWait = nil
        rollBackSession()
        shared.withLock { shared in
            shared.lua = nil
            shared.mailbox = []
            shared.sleepDeadline = nil
            shared.ownerDeadline = nil
            shared.isBusy = false
        }
        context.executor.setTimer(self, at: nil)
        reportGate(force: true)
        lua?.close()
        lua = nil
        wait = nil
        isPreempted = false
        released()
    }

    // MARK: - Waits

    final func startWait(_ kind: Wait.Kind) -> Int {
        serial += 1
        wait = Wait(serial: serial, kind: kind)
        shared.withLock { $0.isWaiting = true }
        return serial
    }

    /// Nothing is waited for any more.
    final func endWait() {
        if wait?.kind == .jobs { endWaitForJobs() }
        wait = nil
        waitTimeout = nil
        awaitedJobs = []
        giveUpWait = nil
        shared.withLock { shared in
            shared.isWaiting = false
            shared.sleepDeadline = nil
            shared.lua?.noteLife()
        }
    }

    /// Gives a waiting host call its answer; a late answer, to a call that was given up, is dropped.
    final func answer(_ serial: Int, with reply: HostReply) -> Bool {
        guard let wait, wait.serial == serial else { return false }
        endWait()
        return goOn(lua?.resume(reply))
    }

    /// Ends a sleep whose time has come, a session that has held the writer for too long, and a wait that was
    /// interrupted; true when the Lua state went on and was preempted.
    private func expire(_ now: MonotonicTime) -> Bool {
        let (sleepIsOver, sessionIsOver, isInterrupted) = shared.withLock { shared in
            let sleepIsOver = shared.sleepDeadline.map { $0 <= now } ?? false
            let sessionIsOver = shared.sessionDeadline.map { $0 <= now } ?? false
            return (sleepIsOver, sessionIsOver, shared.isInterrupted)
        }
        if sessionIsOver { endOverdueSession() }
        if isInterrupted, let wait, wait.kind.endsByInterrupt { return abandonWait() }
        return sleepIsOver ? endSleep(isDue: true) : false
    }

    /// The interrupted script does not wait for its answer: it unwinds now, and the answer will be dropped.
    private func abandonWait() -> Bool {
        giveUpWait?()
        endWait()
        return goOn(lua?.resume(nil))
    }

    /// A sleep is over: at its time, or because the script is asked to stop. A wait with a time limit ends likewise.
    private func endSleep(isDue: Bool = false) -> Bool {
        guard let wait else { return false }
        if wait.kind == .sleep { return answer(wait.serial, with: .values([.boolean(isDue)])) }
        if wait.kind == .request, !isDue { giveUpWait?() }
        guard isDue, let waitTimeout else { return false }
        self.waitTimeout = nil
        shared.withLock { $0.sleepDeadline = nil }
        waitTimeout()
        return false
    }

    /// After `span` the wait in progress is answered by `answer`, unless it has ended before.
    final func setWaitTimeout(_ span: Duration, _ answer: @escaping @Sendable () -> Void) {
        waitTimeout = answer
        let until = context.clock.monotonic() + span
        let earliest = shared.withLock { shared in
            shared.sleepDeadline = until
            return shared.deadline
        }
        context.executor.setTimer(self, at: earliest)
    }
}
