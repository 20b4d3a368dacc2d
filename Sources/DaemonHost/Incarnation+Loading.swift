import LuaRuntime
import Model
import Platform

extension Incarnation {
    /// What the daemon needs to go on loading, or why it cannot.
    private enum Prepared {
        case ready
        case declined(String)
    }

    func load() -> Bool {
        activity = .loading
        let record = daemon.snapshot()
        do {
            try chooseCode(record)
            let lua = try makeState(memory: Policy().memory, timeout: startTimeout)
            daemon.deliverNothing(from: self) { core in
                core.record.codeHash = codeHash
                core.record.generation = generation
            }
            return goOn(lua.load(source: code.script, chunkName: "@\(context.folder.shown(script: record.type))"))
        } catch {
            fail(Failure(.load, error.description))
            return false
        }
    }

    /// It cannot go on.
    func fail(_ failure: Failure) {
        if !hasLoaded { identifyCode() }
        guard !isCandidate else { return daemon.candidateFailed(self, failure) }
        if !hasLoaded { noteRefusal(failure) }
        daemon.deliver(.failed(failure), from: self)
    }

    /// The chunk has returned: check what it declares, and give it its config and state.
    func loaded() {
        guard let lua else { return }
        do {
            if case .declined(let why) = try prepare(lua) {
                guard !isCandidate else { return daemon.candidateDeclined(self, reason: why) }
                daemon.deliver(.declined(reason: why), from: self)
                return
            }
        } catch {
            fail(error)
            return
        }
        activity = .idle
        identifyCode()
        hasLoaded = true
        guard !isCandidate else { return daemon.candidateLoaded(self) }
        oweVersion()
        let policy = declaration.policy
        var mustLookAgain = false
        daemon.deliver(.loaded, from: self) { core in
            core.record.isCritical = self.declaration.isCritical
            core.isDeclared = true
            core.swapMode = self.declaration.swap
            core.identity = self.identity
            core.passedOver = self.passedOver
            core.record.passedOver = self.passedOver?.hash ?? ""
            core.record.codeHash = self.codeHash
            core.machine.policy = policy
            mustLookAgain = core.mustLookAgain
            core.mustLookAgain = false
            core.record.startedAt = self.context.clock.now()
            if mustLookAgain { daemon.lookAtFilesLater() }
        }
    }

    private func prepare(_ lua: LuaState) throws(Failure) -> Prepared {
        let record = daemon.snapshot()
        declaration = try declare(lua, type: record.type)
        if !record.enabledByOperator, record.enabled != declaration.enabled {
            let enabled = declaration.enabled
            daemon.deliverNothing(from: self) { $0.record.enabled = enabled }
            context.store.submit([.registerDaemon(name: record.name, type: record.type, enabled: enabled)]) { _ in }
        }
        if !record.enabledByOperator, !declaration.enabled, !daemon.isAskedFor {
            return .declined("its script says enabled = false")
        }
        config = try checkedConfig()
        fileGrants = grants(type: record.type)
        programGrants = ProgramGrants(
            granted: declaration.allow.exec, limits: context.settings.allow.exec,
            script: context.folder.shown(script: record.type))
        webGrants = WebGrants(
            entries: declaration.allow.http, config: config, limits: context.settings.allow.http,
            script: context.folder.shown(script: record.type))
        try apply(lua)
        return .ready
    }

    private func declare(_ lua: LuaState, type: String) throws(Failure) -> DaemonDeclaration {
        let file = context.folder.shown(script: type)
        do {
            let (table, hooks) = try lua.declaration().get()
            return try DaemonDeclaration.parse(table: table, hooks: hooks, file: file).get()
        } catch {
            throw Failure(.load, error.description, file: file)
        }
    }

    private func checkedConfig() throws(Failure) -> [Value.Field] {
        let stored: [Value.Field]
        do {
            stored = try context.store.config(of: daemon.name)
        } catch {
            throw Failure(.store, "the config cannot be read: \(error.description)")
        }
        switch declaration.config.validate(set: stored) {
        case .success(let merged): return merged
        case .failure(let problems): throw Failure(.config, problems.hostError.message)
        }
    }

    private func grants(type: String) -> FileGrants {
        FileGrants(
            entries: declaration.allow.fs, config: config, limits: context.settings.allow.fs, base: context.folder.path,
            script: context.folder.shown(script: type))
    }

    private func apply(_ lua: LuaState) throws(Failure) {
        let policy = declaration.policy
        do {
            lua.setLimits(LuaLimits(memoryHard: policy.memory))
            sessionTimeout = policy.sessionTimeout
            shared.withLock { $0.gate = LogGate(rate: policy.logRate, burst: policy.logBurst) }
            try lua.setField("config", .object(config), readOnly: true)
        } catch {
            throw Failure(.limit, "the config does not fit the memory limit: \(error.description)")
        }
        guard !isCandidate else { return }
        do {
            isInherited = try isOfLastRun()
        } catch {
            throw Failure(.store, "the versions cannot be read: \(error.description)")
        }
        try restoreState()
        mustConvertState = !isInherited && savedVersion != nil && declaration.hooks.contains("on_swap")
    }

    /// Puts the last committed state into the script, or the declared one when none was saved.
    func restoreState() throws(Failure) {
        guard let lua else { return }
        do {
            let saved = try context.store.state(of: daemon.name)
            var state = saved?.state ?? declaration.initialState
            if !isInherited { state.addMissingFields(of: declaration.initialState) }
            try lua.setField("state", state, readOnly: false)
            savedVersion = saved?.version
            committedState = StateDigest(of: try lua.encodeField("state", limit: Self.stateLimit).get())
            mustRestoreState = false
        } catch {
            throw Failure(.store, "the saved state cannot be restored: \(error.description)")
        }
    }

    /// The most bytes that a daemon's state may take, encoded.
    static let stateLimit = 4 << 20
}
