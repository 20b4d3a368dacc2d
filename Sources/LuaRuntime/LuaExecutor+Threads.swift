import Platform

/// Beginning and end of threads, and the spares that take over from stuck ones.
extension LuaExecutor {
    /// Room for Lua's C stack and the host's own frames.
    private static let stackSize = 8 << 20

    /// The workers and the first spare; false when one of them could not be started.
    func startAll() -> Bool {
        let wanted = min(workers + 1, threadLimit)
        for number in 0..<wanted {
            guard startThread(isSpare: number >= workers) else { return false }
        }
        return lock.withLock {
            while begun < wanted, threads == wanted { threadsChanged.wait() }
            return threads == wanted
        }
    }

    /// One more thread, within the limit; false when there is to be none.
    private func startThread(isSpare: Bool) -> Bool {
        let isAllowed = lock.withLock {
            guard !isEnding, threads < threadLimit else { return false }
            noteThread(isSpare: isSpare, by: 1)
            return true
        }
        guard isAllowed else { return false }
        do {
            try NativeThread.start(name: "lunad-lua", stackSize: Self.stackSize) { self.runThread(isSpare: isSpare) }
            return true
        } catch {
            lock.withLock { noteThread(isSpare: isSpare, by: -1) }
            return false
        }
    }

    /// A spare counts as parked from the moment it is wanted, so that nobody starts another meanwhile.
    private func noteThread(isSpare: Bool, by step: Int) {
        threads += step
        if isSpare { parked += step }
    }

    private func runThread(isSpare: Bool) {
        let hasServed = serveWithSlices(isSpare: isSpare)
        lock.withLock {
            noteThread(isSpare: isSpare && !hasServed, by: -1)
            threadsChanged.broadcast()
        }
    }

    /// False when the system has not what a worker needs.
    private func serveWithSlices(isSpare: Bool) -> Bool {
        guard let worker = ExecutorWorker(alarm: alarm),
            let slices = sliceTimer.attach(Self.tick.wholeNanoseconds, StuckMark.set, worker.mark.argument)
        else { return false }
        ExecutorWorker.setCurrent(worker)
        serve(worker, isSpare: isSpare)
        ExecutorWorker.setCurrent(nil)
        sliceTimer.detach(slices)
        return true
    }

    /// Works, is parked when there are more workers than needed, and works again when one of them is stuck.
    private func serve(_ worker: ExecutorWorker, isSpare: Bool) {
        lock.withLock {
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
            if lock.withLock({ isEnding }) { return false }
            alarm.park()
            let (isNeeded, isLastSpare) = lock.withLock {
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
