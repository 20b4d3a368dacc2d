import LuaRuntime
import Model
import Platform
import Synchronization

/// One life of a daemon's Lua state: from a load to its release.
///
/// Messages come from any thread into a bounded-by-construction mailbox (one order and one reply can be under way at
/// a time); `run` takes them on a worker thread and moves the Lua state on until it waits, ends or is preempted.
///
/// `@unchecked Sendable`: what is not behind `shared` is touched only inside `run`, and the executor runs a task on
/// one thread at a time.
final class Incarnation: ExecutorTask, HostDelegate, @unchecked Sendable {
    enum Message {
        case load
        case call(DaemonMachine.Hook)
        case reply(Int, HostReply)
        case granted(Int, Result<any StoreSession, HostError>)
        case committed(Int, Result<Void, HostError>)
        case endSleep
        case reschedule
        case release
    }

    /// What the Lua state is busy with.
    enum Activity {
        case idle
        case loading
        case hook(DaemonMachine.Hook)
        case released
    }

    /// A host call that has not answered yet.
    struct Wait {
        enum Kind {
            case sleep
            case session
            case sessionCommit
            case hookCommit
            case blocking

            /// A commit under way is awaited even so: its outcome must be known.
            var endsByInterrupt: Bool {
                switch self {
                case .sleep, .session, .blocking: true
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
        var machineDeadline: MonotonicTime?
        var isStopping = false
        var isInterrupted = false
        var isInHook = false
        var isFenced = false
        var gate: LogGate

        var deadline: MonotonicTime? { [machineDeadline, sleepDeadline, sessionDeadline].compactMap { $0 }.min() }
    }

    /// Why the script unwound on purpose.
    enum Directive {
        case stop(reason: String)
        case fail(message: String)
        case retryAfter(Duration, message: String)
    }

    let slot = ExecutorSlot()
    let daemon: Daemon
    let context: HostContext
    let startIndex: Int
    let startCount: Int
    let shared: Mutex<Shared>

    var lua: LuaState?
    var declaration = DaemonDeclaration()
    var config: [Value.Field] = []
    var fileGrants: FileGrants?
    var activity = Activity.idle {
        didSet {
            let isInHook =
                switch activity {
                case .loading, .hook: true
                case .idle, .released: false
                }
            shared.withLock { shared in
                shared.isInHook = isInHook
                // An interrupt that came when the hook had ended is not for the next one.
                guard !isInHook else { return }
                shared.isInterrupted = false
                shared.lua?.clearInterrupt()
            }
        }
    }
    var wait: Wait?
    var serial = 0
    var isPreempted = false
    var directive: Directive?
    var session: (any StoreSession)?
    /// The committed state's wire form, by digest; nil before the first load.
    var committedState: StateDigest?
    /// The state in memory is not the committed one: a hook failed in between.
    var mustRestoreState = false
    /// The digest of the state that is being committed.
    var pendingDigest: StateDigest?
    /// What to do once the hook's state is committed.
    var afterCommit: DaemonMachine.Event?
    var stepDue: MonotonicTime
    var steps: Int64 = 0

    init(daemon: Daemon, policy: Policy, startIndex: Int, startCount: Int) {
        self.daemon = daemon
        context = daemon.context
        self.startIndex = startIndex
        self.startCount = startCount
        shared = Mutex(Shared(gate: LogGate(rate: policy.logRate, burst: policy.logBurst)))
        stepDue = context.clock.monotonic()
    }

    // MARK: - From any thread

    func post(_ message: Message) {
        shared.withLock { $0.mailbox.append(message) }
        context.executor.wake(self)
    }

    /// Makes `lunad.stopping()` true and ends a sleep in progress.
    func askToStop() {
        shared.withLock { shared in
            shared.isStopping = true
            shared.lua?.setStopping(true)
        }
        post(.endSleep)
    }

    /// Raises in the script at its next instruction, whatever it does; callable from any thread.
    func interrupt(_ reason: InterruptReason) {
        shared.withLock { shared in
            guard shared.isInHook else { return }
            shared.isInterrupted = true
            shared.lua?.interrupt(reason)
            shared.session?.interrupt()
        }
        context.executor.wake(self)
    }

    /// From now on nothing that this incarnation does counts; the writer's turn is taken from it.
    func fence() {
        let session = shared.withLock { shared in
            shared.isFenced = true
            return shared.session
        }
        session?.rollback()
        context.executor.wake(self)
    }

    func setMachineDeadline(_ deadline: MonotonicTime?) {
        let earliest = shared.withLock { shared in
            shared.machineDeadline = deadline
            return shared.deadline
        }
        context.executor.setTimer(self, at: earliest)
    }

    /// Where the script was when it was last seen, for a report about one that does not react.
    func lastKnownPlace() -> String? {
        shared.withLock { $0.lua?.currentHostCall }
    }

    // MARK: - On a worker thread

    func run() -> RunResult {
        if shared.withLock({ $0.isFenced }) {
            release()
            return .done
        }
        let now = context.clock.monotonic()
        if expire(now) { return .yielded }
        daemon.tick(now: now)
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
        return sleepIsOver ? endSleep() : false
    }

    /// The interrupted script does not wait for its answer: it unwinds now, and the answer will be dropped.
    private func abandonWait() -> Bool {
        wait = nil
        shared.withLock { $0.sleepDeadline = nil }
        return goOn(lua?.resume(nil))
    }

    /// Processes one message; true when the Lua state was preempted and wants the rest of its turn later.
    private func take(_ message: Message) -> Bool {
        switch message {
        case .load: return load()
        case .call(let hook): return call(hook)
        case .reply(let serial, let reply): return answer(serial, with: reply)
        case .granted(let serial, let result): return sessionGranted(serial, result)
        case .committed(let serial, let result): return committed(serial, result)
        case .endSleep: return endSleep()
        case .reschedule:
            reschedule()
            return false
        case .release:
            release()
            return false
        }
    }

    /// Gives a waiting host call its answer; a late answer, to a call that was given up, is dropped.
    func answer(_ serial: Int, with reply: HostReply) -> Bool {
        guard let wait, wait.serial == serial else { return false }
        self.wait = nil
        return goOn(lua?.resume(reply))
    }

    private func endSleep() -> Bool {
        guard let wait, wait.kind == .sleep else { return false }
        shared.withLock { $0.sleepDeadline = nil }
        return answer(wait.serial, with: .values([]))
    }

    /// What came of moving the Lua state; true when it was preempted.
    func goOn(_ outcome: LuaOutcome?) -> Bool {
        switch outcome {
        case .finished(let values): return returned(values)
        case .failed(let failure):
            failed(failure)
            return false
        case .preempted:
            isPreempted = true
            return true
        case .waiting, nil:
            return false
        }
    }

    func startWait(_ kind: Wait.Kind) -> Int {
        serial += 1
        wait = Wait(serial: serial, kind: kind)
        return serial
    }

    private func release() {
        rollBackSession()
        shared.withLock { shared in
            shared.lua = nil
            shared.mailbox = []
            shared.sleepDeadline = nil
            shared.machineDeadline = nil
        }
        context.executor.setTimer(self, at: nil)
        flushGate()
        lua?.close()
        lua = nil
        wait = nil
        isPreempted = false
        activity = .released
    }
}
