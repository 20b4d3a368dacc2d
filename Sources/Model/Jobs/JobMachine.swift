/// The legal arrows between a job's statuses, and what each does to the job. Pure: every store asks here before it
/// writes, so no two can disagree.
package enum JobMachine {
    /// Where the transition leads from `status`; nil when it is refused there, or when another run holds the claim.
    package static func target(
        of transition: JobTransition, from status: JobStatus, holdsClaim: Bool
    ) -> JobStatus? {
        if transition.claim != nil, !holdsClaim { return nil }
        switch (transition, status) {
        case (.complete, .running): return .completed
        case (.fail, .running): return .failed
        case (.retry, .running), (.park, .running), (.release, .running): return .pending
        case (.release, .cancelling): return .cancelled
        case (.cancel, .pending): return .cancelled
        case (.cancel, .running): return .cancelling
        case (.cancelled, .running), (.cancelled, .cancelling): return .cancelled
        case (.retryByHand, .failed), (.retryByHand, .cancelled): return .pending
        case (.progress, .running), (.progress, .cancelling), (.checkpoint, .running), (.checkpoint, .cancelling),
            (.process, .running), (.process, .cancelling):
            return status
        default: return nil
        }
    }

    /// The job after the transition; nil when it is refused.
    ///
    /// `hasUnfinishedChildren` matters to `park` alone: a job without any is not parked but goes back into the line.
    package static func after(
        _ transition: JobTransition, _ job: JobRecord, hasUnfinishedChildren: Bool, now: WallTime
    ) -> JobRecord? {
        let holdsClaim = job.claim != nil && job.claim == transition.claim
        guard let status = target(of: transition, from: job.status, holdsClaim: holdsClaim) else { return nil }
        var next = job
        switch transition {
        case .complete(_, _, let result):
            next.end(status, because: nil, now)
            next.result = result
            next.error = nil
            next.checkpoint = nil
        case .fail(_, _, let error, let reason):
            next.end(status, because: reason, now)
            next.error = error.message
        case .retry(_, _, let error, let runAt):
            next.wait(until: runAt)
            next.error = error.message
        case .release(_, _, let reason):
            if status.isTerminal { next.end(status, because: job.reason ?? reason, now) } else { next.giveBack(reason) }
        case .park(_, _, let checkpoint):
            next.giveBack(nil)
            next.isParked = hasUnfinishedChildren
            if let checkpoint { next.checkpoint = checkpoint }
        case .cancel(_, let reason):
            if status.isTerminal { next.end(status, because: reason, now) } else { next.askToCancel(reason) }
        case .cancelled(_, _, let reason): next.end(status, because: job.reason ?? reason, now)
        case .retryByHand: next.begin(anew: now)
        case .progress(_, _, let done, let total, let message):
            next.done = done ?? job.done
            next.total = total ?? job.total
            next.message = message ?? job.message
        case .checkpoint(_, _, let data): next.checkpoint = data
        case .process(_, _, let pid): next.pid = pid
        }
        return next
    }

    /// The job as it begins to run under `claim`; nil when it is not pending, or waits for its children.
    package static func claimed(_ job: JobRecord, claim: String, now: WallTime) -> JobRecord? {
        guard job.status == .pending, !job.isParked else { return nil }
        var next = job
        next.status = .running
        next.reason = nil
        next.attempt += 1
        next.startedAt = now
        next.claim = claim
        (next.done, next.total, next.message) = (nil, nil, nil)
        return next
    }

    /// The job after its host was killed: back in line without costing an attempt, cancelled when that was asked for,
    /// failed with the reason `poison` when it has now been killed `poisonLimit` times. Nil when it was not running.
    package static func rescued(_ job: JobRecord, poisonLimit: Int, now: WallTime) -> JobRecord? {
        var next = job
        switch job.status {
        case .cancelling: next.end(.cancelled, because: job.reason ?? "cancelled", now)
        case .running:
            next.kills += 1
            if next.kills >= poisonLimit {
                next.end(.failed, because: "poison", now)
                next.error = "its host was killed \(next.kills) times while it ran, and it never came to an end"
            } else {
                next.giveBack("its host was killed while it ran")
            }
        case .pending, .completed, .failed, .cancelled: return nil
        }
        return next
    }

    /// The parked parent when its last child has ended; nil when it is not parked.
    package static func resumed(_ job: JobRecord) -> JobRecord? {
        guard job.status == .pending, job.isParked else { return nil }
        var next = job
        next.isParked = false
        return next
    }
}

extension JobRecord {
    /// Nobody runs it any longer.
    private mutating func letGo() {
        claim = nil
        pid = nil
    }

    fileprivate mutating func end(_ terminal: JobStatus, because reason: String?, _ now: WallTime) {
        letGo()
        status = terminal
        self.reason = reason
        isParked = false
        finishedAt = now
    }

    fileprivate mutating func wait(until instant: WallTime) {
        letGo()
        status = .pending
        reason = nil
        runAt = instant
    }

    /// Back to its place in the line; the run that ends here counts as no attempt.
    fileprivate mutating func giveBack(_ reason: String?) {
        letGo()
        status = .pending
        self.reason = reason
        attempt = max(0, attempt - 1)
    }

    fileprivate mutating func askToCancel(_ reason: String) {
        status = .cancelling
        self.reason = reason
    }

    fileprivate mutating func begin(anew now: WallTime) {
        status = .pending
        reason = nil
        result = nil
        attempt = 0
        kills = 0
        (done, total, message) = (nil, nil, nil)
        runAt = now
        startedAt = nil
        finishedAt = nil
    }
}
