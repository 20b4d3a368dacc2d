import Model
import Platform

extension JobService: JobControl {
    package func launch(_ request: JobRequest, attempts: Int?) async throws(HostError) -> JobLaunch {
        let fitting = try await read { (_) throws(HostError) in try self.checked(request, attempts: attempts) }
        let result = await withCheckedContinuation { continuation in
            launch(fitting) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    package func job(_ id: Int64) async throws(HostError) -> JobRecord {
        guard let job = try await read({ (queue) throws(HostError) in try queue.job(id) }) else { throw noJob(id) }
        return job
    }

    package func jobs(_ query: JobQuery) async throws(HostError) -> [JobRecord] {
        try await read { (queue) throws(HostError) in try queue.jobs(query) }
    }

    package func countJobs() async throws(HostError) -> [JobStatus: Int] {
        try await read { (queue) throws(HostError) in try queue.countJobs() }
    }

    package func cancel(_ id: Int64, reason: String) async throws(HostError) -> JobRecord {
        try await move(id, .cancel(id: id, reason: reason)) { "is \($0.rawValue) already; nothing is left to cancel" }
    }

    package func retry(_ id: Int64) async throws(HostError) -> JobRecord {
        try await move(id, .retryByHand(id: id)) { "is \($0.rawValue); only a failed or cancelled job is tried again" }
    }

    package func output(of id: Int64) async throws(HostError) -> (out: [UInt8], err: [UInt8]) {
        try await read { (queue) throws(HostError) in try queue.output(of: id) }
    }

    /// Makes a move; when the job's status does not allow it, `conflict` says why in the words of `refusal`.
    private func move(
        _ id: Int64, _ transition: JobTransition, refusal: (JobStatus) -> String
    ) async throws(HostError) -> JobRecord {
        let result = await withCheckedContinuation { continuation in
            apply(transition) { continuation.resume(returning: $0) }
        }
        let outcome = try result.get()
        guard let job = outcome.job else { throw noJob(id) }
        guard outcome.isApplied else { throw HostError(.conflict, "job \(id) \(refusal(job.status))") }
        return job
    }

    private func noJob(_ id: Int64) -> HostError { HostError(.notFound, "there is no job \(id)") }

    /// Reads from the queue on a thread that may wait.
    private func read<Success: Sendable>(
        _ body: @escaping @Sendable (any JobStore) throws(HostError) -> Success
    ) async throws(HostError) -> Success {
        guard let context = state.withLock({ $0.context }) else {
            throw HostError(.unavailable, "the job queue is not open yet")
        }
        return try await context.blocking.run { () throws(HostError) in try body(context.queue) }
    }
}
