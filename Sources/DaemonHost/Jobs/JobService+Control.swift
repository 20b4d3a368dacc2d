import Model

extension JobService: JobControl {
    package func launch(_ request: JobRequest, attempts: Int?) async throws(HostError) -> JobLaunch {
        let request = try checked(request, attempts: attempts)
        return try await answer { done in launch(request, done: done) }
    }

    package func job(_ id: Int64) async throws(HostError) -> JobRecord {
        guard let job = try await read({ (queue) throws(HostError) in try queue.job(id) }) else {
            throw HostError(.notFound, "there is no job \(id)")
        }
        return job
    }

    package func jobs(_ query: JobQuery) async throws(HostError) -> [JobRecord] {
        try await read { (queue) throws(HostError) in try queue.jobs(query) }
    }

    package func countJobs() async throws(HostError) -> [JobStatus: Int] {
        try await read { (queue) throws(HostError) in try queue.countJobs() }
    }

    package func cancel(_ id: Int64, reason: String) async throws(HostError) -> JobRecord {
        try await change(id, "cancelled") { done in cancel(id, reason: reason, done: done) }
    }

    package func retry(_ id: Int64) async throws(HostError) -> JobRecord {
        try await change(id, "retried") { done in apply(.retryByHand(id: id), done: done) }
    }

    package func history(of daemon: String?, job: Int64?, limit: Int) async throws(HostError) -> [JobHistory] {
        try await read { (queue) throws(HostError) in try queue.history(of: daemon, job: job, limit: limit) }
    }

    package func output(of id: Int64) async throws(HostError) -> (out: [UInt8], err: [UInt8]) {
        _ = try await job(id)
        return try await read { (queue) throws(HostError) in try queue.output(of: id) }
    }

    private func change(
        _ id: Int64, _ what: String, _ ask: (@escaping @Sendable (Result<JobOutcome, HostError>) -> Void) -> Void
    ) async throws(HostError) -> JobRecord {
        let outcome = try await answer(ask)
        guard let job = outcome.job else { throw HostError(.notFound, "there is no job \(id)") }
        guard outcome.isApplied else {
            throw HostError(.conflict, "job \(id) is \(job.status.rawValue) and cannot be \(what)")
        }
        return job
    }

    private func answer<Success: Sendable>(
        _ ask: (@escaping @Sendable (Result<Success, HostError>) -> Void) -> Void
    ) async throws(HostError) -> Success {
        let result = await withCheckedContinuation { continuation in
            ask { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    private func read<Success: Sendable>(
        _ body: @escaping @Sendable (any JobStore) throws(HostError) -> Success
    ) async throws(HostError) -> Success {
        guard let context = state.withLock({ $0.context }) else {
            throw HostError(.unavailable, "the job queue is not open yet")
        }
        let queue = context.queue
        return try await context.blocking.run { () throws(HostError) in try body(queue) }
    }
}
