import LuaRuntime
import Model

/// Telling the script of the ends of jobs that it monitors: each once, in the order of their ends, each committed with
/// what `on_job` changed.
extension Incarnation {
    /// How many ends are fetched at a time.
    private static let batch = 50

    /// Calls `on_job` for the next end; when none is left, goes on to the step if one is due.
    func deliverJobEnds() -> Bool {
        guard let lua else { return false }
        do {
            try fetchJobEnds()
        } catch {
            hookFailed(Failure(.store, "the ended jobs cannot be read: \(error.description)"))
            return false
        }
        guard let job = jobEnds.first else {
            if case .hook(.runStep) = activity { return enter(.runStep, lua) }
            return hookReturned([])
        }
        deliveredJob = job.id
        guard declaration.hooks.contains(DaemonMachine.Hook.onJob.name) else { return hookReturned([]) }
        lua.setTimeout(declaration.policy.stepTimeout)
        return goOn(lua.call(DaemonMachine.Hook.onJob.name, [job.endView]))
    }

    private func fetchJobEnds() throws(HostError) {
        guard jobEnds.isEmpty, mayHaveJobEnds() else { return }
        jobEnds = try context.queue.undelivered(to: daemon.name, limit: Self.batch)
        if jobEnds.count == Self.batch { noteJobEnds() }
    }

    /// Whether an end may be waiting; asked once, until told again.
    private func mayHaveJobEnds() -> Bool {
        jobEndsNoted.withLock { noted in
            defer { noted = false }
            return noted
        }
    }

    /// A monitored job has ended. Any thread.
    func noteJobEnds() { jobEndsNoted.withLock { $0 = true } }

    /// `on_job` has returned: its state and the fact that it was told commit together.
    func commitDelivery() throws(Failure) -> Bool {
        guard let job = deliveredJob else { return false }
        let write = try stateWrite()
        pendingDigest = write?.digest
        commit(
            (write.map { [$0.write] } ?? []) + [.monitorDelivered(job: job, daemon: daemon.name)], then: .deliverNextEnd
        )
        return false
    }

    func delivered() -> Bool {
        if !jobEnds.isEmpty { jobEnds.removeFirst() }
        deliveredJob = nil
        afterCommit = nil
        return deliverJobEnds()
    }
}
