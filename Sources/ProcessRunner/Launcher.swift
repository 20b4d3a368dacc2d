import Glibc
import Model
import Platform

/// The thread that starts programs, one after another, and looks for what left their groups.
///
/// It lives longer than every program: the system kills them when the thread that started them ends.
final class Launcher: Sendable {
    private struct Request {
        let spec: ProcessSpec
        let handle: ProcessHandle
        let done: LiveProcess.Done
    }

    private struct State {
        var queue: [Request] = []
        /// What waits for its start or is not over.
        var live: Set<Int> = []
        var lastRun = 0
        /// When to look for what left the groups of programs that are over.
        var sweepAt: MonotonicTime?
        var isClosing = false
        var hasClosedInbox = false
        var watchingHasEnded = false
        var hasEnded = false
    }

    private enum Step {
        case launch(Request)
        case sweep(live: Set<Int>)
        case closeInbox
        case end
        /// The time of the next sweep has changed.
        case recheck
    }

    private let markers: ProcessMarkers
    private let limit: Int
    private let sweepDelay: Duration
    private let inbox: ProcessInbox
    private let monitor = Monitor(State())
    private let clock = SystemClock()

    init(markers: ProcessMarkers, limit: Int, sweepDelay: Duration) throws(HostError) {
        self.markers = markers
        self.limit = limit
        self.sweepDelay = sweepDelay
        inbox = try ProcessInbox()
        // Who starts the host may have it ignored; then the system would not tell how programs end.
        signal(SIGCHLD, SIG_DFL)
        try NativeThread.start(name: "lunad-processes") { [self] in watch() }
        do {
            try NativeThread.start(name: "lunad-launcher") { [self] in run() }
        } catch {
            inbox.close()
            throw error
        }
    }

    func submit(_ spec: ProcessSpec, done: @escaping LiveProcess.Done) throws(HostError) -> ProcessHandle {
        let (inbox, limit) = (inbox, limit)
        let result = monitor.withLock { state -> Result<ProcessHandle, HostError> in
            if state.isClosing {
                return .failure(HostError(.unavailable, "cannot run \(spec.name): the host is shutting down"))
            }
            if state.live.count >= limit {
                let message = "cannot run \(spec.name): \(limit.grouped) programs run or wait already; try again later"
                return .failure(HostError(.busy, message))
            }
            state.lastRun += 1
            let handle = ProcessHandle(run: state.lastRun, outputLimit: spec.outputLimit, inbox: inbox)
            state.live.insert(handle.run)
            state.queue.append(Request(spec: spec, handle: handle, done: done))
            return .success(handle)
        }
        monitor.wakeAll()
        return try result.get()
    }

    func close() {
        monitor.withLock { $0.isClosing = true }
        monitor.wakeAll()
    }

    func waitForEnd(within limit: Duration) -> Bool {
        monitor.wait(until: clock.monotonic() + limit) { $0.hasEnded ? true : nil } ?? false
    }

    // MARK: - The watching thread

    private func watch() {
        Self.blockSignals()
        ProcessLoop(inbox) { [self] in noteEnd($0) }.run()
        monitor.withLock { $0.watchingHasEnded = true }
        monitor.wakeAll()
    }

    private func noteEnd(_ run: Int) {
        let due = clock.monotonic() + sweepDelay
        let isFirst = monitor.withLock { state in
            state.live.remove(run)
            guard state.sweepAt == nil else { return false }
            state.sweepAt = due
            return true
        }
        if isFirst { monitor.wakeAll() }
    }

    // MARK: - The launching thread

    private func run() {
        Self.blockSignals()
        while true {
            switch nextStep() {
            case .launch(let request): launch(request)
            case .sweep(let live): sweep(live)
            case .closeInbox: inbox.close()
            case .recheck: continue
            case .end:
                sweep([])
                monitor.withLock { $0.hasEnded = true }
                monitor.wakeAll()
                return
            }
        }
    }

    private func nextStep() -> Step {
        let (sweepAt, clock) = (monitor.withLock { $0.sweepAt }, clock)
        return monitor.wait(until: sweepAt) { state -> Step? in
            if state.watchingHasEnded { return .end }
            if let due = state.sweepAt, due <= clock.monotonic() {
                state.sweepAt = nil
                return .sweep(live: state.live)
            }
            if !state.queue.isEmpty { return .launch(state.queue.removeFirst()) }
            if state.isClosing, !state.hasClosedInbox {
                state.hasClosedInbox = true
                return .closeInbox
            }
            return state.sweepAt == sweepAt ? nil : .recheck
        } ?? .recheck
    }

    private func launch(_ request: Request) {
        do throws(HostError) {
            let name = request.spec.name
            if monitor.withLock({ $0.isClosing }) {
                throw HostError(.unavailable, "cannot run \(name): the host is shutting down")
            }
            if request.handle.state.withLock({ $0.cancelGrace }) != nil {
                throw HostError(.cancelled, "\(name) was cancelled before it was started")
            }
            let start = ProgramStart(spec: request.spec, handle: request.handle, markers: markers)
            inbox.add(try start.launch(done: request.done))
        } catch {
            let run = request.handle.run
            monitor.withLock { _ = $0.live.remove(run) }
            request.done(.failure(error))
        }
    }

    /// Ends what this runner's programs left behind, but for the runs in `live`. What resists is found at the next boot.
    private func sweep(_ live: Set<Int>) {
        let markers = markers
        _ = try? ProcessSweep.end(hostID: markers.hostID, within: .milliseconds(200)) { run in
            markers.run(of: run).map { !live.contains($0) } ?? false
        }
    }

    /// Signals are for the host's other threads; and a program that reads no more is told by an error, not by SIGPIPE.
    private static func blockSignals() {
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, nil)
    }
}
