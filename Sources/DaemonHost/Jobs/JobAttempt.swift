import Model

/// One run of a job: a script's or an external program's. Ends by telling the service, exactly once.
protocol JobAttempt: AnyObject, Sendable {
    var record: JobRecord { get }
    var claim: String { get }

    func start()
    /// Asks it to end; it is interrupted when its patience is over.
    func cancel(reason: String)
    /// The host stops: it is asked to end, and goes back to the queue.
    func stop()
    /// What is left of its patience is skipped.
    func hurry()
    /// Ends what its own timers cannot.
    func watch(now: MonotonicTime)
    /// A cancel was written before its end, which is void: it is to clean up, and to end as cancelled.
    func overtaken(byCancel reason: String, service: JobService)
    /// Its end is on disk: nothing of it is needed any longer.
    func settled()
}

extension JobAttempt {
    var claim: String { record.claim ?? "" }

    func overtaken(byCancel reason: String, service: JobService) {
        service.finish(self, .cancelled(id: record.id, claim: claim, reason: reason))
    }

    func settled() {}

    /// Where a failed attempt leads: another try later, or the end.
    func transition(
        for fault: JobFault, _ declaration: JobDeclaration, retryAfter: Duration? = nil, isFinal: Bool = false,
        reason: String? = nil, in context: HostContext
    ) -> JobTransition {
        guard !isFinal, record.attempt < record.maxAttempts else {
            return .fail(id: record.id, claim: claim, error: fault, reason: reason)
        }
        let delay =
            retryAfter
            ?? JobRetry.delay(
                attempt: record.attempt, base: declaration.backoffBase, max: declaration.backoffMax,
                jitter: context.random())
        return .retry(id: record.id, claim: claim, error: fault, runAt: context.clock.now() + delay)
    }
}
