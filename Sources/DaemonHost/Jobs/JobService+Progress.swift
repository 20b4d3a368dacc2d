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
        state.withLock { state in
            guard state.running[attempt.record.id] === attempt else { return }
            state.progress[attempt.record.id] = Progress(claim: claim, done: done, total: total, message: message)
        }
    }

    /// Writes the progress noted since the last time.
    func writeProgress() {
        let (noted, context) = state.withLock { state in
            defer { state.progress = [:] }
            return (state.progress, state.context)
        }
        for (id, progress) in noted {
            let transition = JobTransition.progress(
                id: id, claim: progress.claim, done: progress.done, total: progress.total, message: progress.message)
            context?.queue.apply(transition) { _ in }
        }
    }
}
