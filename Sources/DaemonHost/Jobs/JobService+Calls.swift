import LuaRuntime
import Model

/// What scripts, commands and requests ask of the queue.
extension JobService {
    /// A request that fits its type's declaration, with what the type declares filled in.
    func checked(_ request: JobRequest, attempts: Int?) throws(HostError) -> JobRequest {
        let declaration = try catalog.type(named: request.type).declaration
        var request = request
        request.maxAttempts = attempts ?? declaration.attempts
        request.args = try declaration.checked(request.args, of: request.type)
        return request
    }

    /// When a worker is free, the claim that the launch would make necessary goes with it: one commit for both.
    func launch(_ request: JobRequest, done: @escaping @Sendable (Result<JobLaunch, HostError>) -> Void) {
        guard let context = state.withLock({ $0.context }) else {
            return done(.failure(HostError(.unavailable, "the job queue is not open yet")))
        }
        let isClaiming = beginClaim() != nil
        context.queue.launch([request], then: isClaiming ? claimant : nil) { [self] result in
            switch result {
            case .success(let made): rodeAlong(made.claim)
            case .failure where isClaiming: giveUpClaim()
            case .failure: break
            }
            done(
                result.flatMap { made in
                    made.launches.first.map { .success($0) }
                        ?? .failure(HostError(.internal, "the launch has no answer"))
                })
        }
    }

    /// Cancels; the answer is whether there was something to cancel.
    func cancel(_ id: Int64, reason: String, done: @escaping @Sendable (Result<JobOutcome, HostError>) -> Void) {
        apply(.cancel(id: id, reason: reason), done: done)
    }

    func apply(_ transition: JobTransition, done: @escaping @Sendable (Result<JobOutcome, HostError>) -> Void) {
        guard let context = state.withLock({ $0.context }) else {
            return done(.failure(HostError(.unavailable, "the job queue is not open yet")))
        }
        context.queue.apply(transition) { [self] result in
            if case .success(let outcome) = result {
                settle(outcome)
                look()
            }
            done(result)
        }
    }

    /// The daemon hears of the job's end through `on_job`, also when it has ended already.
    func monitor(_ id: Int64, daemon: String, done: @escaping @Sendable (Result<Void, HostError>) -> Void) {
        guard let context = state.withLock({ $0.context }) else { return }
        context.queue.monitor(job: id, daemon: daemon) { result in
            done(result)
            guard case .success = result else { return }
            context.executor.wake(JobEndCheck(job: id, daemon: daemon, context: context))
        }
    }

    /// Calls `done` once all of the jobs have ended; also when they have already.
    func whenEnded(_ ids: [Int64], done: @escaping @Sendable () -> Void) {
        let countdown = JobCountdown(done: done)
        guard let context = state.withLock({ $0.context }), !ids.isEmpty else { return countdown.finish() }
        for id in Set(ids) {
            state.withLock { $0.waiters[id, default: []].append { countdown.ended(id) } }
            // Looked at after the waiter is in place: an end in between is seen by one of the two.
            let isOver = (try? context.queue.job(id)).map { $0?.status.isTerminal ?? true } ?? false
            if isOver { countdown.ended(id) }
        }
        countdown.setExpected(Set(ids))
    }
}
