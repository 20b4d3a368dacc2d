import Model
import Platform

/// The one thread on which everything in a test happens: what other threads have to say waits here for its turn, and
/// asynchronous functions of the engine run here too. So a test sees the same order of events each time.
final class DrivenLoop: TaskExecutor {
    private enum Work {
        case job(UnownedJob)
        case call(@Sendable () -> Void)
    }

    private struct State {
        var work: [Work] = []
        var head = 0
        /// What runs outside, and will say so here: programs of the system.
        var outside = 0

        mutating func take() -> Work? {
            guard head < work.count else { return nil }
            let next = work[head]
            head += 1
            if head == work.count {
                work.removeAll(keepingCapacity: true)
                head = 0
            }
            return next
        }
    }

    private let monitor = Monitor(State())

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        monitor.withLock { $0.work.append(.job(job)) }
        monitor.wakeOne()
    }

    /// Does `work` on the loop's thread, in its turn.
    func later(_ work: @escaping @Sendable () -> Void) {
        monitor.withLock { $0.work.append(.call(work)) }
        monitor.wakeOne()
    }

    /// Something begins outside, that ends by `endOutside`.
    func beginOutside() { monitor.withLock { $0.outside += 1 } }

    /// It is over, and this is what it has to say.
    func endOutside(_ work: @escaping @Sendable () -> Void) {
        monitor.withLock { state in
            state.outside -= 1
            state.work.append(.call(work))
        }
        monitor.wakeOne()
    }

    var hasOutside: Bool { monitor.withLock { $0.outside > 0 } }

    /// Does one thing that waits here; false when nothing does. On the loop's thread.
    func runNext() -> Bool {
        switch monitor.withLock({ $0.take() }) {
        case .job(let job): job.runSynchronously(on: asUnownedTaskExecutor())
        case .call(let call): call()
        case nil: return false
        }
        return true
    }

    /// Waits until something is to be done here; false when `deadline`, in real time, came first.
    func waitForWork(until deadline: MonotonicTime) -> Bool {
        monitor.wait(until: deadline) { $0.head < $0.work.count ? true : nil } ?? false
    }
}

/// The outcome of an asynchronous function that runs on the loop.
final class LoopResult<Success: Sendable>: Sendable {
    private let outcome = Monitor<Result<Success, HostError>?>(nil)

    init(on loop: DrivenLoop, _ body: @escaping @Sendable () async throws(HostError) -> Success) {
        Task(executorPreference: loop) { [outcome] in
            let result: Result<Success, HostError>
            do throws(HostError) {
                result = .success(try await body())
            } catch {
                result = .failure(error)
            }
            outcome.withLock { $0 = result }
        }
    }

    /// Nil while it is not over.
    var value: Result<Success, HostError>? { outcome.withLock { $0 } }
}
