import Model

/// What becomes of a daemon's jobs when it stops by itself, while the host goes on.
extension Daemon {
    /// How many of its jobs are looked at; more than that cannot be under way at once.
    private static let jobLimit = 10_000

    /// Stops it, and deals with its unfinished jobs as its policy says.
    func stopWithJobs(reason: String) {
        switch core.withLock({ $0.machine.policy.stopJobs }) {
        case .leave:
            stopNow(reason: reason)
        case .cancel:
            whenAtRestCancelJobs(reason: reason)
            stopNow(reason: reason)
        case .wait:
            withUnfinishedJobs { [self] jobs in
                guard !jobs.isEmpty else { return stopNow(reason: reason) }
                context.journal.host(
                    .info, "\(name) stops once its \(jobs.count) jobs have ended", ["daemon": .string(name)])
                context.jobs.whenEnded(jobs.map(\.id)) { [self] in stopNow(reason: "\(reason); its jobs have ended") }
            }
        }
    }

    /// Cancels its unfinished jobs once it has stopped.
    func whenAtRestCancelJobs(reason: String) {
        whenAtRest { [self] in
            withUnfinishedJobs { [self] jobs in
                for job in jobs { context.jobs.cancel(job.id, reason: "its daemon stopped: \(reason)") { _ in } }
            }
        }
    }

    private func stopNow(reason: String) { deliver(.stop(reason: reason)) { $0.isAskedFor = false } }

    /// Reads them on a thread that may block.
    private func withUnfinishedJobs(_ body: @escaping @Sendable ([JobRecord]) -> Void) {
        let query = JobQuery(statuses: [.pending, .running, .cancelling], daemon: name, limit: Self.jobLimit)
        do throws(HostError) {
            try context.blocking.run { [self] in
                do throws(HostError) {
                    body(try context.queue.jobs(query))
                } catch {
                    context.journal.host(.error, "the jobs of \(name) cannot be read: \(error)")
                    body([])
                }
            }
        } catch {
            context.journal.host(.error, "the jobs of \(name) cannot be looked at: \(error)")
            body([])
        }
    }
}
