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

    /// Writes what an attempt last said, before its end is written.
    func writeLastProgress(of attempt: any JobAttempt, to queue: any JobStore) {
        guard let progress = state.withLock({ $0.progress.removeValue(forKey: attempt.record.id) }) else { return }
        write(progress, of: attempt.record.id, to: queue)
    }

    /// Writes the progress noted since the last time.
    func writeProgress() {
        let (noted, context) = state.withLock { state in
            defer { state.progress = [:] }
            return (state.progress, state.context)
        }
        for (id, progress) in noted {
            if let context { write(progress, of: id, to: context.queue) }
        }
    }

    private func write(_ progress: Progress, of job: Int64, to queue: any JobStore) {
        let transition = JobTransition.progress(
            id: job, claim: progress.claim, done: progress.done, total: progress.total, message: progress.message)
        queue.apply(transition) { _ in }
    }
}
