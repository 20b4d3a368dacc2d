import LuaRuntime
import Model

extension ScriptTask {
    /// Asks for the writer's turn; granted at once when it is free.
    func beginSession() -> HostReply {
        if let failure = failure(of: "session") { return .error(failure) }
        let serial = startWait(.session)
        do {
            let granted = try context.store.beginSession(daemon: launcher().daemon ?? "") { [self] in
                post(.granted(serial, $0))
            }
            guard let granted else { return .wait }
            endWait()
            opened(granted)
            return .values([])
        } catch {
            endWait()
            return .error(error.description)
        }
    }

    /// The turn has come; one that nobody waits for any more is given back.
    func sessionGranted(_ serial: Int, _ result: Result<any StoreSession, HostError>) -> Bool {
        guard let wait, wait.serial == serial else {
            if case .success(let session) = result { session.rollback() }
            return false
        }
        switch result {
        case .success(let session):
            opened(session)
            return answer(serial, with: .values([]))
        case .failure(let error):
            return answer(serial, with: .error(error.description))
        }
    }

    private func opened(_ session: any StoreSession) {
        hasLaunched = false
        heldEvents = []
        self.session = session
        let deadline = context.clock.monotonic() + sessionTimeout
        setSession(session, until: deadline)
    }

    private func setSession(_ session: (any StoreSession)?, until deadline: MonotonicTime?) {
        let earliest = shared.withLock { shared in
            shared.session = session
            shared.sessionDeadline = deadline
            return shared.deadline
        }
        context.executor.setTimer(self, at: earliest)
    }

    /// The function has returned (commit) or raised (roll back). The state commits with the session's rows.
    func endSession(commit: Bool) -> HostReply {
        guard let session else { return .error("this session has ended already") }
        self.session = nil
        setSession(nil, until: nil)
        guard commit else {
            session.rollback()
            return .values([])
        }
        if let failure = failure(of: "commit") {
            session.rollback()
            return .error("the session could not be committed: \(failure)")
        }
        let writes: [HostWrite]
        do {
            writes = try sessionWrites()
        } catch {
            session.rollback()
            return .error(error.message)
        }
        let serial = startWait(.sessionCommit)
        // The script waits now, and whoever has the next turn can have this thread.
        context.executor.handOver { session.commit(writes) { [self] in post(.committed(serial, $0)) } }
        return .wait
    }

    func sessionCommitted(_ serial: Int, _ result: Result<Void, HostError>) -> Bool {
        switch result {
        case .success:
            sessionWritesCommitted()
            if hasLaunched { context.jobs.look() }
            hasLaunched = false
            publishHeldEvents()
            return answer(serial, with: .values([]))
        case .failure(let error):
            return answer(serial, with: .error("the session could not be committed: \(error.description)"))
        }
    }

    /// Undoes an open session, if there is one.
    func rollBackSession() {
        guard let session else { return }
        self.session = nil
        setSession(nil, until: nil)
        session.rollback()
    }

    /// The session has held the writer longer than its policy allows: the script is interrupted.
    func endOverdueSession() {
        shared.withLock { shared in
            shared.sessionDeadline = nil
            shared.session?.interrupt()
            shared.lua?.interrupt(.sessionTimeout)
        }
    }
}
