import Model
import Platform

/// Threads of the API's own for the work on requests: what the daemons' tasks keep busy does not hold up an answer, nor
/// the other way round.
final class RequestExecutor: TaskExecutor {
    private let pool: BlockingPool

    init() throws(HostError) { pool = try BlockingPool(name: "lunad-api", maxThreads: 2) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        do throws(HostError) {
            try pool.run { job.runSynchronously(on: executor) }
        } catch {
            // After the end, or with thousands waiting, the caller does it: work that was begun is never dropped.
            job.runSynchronously(on: executor)
        }
    }

    /// The threads end when they have done what is queued.
    func close() { pool.close() }
}
