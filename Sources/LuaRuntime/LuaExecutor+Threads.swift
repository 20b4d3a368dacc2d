import Glibc
import Model

/// Beginning and end of threads, and the spares that take over from stuck ones.
extension LuaExecutor {
    /// Room for Lua's C stack and the host's own frames.
    private static let stackSize = 8 << 20

    private final class Start {
        let executor: LuaExecutor
        let isSpare: Bool

        init(_ executor: LuaExecutor, isSpare: Bool) {
            self.executor = executor
            self.isSpare = isSpare
        }
    }

    /// The workers and the first spare; false when one of them could not be started.
    func startAll() -> Bool {
        let wanted = min(workers + 1, threadLimit)
        for number in 0..<wanted {
            guard startThread(isSpare: number >= workers) else { return false }
        }
        return monitor.withLock {
            while begun < wanted, threads == wanted { threadsChanged.wait() }
            return threads == wanted
        }
    }

    /// One more thread, within the limit; false when there is to be none.
    private func startThread(isSpare: Bool) -> Bool {
        let isAllowed = monitor.withLock {
            guard !isEnding, threads < threadLimit else { return false }
            noteThread(isSpare: isSpare, by: 1)
            return true
        }
        guard isAllowed else { return false }
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, Self.stackSize)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let start = Unmanaged.passRetained(Start(self, isSpare: isSpare))
        var thread = pthread_t()
        let failure = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                start.executor.runThread(isSpare: start.isSpare)
                return nil
            }, start.toOpaque())
        guard failure == 0 else {
            start.release()
            monitor.withLock { noteThread(isSpare: isSpare, by: -1) }
            return false
        }
        return true
    }

    /// A spare counts as parked from the moment it is wanted, so that nobody starts another meanwhile.
    private func noteThread(isSpare: Bool, by step: Int) {
        threads += step
        if isSpare { parked += step }
    }

    private func runThread(isSpare: Bool) {
        nameThread("lunad-lua")
        let hasServed = serveWithSlices(isSpare: isSpare)
        monitor.withLock {
            noteThread(isSpare: isSpare && !hasServed, by: -1)
            threadsChanged.broadcast()
        }
    }

    /// False when the system has not what a worker needs.
    private func serveWithSlices(isSpare: Bool) -> Bool {
        guard let worker = ExecutorWorker(alarm: alarm),
            let slices = sliceTimer.attach(Self.tick.wholeNanoseconds, StuckMark.set, worker.mark.argument)
        else { return false }
        serve(worker, isSpare: isSpare)
        sliceTimer.detach(slices)
        return true
    }

    /// Names the calling thread as `top` and debuggers show it, if the system lets it; glibc's own function for this is
    /// not to be had from Swift.
    private func nameThread(_ name: String) {
        let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = write(file, name, name.utf8.count)
        close(file)
    }

    /// Works, is parked when there are more workers than needed, and works again when one of them is stuck.
    private func serve(_ worker: ExecutorWorker, isSpare: Bool) {
        monitor.withLock {
            begun += 1
            if !isSpare { working += 1 }
            threadsChanged.broadcast()
        }
        var isParked = isSpare
        while true {
            if isParked, !waitAsSpare() { return }
            switch work(worker) {
            case .surplus: isParked = true
            case .ending: return
            }
        }
    }

    /// Waits until this thread is needed as a worker, and sees to the next spare; false at the end of all.
    private func waitAsSpare() -> Bool {
        while true {
            if monitor.withLock({ isEnding }) { return false }
            alarm.park()
            let (isNeeded, isLastSpare) = monitor.withLock {
                guard !isEnding, working < workers + alarm.stuckCount else { return (false, false) }
                working += 1
                parked -= 1
                return (true, parked == 0)
            }
            guard isNeeded else { continue }
            // Without another spare, the next stuck run is only waited for.
            if isLastSpare { _ = startThread(isSpare: true) }
            return true
        }
    }
}
