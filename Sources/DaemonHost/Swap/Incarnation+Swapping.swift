import LuaRuntime
import Model

/// Which text is loaded, and how a newer generation gets the daemon's state.
extension Incarnation {
    // MARK: - Choosing the text

    /// Decides what to load, and of which generation it is.
    ///
    /// A proposal says it. Else it is what is on disk, unless that was passed over: then it is the version that ran last.
    func chooseCode(_ record: DaemonRecord) throws(HostError) {
        generation = record.generation
        codeHash = record.codeHash
        if let proposal {
            suppliedCode = proposal.code
            passedOver = proposal.passedOver
            if let supplied = proposal.code {
                code = CodeBundle(script: supplied.script)
                if proposal.passesOverDisk { passedOver = context.code.identity(of: record.type, modules: []) }
            } else {
                let disk = try context.catalog.source(of: record.type)
                code = CodeBundle(script: disk.bytes)
                scriptHash = disk.hash
            }
        } else {
            code = CodeBundle(script: try diskScript(record))
        }
        isNewCode = isNewCode || proposal != nil
        guard isNewCode else { return }
        codeHash = hashOfScript()
        generation = max(try context.store.newestGeneration(of: record.name) ?? 0, generation) + 1
    }

    private func hashOfScript() -> String {
        let hash = scriptHash ?? SHA256.hex(code.script)
        scriptHash = hash
        return hash
    }

    private func diskScript(_ record: DaemonRecord) throws(HostError) -> [UInt8] {
        let disk = try context.catalog.source(of: record.type)
        if disk.hash == record.codeHash { return disk.bytes }
        let kept = try context.store.code(of: record.name, generation: record.generation)
        if let kept, onDisk(like: kept, record)?.hash == record.codeHash { return disk.bytes }
        if let kept, kept.identity.hash == record.codeHash, let passed = try passedOver(record) {
            passedOver = passed
            suppliedCode = kept
            context.journal.append(
                logEntry(
                    .warn,
                    "\(context.folder.shown(script: record.type)) was passed over, generation \(generation) is loaded in its place",
                    nil))
            return kept.script
        }
        isNewCode = true
        return disk.bytes
    }

    /// What is on disk now, as far as this text goes.
    private func onDisk(like code: CodeBundle, _ record: DaemonRecord) -> CodeIdentity? {
        context.code.identity(of: record.type, modules: code.modules.keys)
    }

    /// What is on disk, when that is what was passed over.
    private func passedOver(_ record: DaemonRecord) throws(HostError) -> CodeIdentity? {
        guard !record.passedOver.isEmpty else { return nil }
        let versions = try context.store.versions(of: record.name)
        var texts = [CodeBundle(script: [])]
        if let version = versions.first(where: { $0.codeHash == record.passedOver }),
            let text = try context.store.code(of: record.name, generation: version.generation)
        {
            texts.append(text)
        }
        return texts.compactMap { onDisk(like: $0, record) }.first { $0.hash == record.passedOver }
    }

    func bundledText(_ name: String) throws(HostError) -> [UInt8] {
        let text: [UInt8]
        if let supplied = suppliedCode?.modules[name] {
            text = supplied
        } else {
            text = try context.catalog.module(name)
        }
        if case .loading = activity {
            code.modules[name] = text
        } else {
            // It is not part of what was loaded, but a change of it is one of the logic.
            let hash = SHA256.hex(text)
            daemon.deliverNothing(from: self) { $0.lateModules[name] = hash }
        }
        return text
    }

    /// The text is complete: all that it requires while it loads has been read.
    func identifyCode() {
        identity = CodeIdentity(script: hashOfScript(), modules: code.modules.mapValues(SHA256.hex))
        if isNewCode { codeHash = identity.hash }
    }

    /// A text of this generation, as messages name it: what is on disk, unless that has changed since.
    func textOfVersion(_ file: String) -> [UInt8]? {
        let type = daemon.snapshot().type
        guard file != context.folder.shown(script: type) else {
            let disk = (try? context.catalog.source(of: type)).flatMap { $0.hash == identity.script ? $0.bytes : nil }
            return disk ?? keptCode()?.script
        }
        guard file.hasPrefix("scripts/lib/"), file.hasSuffix(".lua") else { return nil }
        let path = file.dropFirst("scripts/lib/".count).dropLast(".lua".count)
        let name = path.split(separator: "/").joined(separator: ".")
        guard let hash = identity.modules[name] else { return try? context.catalog.module(name) }
        let disk = (try? context.catalog.module(name)).flatMap { SHA256.hex($0) == hash ? $0 : nil }
        return disk ?? keptCode()?.modules[name]
    }

    private func keptCode() -> CodeBundle? {
        code.script.isEmpty ? (try? context.store.code(of: daemon.name, generation: generation)) ?? nil : code
    }

    // MARK: - Versions

    /// Has it written down, with the state after `on_start`, that this text is the daemon's logic now, if that is news.
    func oweVersion() {
        defer { code = CodeBundle(script: []) }
        guard isNewCode || !isInherited else { return }
        let writes =
            versionWrites(.running, reason: "the daemon started with it")
            + [.version(.runs(daemon: daemon.name, generation: generation, codeHash: codeHash, passedOver: ""))]
        shared.withLock { $0.owedWrites = writes }
    }

