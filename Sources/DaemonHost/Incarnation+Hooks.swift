import LuaRuntime
import Model

extension Incarnation {
    /// Calls a hook of the script; one that it does not define has returned already.
    func call(_ hook: DaemonMachine.Hook) -> Bool {
        guard let lua else { return false }
        lua.setTimeout(timeout(of: hook))
        activity = .hook(hook)
        if case .runStep = hook {
            stepLag = mustRestoreState ? nil : max(0, context.clock.monotonic().nanoseconds - stepDue.nanoseconds)
        }
        if mustRestoreState {
            do {
                try restoreState()
            } catch {
                activity = .idle
                fail(error)
                return false
            }
        }
        switch hook {
        case .onJob, .runStep: return deliverJobEnds()
        case .console: return runConsole(lua)
        case .onEvent: return deliverEvent()
        case .takeOver(let due): return takeOver(due: due, lua)
        case .thaw:
            committedState = nil
            return hookReturned([])
        case .onStart where mustConvertState: return convertState(lua)
        case .onStart, .onStop: return enter(hook, lua)
        }
    }

    func enter(_ hook: DaemonMachine.Hook, _ lua: LuaState) -> Bool {
        lua.setTimeout(timeout(of: hook))
        if case .runStep = hook {
            steps += 1
            stepBegan = context.clock.monotonic()
            noteStepBegin()
        }
        guard declaration.hooks.contains(hook.name) else { return hookReturned([]) }
        return goOn(lua.call(hook.name, hook.arguments))
    }

    private func timeout(of hook: DaemonMachine.Hook) -> Duration {
        switch hook {
        case .onStart, .takeOver, .thaw: declaration.policy.startTimeout
        case .runStep, .onJob, .onEvent, .console: declaration.policy.stepTimeout
        case .onStop: declaration.policy.stopHookTimeout
        }
    }

    /// The chunk or hook ended well: its state is committed before the end counts.
    func hookReturned(_ values: [Value]) -> Bool {
        switch activity {
        case .loading:
            loaded()
        case .hook(let hook):
            do {
                if case .console = hook {
                    consoleReturned(values)
                    return false
                }
                if deliveredJob != nil { return try commitDelivery() }
                if case .takeOver = hook {
                    try commitTakeOver()
                    return false
                }
                if mustConvertState, case .onStart = hook, let lua {
                    mustConvertState = false
                    return enter(.onStart, lua)
                }
                try commitState(then: .returned(next: try nextStep(after: hook, values)))
            } catch {
                hookFailed(error)
            }
        case .idle, .released:
            break
        }
        return false
    }

    private func nextStep(after hook: DaemonMachine.Hook, _ values: [Value]) throws(Failure) -> MonotonicTime {
        let now = context.clock.monotonic()
        switch hook {
        case .onStop:
            return now
        case .thaw:
            stepDue = now
        case .onJob, .onEvent, .takeOver, .console:
            return stepDue
        case .onStart:
            stepDue = now + StepSchedule.spread(index: startIndex, of: startCount, declaration.every)
            if case .cron = declaration.every { stepDue = scheduled(now) }
        case .runStep:
            stepDue = try requested(values, now) ?? scheduled(now)
        }
        return stepDue
    }

    /// The delay that the step returned, checked; nil when it returned nothing.
    private func requested(_ values: [Value], _ now: MonotonicTime) throws(Failure) -> MonotonicTime? {
        guard let first = values.first, first != .null else { return nil }
        guard let seconds = first.doubleValue, seconds >= 0 else {
            throw Failure(
                .runtime,
                "run_step must return nothing, or the seconds until the next step (a number ≥ 0), not a \(first.typeName)"
            )
        }
        return now + .saturating(seconds: seconds)
    }

    private func scheduled(_ now: MonotonicTime) -> MonotonicTime {
        StepSchedule.next(
            declaration.every, due: stepDue, now: now, wall: context.clock.now(), offset: context.utcOffset)
            ?? .distantFuture
    }

    /// Commits the state if it changed, then delivers `event`; a commit that fails is a failed hook.
    func commitState(then event: DaemonMachine.Event) throws(Failure) {
        let write = try stateWrite()
        let owed = shared.withLock { $0.owedWrites }
        guard let write else {
            // Nothing that the script did hangs on it: it need not wait for the writer.
            if !owed.isEmpty { context.store.submit(owed) { _ in } }
            shared.withLock { $0.owedWrites = [] }
            return finish(event)
        }
        pendingDigest = write.digest
        commit([write.write] + owed, then: .deliver(event))
    }

    func commit(_ writes: [HostWrite], then next: AfterCommit) {
        afterCommit = next
        let serial = startWait(.hookCommit)
        context.store.submit(writes) { [self] in post(.committed(serial, $0)) }
    }

