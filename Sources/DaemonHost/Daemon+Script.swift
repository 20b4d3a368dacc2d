import Model

extension Daemon {
    var wasAbandoned: Bool { core.withLock { $0.isAbandoned } }

    /// Whether it is to run: enabled, and its script is there. Another instance's missing script is a failure to show.
    func shouldStart(types: Set<String>) -> Bool {
        let record = snapshot()
        guard types.contains(record.type) || record.type != record.name else { return false }
        return record.enabled || wasDisabledByOldScript(record)
    }

    /// Whether the script disabled it when it was loaded last, and has changed since: it may say otherwise now.
    private func wasDisabledByOldScript(_ record: DaemonRecord) -> Bool {
        guard !record.enabled, !record.enabledByOperator, !record.codeHash.isEmpty else { return false }
        return hasChanged(record)
    }

    /// How its files differ from what it runs.
    enum FileChange {
        /// Its own script is another.
        case script
        /// A module that it requires is another.
        case modules([String])

        var reason: String {
            switch self {
            case .script: "its script changed"
            case .modules(let names): names.map { "scripts/lib/\($0).lua" }.joined(separator: ", ") + " changed"
            }
        }
    }

    /// How what it runs differs from what is on disk; nil when that is the same, was passed over, or is about to take over.
    /// Notes that it must look again when it is still loading. Blocks for reads.
    func fileChange() -> FileChange? {
        let (type, identity, late, notAgain) = core.withLock { core in
            if core.machine.status.isGoingOn, core.identity == nil { core.mustLookAgain = true }
            let candidate = core.candidate == nil ? nil : core.candidateIdentity
            return (
                core.record.type, core.identity, core.lateModules, [core.passedOver, candidate].compactMap { $0 }
            )
        }
        guard let identity, let disk = context.code.identity(of: type, modules: identity.modules.keys) else {
            return nil
        }
        var changed = identity.modules.filter { disk.modules[$0.key] != $0.value }.map(\.key)
        let lateOnDisk = context.code.identity(of: type, modules: late.keys)?.modules ?? [:]
        changed += late.filter { lateOnDisk[$0.key] != $0.value }.map(\.key)
        guard disk.script != identity.script || !changed.isEmpty else { return nil }
        for known in notAgain where context.code.identity(of: type, modules: known.modules.keys) == known {
            return nil
        }
        return disk.script == identity.script ? .modules(changed.sorted()) : .script
    }

    /// Whether a changed file takes over by itself.
    var swapsByItself: Bool { core.withLock { $0.swapMode == .automatic } }

    /// Takes what is on disk now, if that is another text and it may.
    func takeChange(_ change: FileChange, plan: SwapPlan? = nil, asked: Bool) {
        guard asked || swapsByItself else {
            plan?.left(nil)
            return context.journal.host(
                .info, "\(change.reason); \(name) says swap = \"manual\": `lunad swap \(name)` lets it take over",
                ["daemon": .string(name)])
        }
        propose(SwapProposal(reason: change.reason, plan: plan))
    }

    /// Looks at its files again, on a thread that may block.
    func lookAtFilesLater() {
        do throws(HostError) {
            try context.blocking.run { [self] in
                if let change = fileChange() { takeChange(change, asked: false) }
            }
        } catch {
            context.journal.host(.error, "the files of \(name) cannot be looked at: \(error)")
        }
    }

    /// The operator asked to read everything again.
    func reload(types: Set<String>, reason: String) {
        let record = snapshot()
        guard types.contains(record.type) else { return scriptGone(record) }
        guard !record.status.isGoingOn else { return }
        if record.status == .stopped { startAgain(record) } else { deliver(.changed(reason: reason)) }
    }

    /// Files changed on disk, perhaps its own: one that could not be loaded is tried again when they differ.
    func fileChanged(types: Set<String>, librariesChanged: Bool) {
        let record = snapshot()
        guard types.contains(record.type) else { return scriptGone(record) }
        switch record.status {
        case .failed, .backingOff:
            guard core.withLock({ $0.incarnation == nil }) else { return }
            if hasChanged(record) {
                deliver(.changed(reason: "\(context.folder.shown(script: record.type)) changed"))
            } else if librariesChanged {
                deliver(.changed(reason: "a module of scripts/lib changed"))
            }
        case .stopped:
            startAgain(record)
        case .starting, .running, .stopping:
            break
        }
    }

    /// Starts one that its script had stopped: by being gone, or by saying `enabled = false`.
    private func startAgain(_ record: DaemonRecord) {
        if record.enabled {
            if record.reason == Self.goneReason(record.type) { start(reason: "its script is back") }
        } else if wasDisabledByOldScript(record) {
            start(reason: "\(context.folder.shown(script: record.type)) changed")
        }
    }

    /// Why a daemon is stopped whose script is not there.
    static func goneReason(_ type: String) -> String { "its script scripts/\(type).lua is gone" }

    private func scriptGone(_ record: DaemonRecord) {
        if record.status.isLive { deliver(.stop(reason: Self.goneReason(record.type))) }
    }

    /// Whether the script on disk is another than the one that was loaded last.
    private func hasChanged(_ record: DaemonRecord) -> Bool {
        let modules = core.withLock { $0.identity?.modules.keys.map { $0 } } ?? []
        return context.code.identity(of: record.type, modules: modules)?.hash != record.codeHash
    }
}
