import Model

extension JobService {
    /// How far a running job is, as it last said.
    struct Progress: Sendable {
        var claim: String
        var done: Double?
        var total: Double?
        var message: String?
    }

    /// Notes progress; it is written with the next round of housekeeping, the last word of a second standing for all.
    func note(progress done: Double?, total: Double?, message: String?, of attempt: any JobAttempt) {
        let claim = attempt.claim
        let now = state.withLock { $0.context }?.clock.monotonic()
        state.withLock { state in
            guard state.running[attempt.record.id] === attempt else { return }
            if let now { state.lastSigns[attempt.record.id] = now }
            state.progress[attempt.record.id] = Progress(claim: claim, done: done, total: total, message: message)
        }
    }

    /// Writes the progress noted since the last time.
    func writeProgress() {
        let (noted, context) = state.withLock { state in
            defer { state.progress = [:] }
            return (state.progress, state.context)
        }
        for (id, progress) in noted { write(progress, of: id, context) }
    }

    /// Writes the last word of an attempt that is over, ahead of its end: after it, it would be refused.
    func writeProgress(of attempt: any JobAttempt) {
        let id = attempt.record.id
        let (noted, context) = state.withLock { ($0.progress.removeValue(forKey: id), $0.context) }
        if let noted { write(noted, of: id, context) }
    }

    private func write(_ progress: Progress, of id: Int64, _ context: HostContext?) {
        let transition = JobTransition.progress(
            id: id, claim: progress.claim, done: progress.done, total: progress.total, message: progress.message)
        context?.queue.apply(transition) { result in
            guard case .success(let outcome) = result, outcome.isApplied, let job = outcome.job else { return }
            context?.events.publish([.job(job)])
        }
    }
}
