import Glibc
import Model

/// A few threads for work that blocks: files, database reads. One from the start, more when needed, parked when idle.
package final class BlockingPool: Sendable {
    /// Work items that may wait; past it the answer is `busy`.
    package static let longestQueue = 10_000

    private struct State {
        var queue: [@Sendable () -> Void] = []
        /// The first item of `queue` that was not taken; the ones before it are spent.
        var head = 0
        var threads = 1
        var idle = 0
        var isClosed = false

        var waiting: Int { queue.count - head }

        mutating func take() -> (@Sendable () -> Void)? {
            guard head < queue.count else { return nil }
            let work = queue[head]
            queue[head] = {}
            head += 1
            if head == queue.count {
                queue.removeAll(keepingCapacity: true)
                head = 0
            } else if head > 1_024, head > queue.count / 2 {
                queue.removeFirst(head)
                head = 0
            }
            return work
        }
    }

    private let name: String
    private let maxThreads: Int
    private let stackSize: Int
    private let monitor = Monitor(State())

    /// `name` is what its threads are called, `stackSize` the bytes of stack of each. Throws when the system has no
    /// thread left.
    package init(
        name: String = "lunad-blocking", maxThreads: Int = 8, stackSize: Int = 512 << 10
    ) throws(HostError) {
        self.name = name
        self.stackSize = stackSize
        self.maxThreads = max(1, maxThreads)
        try startThread()
    }

    /// A pool without threads: nothing is done but by `runNext`.
    package init(drivenAs name: String) {
        self.name = name
        stackSize = 0
        maxThreads = 0
        monitor.withLock { $0.threads = 0 }
    }

    deinit { close() }

    /// Queues `work` for a thread; items start in order. Throws `busy` when the queue is full, `unavailable` after `close`.
    package func run(_ work: @escaping @Sendable () -> Void) throws(HostError) {
        enum Decision { case queued, start, full, closed }
        let limit = maxThreads
        let decision = monitor.withLock { state -> Decision in
            if state.isClosed { return .closed }
            if state.waiting >= Self.longestQueue { return .full }
            state.queue.append(work)
            guard state.waiting > state.idle, state.threads < limit else { return .queued }
            state.threads += 1
            return .start
        }
        switch decision {
        case .closed: throw HostError(.unavailable, "the pool \"\(name)\" is closed")
        case .full: throw HostError(.busy, "\(Self.longestQueue) blocking operations wait already; try again later")
        case .queued: monitor.wakeOne()
        case .start:
            do {
                try startThread()
            } catch {
                // The first thread lives as long as the pool, so that the work is done later but never lost.
                monitor.withLock { $0.threads -= 1 }
            }
        }
    }

    /// Does the work that has waited longest on the calling thread; false when none waits.
    package func runNext() -> Bool {
        guard let work = monitor.withLock({ $0.take() }) else { return false }
        work()
        return true
    }

    /// Runs `work` on a thread of the pool while the task is suspended. Once begun it runs to its end, also when the
    /// task is cancelled.
    package func run<Success: Sendable>(
        _ work: @escaping @Sendable () throws(HostError) -> Success
    ) async throws(HostError) -> Success {
        let result: Result<Success, HostError> = await withCheckedContinuation { continuation in
            do throws(HostError) {
                try run { () -> Void in
                    do throws(HostError) {
                        continuation.resume(returning: .success(try work()))
                    } catch {
                        continuation.resume(returning: .failure(error))
                    }
                }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        return try result.get()
    }

    /// Takes no more work; the threads do what is queued and end. Does not wait for them.
    package func close() {
        monitor.withLock { $0.isClosed = true }
        monitor.wakeAll()
    }

    private func startThread() throws(HostError) {
        let monitor = monitor
        try NativeThread.start(name: name, stackSize: stackSize) {
            while let work = Self.nextWork(monitor) { work() }
        }
    }

    private static func nextWork(_ monitor: Monitor<State>) -> (@Sendable () -> Void)? {
        enum Next {
            case work(@Sendable () -> Void)
            case end
        }
        var isIdle = false
        let next = monitor.wait { state -> Next? in
            if let work = state.take() {
                if isIdle { state.idle -= 1 }
                return .work(work)
            }
            if state.isClosed {
                state.threads -= 1
                return .end
            }
            if !isIdle { state.idle += 1 }
            isIdle = true
            return nil
        }
        guard case .work(let work)? = next else { return nil }
        return work
    }
}