    /// The write that saves the state, when it differs from the committed one.
    func stateWrite() throws(Failure) -> (write: HostWrite, digest: StateDigest)? {
        guard let lua else { return nil }
        let state: Value
        let digest: StateDigest
        do {
            let wire = try lua.encodeField("state", limit: Self.stateLimit).get()
            digest = StateDigest(of: wire)
            let isOldVersion = savedVersion.map { $0 != declaration.stateVersion } ?? false
            guard digest != committedState || isOldVersion else { return nil }
            state = try Value(wire: wire)
        } catch {
            throw Failure(.runtime, "the state cannot be saved: \(error.description)")
        }
        guard state.isTable else {
            let what = state == .null ? "nil" : "a \(state.typeName)"
            throw Failure(.runtime, "the state cannot be saved: self.state must be a table, not \(what)")
        }
        return (.saveState(daemon: daemon.name, state: state, version: declaration.stateVersion), digest)
    }

    func stateCommitted(_ result: Result<Void, HostError>) -> Bool {
        switch (result, afterCommit) {
        case (.success, .deliver(let event)):
            stateIsCommitted()
            shared.withLock { $0.owedWrites = [] }
            finish(event)
        case (.success, .deliverNextEnd):
            stateIsCommitted()
            return delivered()
        case (.success, .takeOver):
            takenOver()
        case (.success, nil):
            break
        case (.failure(let error), _):
            hookFailed(Failure(.store, "the state could not be saved: \(error.description)"))
        }
        return false
    }

    /// The hook has ended and all it changed is durable.
    private func finish(_ event: DaemonMachine.Event) {
        guard case .hook(let hook) = activity else { return }
        activity = .idle
        afterCommit = nil
        answerConsole()
        let now = context.clock.now()
        let memory = Int64(lua?.memoryUsed ?? 0)
        let ended = context.clock.monotonic()
        let measured = endMeasure(at: ended)
        let next = now + (stepDue - ended)
        daemon.statistics.setMemory(memory, at: ended)
        if case .runStep = hook {
            daemon.statistics.add(.step(took: ended.nanoseconds - stepBegan.nanoseconds, lag: stepLag), at: ended)
        }
        daemon.deliver(event, from: self) { core in
            core.record.lastHeartbeat = now
            core.record.memoryBytes = memory
            core.isDirty = true
            if let measured { core.figures.stepSeconds += measured }
            guard case .runStep = hook else { return }
            core.record.steps += 1
            core.record.lastSuccess = now
            core.record.nextStepAt = next
        }
        lookForEvents()
    }

    /// The Lua state reports a failure: an error, a broken limit, or an unwinding on purpose.
    func hookUnwound(_ failure: LuaFailure) {
        noteStepEnd()
        if case .interrupted(.directive) = failure.kind, let directive {
            self.directive = nil
            return unwound(directive, failure)
        }
        if isConsole, case .interrupted(.stop) = failure.kind {
            return consoleFailed("interrupted: it took too long, or the daemon stops", next: .interrupted)
        }
        if case .interrupted(.stop) = failure.kind {
            mustRestoreState = true
            deliveredJob = nil
            activity = .idle
            return daemon.deliver(.interrupted, from: self)
        }
        hookFailed(Failure(failure, during: activity, declaration.policy))
    }

    private func unwound(_ directive: Directive, _ failure: LuaFailure) {
        switch directive {
        case .stop(let reason) where isCandidate:
            hookFailed(Failure(.declared, "it asked to end itself while it took over: \(reason)"))
        case .stop(let reason):
            if declaration.policy.stopJobs == .cancel { daemon.whenAtRestCancelJobs(reason: reason) }
            do {
                try commitState(then: .endedItself(reason: reason))
            } catch {
                hookFailed(error)
            }
        case .fail(let message):
            hookFailed(
                Failure(.declared, message, traceback: failure.traceback, file: failure.file, line: failure.line))
        case .retryAfter(let delay, let message):
            hookFailed(
                Failure(
                    .runtime, message, traceback: failure.traceback, file: failure.file, line: failure.line,
                    retryAfter: delay))
        }
    }

    func hookFailed(_ failure: Failure) {
        if isConsole {
            let traceback = failure.traceback.map { "\n\($0)" } ?? ""
            return consoleFailed(failure.message + traceback)
        }
        noteStepEnd()
        // What a generation that was put back has in memory is what is to be saved.
        if case .hook(.thaw) = activity { mustRestoreState = false } else { mustRestoreState = true }
        pendingDigest = nil
        afterCommit = nil
        deliveredJob = nil
        activity = .idle
        fail(failure)
    }
}

extension DaemonMachine.Hook {
    /// The name of the script's function.
    var name: String {
        switch self {
        case .onStart: "on_start"
        case .runStep: "run_step"
        case .onJob: "on_job"
        case .onEvent: "on_event"
        case .onStop: "on_stop"
        case .takeOver: "on_swap"
        case .thaw: "on_swap"
        case .console: "the console"
        }
    }

    var arguments: [Value] {
        if case .onStop(let reason) = self { [.string(reason)] } else { [] }
    }
}
