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
    /// pending → cancelled, running → cancelling; reaches down to all unfinished jobs below it. Refused when terminal,
    /// and when it is being cancelled already. Cost: the number of jobs below it.
    case cancel(id: Int64, reason: String)
    /// running or cancelling → cancelled: the run has ended.
    case cancelled(id: Int64, claim: String, reason: String)
    /// failed or cancelled → pending, with fresh attempts, by an operator's hand; the checkpoint is kept. Who monitors
    /// it hears of the new end, too. Answers `conflict` when another unfinished job has its unique key by now.
    case retryByHand(id: Int64)
    /// Kept while running under this claim; late progress is refused.
    case progress(id: Int64, claim: String, done: Double?, total: Double?, message: String?)
    case checkpoint(id: Int64, claim: String, data: Value)
    case process(id: Int64, claim: String, pid: Int32)

    package var id: Int64 {
        switch self {
        case .complete(let id, _, _), .fail(let id, _, _, _), .retry(let id, _, _, _), .release(let id, _, _),
            .park(let id, _, _), .cancel(let id, _), .cancelled(let id, _, _), .retryByHand(let id),
            .progress(let id, _, _, _, _), .checkpoint(let id, _, _), .process(let id, _, _):
            id
        }
    }

    /// The run that it speaks for; nil for what comes from outside.
    package var claim: String? {
        switch self {
        case .complete(_, let claim, _), .fail(_, let claim, _, _), .retry(_, let claim, _, _),
            .release(_, let claim, _), .park(_, let claim, _), .cancelled(_, let claim, _),
            .progress(_, let claim, _, _, _), .checkpoint(_, let claim, _), .process(_, let claim, _):
            claim
        case .cancel, .retryByHand: nil
        }
    }

    /// The attempt's error that it brings.
    package var fault: JobFault? {
        switch self {
        case .fail(_, _, let fault, _), .retry(_, _, let fault, _): fault
        default: nil
        }
    }
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
    /// Daemons that monitor one of these jobs and now have its end to hear.
    package var listeners: Set<String>

    package init(isApplied: Bool, job: JobRecord?, others: [JobRecord] = [], listeners: Set<String> = []) {
        self.isApplied = isApplied
        self.job = job
        self.others = others
        self.listeners = listeners
    }
}
