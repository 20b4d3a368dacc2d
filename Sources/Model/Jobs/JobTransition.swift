/// One move of a job along a legal arrow, as a conditional update: it applies only from the statuses that allow it and,
/// where a claim is named, only for the run that holds it. What follows from it — history, errors, the parent that may go
/// on, the release of the unique key — is written in the same transaction.
package enum JobTransition: Sendable, Hashable {
    /// running → completed.
    case complete(id: Int64, claim: String, result: Value)
    /// running → failed: no attempt is left, or none would help.
    case fail(id: Int64, claim: String, error: JobFault, reason: String?)
    /// running → pending: the next attempt comes at `runAt`.
    case retry(id: Int64, claim: String, error: JobFault, runAt: WallTime)
    /// running → pending, cancelling → cancelled: the host interrupted it; that is no attempt.
    case release(id: Int64, claim: String, reason: String)
    /// running → pending: it waits for its children and holds no worker; it is claimed again when the last has ended.
    /// Applied as `resume at once` when none is unfinished.
    case park(id: Int64, claim: String, checkpoint: Value?)
    /// pending → cancelled, running → cancelling; reaches down to unfinished children. Refused when terminal.
    case cancel(id: Int64, reason: String)
    /// running or cancelling → cancelled: the run has ended.
    case cancelled(id: Int64, claim: String, reason: String)
    /// failed or cancelled → pending, with fresh attempts, by an operator's hand.
    case retryByHand(id: Int64)
    /// Kept while running under this claim; late progress is refused.
    case progress(id: Int64, claim: String, done: Double?, total: Double?, message: String?)
    case checkpoint(id: Int64, claim: String, data: Value)
    case process(id: Int64, claim: String, pid: Int32)
}

/// An attempt's error.
package struct JobFault: Sendable, Hashable {
    package var message: String
    package var traceback: String?

    package init(_ message: String, traceback: String? = nil) {
        self.message = message
        self.traceback = traceback
    }
}

/// What a transition did.
package struct JobOutcome: Sendable, Hashable {
    /// False when the job was not in a state that allows it; nothing has changed then.
    package var isApplied: Bool
    /// The job after it; nil when there is no such job.
    package var job: JobRecord?
    /// Other jobs that moved with it: cancelled or asked-to-cancel children, the parent that may go on.
    package var others: [JobRecord]

    package init(isApplied: Bool, job: JobRecord?, others: [JobRecord] = []) {
        self.isApplied = isApplied
        self.job = job
        self.others = others
    }
}