    /// It could not be loaded: written down once a text.
    func noteRefusal(_ failure: Failure) {
        guard !code.script.isEmpty else { return }
        daemon.deliverNothing(from: self) { core in
            core.identity = identity
            core.record.codeHash = codeHash
        }
        guard isNewCode else { return }
        context.store.submit(versionWrites(.refused, reason: failure.message)) { _ in }
    }

    /// Whether the version that ran last is this text; a daemon that failed last time may have tried others since.
    func isOfLastRun() throws(HostError) -> Bool {
        let record = daemon.snapshot()
        guard !isNewCode else { return false }
        guard record.error != nil else { return true }
        let last = try context.store.versions(of: record.name).first { $0.outcome == .running }
        return last.map { $0.codeHash == codeHash } ?? true
    }

    /// What is written down of this text when it was tried.
    func versionWrites(_ outcome: CodeVersion.Outcome, reason: String) -> [HostWrite] {
        let version = CodeVersion(
            generation: generation, codeHash: codeHash, at: context.clock.now(), outcome: outcome, reason: reason,
            size: code.size)
        return [.version(.tried(daemon: daemon.name, version, code))]
    }

    // MARK: - Taking the state

    /// The saved state was left by another text: `on_swap` is to bring it up to this one.
    func convertState(_ lua: LuaState) -> Bool {
        do {
            guard let saved = try context.store.state(of: daemon.name) else { return enter(.onStart, lua) }
            lua.setTimeout(declaration.policy.startTimeout)
            return goOn(lua.call("on_swap", [saved.state, .integer(Int64(saved.version))]))
        } catch {
            hookFailed(Failure(.store, "the saved state cannot be read: \(error.description)"))
            return false
        }
    }

    /// Gets the state, and lets the script make itself at home in it.
    func takeOver(due: MonotonicTime, _ lua: LuaState) -> Bool {
        stepDue = due
        steps = daemon.snapshot().steps
        do {
            let old = try oldState()
            var state = old.state
            state.addMissingFields(of: declaration.initialState)
            try lua.setField("state", state, readOnly: false)
            if declaration.hooks.contains("on_swap") {
                return goOn(lua.call("on_swap", [old.state, .integer(Int64(old.version))]))
            }
            guard declaration.hooks.contains("on_start") else { return hookReturned([]) }
            return goOn(lua.call("on_start"))
        } catch {
            hookFailed(Failure(.store, "the state cannot be given to it: \(error.description)"))
            return false
        }
    }

    private func oldState() throws(HostError) -> (state: Value, version: Int) {
        let saved = try context.store.state(of: daemon.name)
        savedVersion = saved?.version
        if let given = proposal?.state { return given }
        return saved ?? (predecessor?.state ?? .emptyTable, predecessor?.stateVersion ?? 1)
    }

    /// The script has the state: from here on the take-over cannot be called off.
    func commitTakeOver() throws(Failure) {
        adjustNextStep()
        // Whatever was saved is the other generation's: this one's own is written in any case.
        committedState = nil
        let state = try stateWrite()
        guard let shown = daemon.beginCommit(of: self) else { return }
        pendingDigest = state?.digest
        var writes: [HostWrite] = []
        if let predecessor, predecessor.stateVersion != declaration.stateVersion, let old = try? oldState() {
            writes.append(
                .version(
                    .leftState(
                        daemon: daemon.name, generation: predecessor.generation, state: old.state, version: old.version)
                ))
        }
        writes += state.map { [$0.write] } ?? []
        writes += versionWrites(.running, reason: proposal?.reason ?? "")
        if let predecessor, let fate = proposal?.fate, fate != .replaced {
            writes.append(
                .version(
                    .ended(
                        daemon: daemon.name, generation: predecessor.generation, fate,
                        reason: "generation \(generation) took over: \(proposal?.reason ?? "")")))
        }
        writes.append(
            .version(
                .runs(
                    daemon: daemon.name, generation: generation, codeHash: codeHash,
                    passedOver: passedOver?.hash ?? "")))
        writes += shown
        if let asked = proposal?.activity { writes.append(.activity(asked)) }
        commit(writes, then: .takeOver)
    }

    /// The next step stays due when it was, unless the new text steps more often.
    private func adjustNextStep() {
        guard let predecessor, predecessor.every != declaration.every else { return }
        let now = context.clock.monotonic()
        let own = StepSchedule.next(
            declaration.every, due: now, now: now, wall: context.clock.now(), offset: context.utcOffset)
        if case .cron = declaration.every {
            stepDue = own ?? .distantFuture
        } else {
            stepDue = min(stepDue, own ?? stepDue)
        }
    }

    func takenOver() {
        stateIsCommitted()
        code = CodeBundle(script: [])
        afterCommit = nil
        activity = .idle
        isCandidate = false
        daemon.tookOver(self)
    }
}

extension Value {
    /// Adds the fields that `other` has and this does not, at the top.
    mutating func addMissingFields(of other: Value) {
        guard case .object(var fields) = self, case .object(let others) = other else { return }
        let known = Set(fields.map(\.key))
        fields += others.filter { !known.contains($0.key) }
        self = .object(fields)
    }
}
