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
        return sourceHash(of: record.type) != record.codeHash
    }

    /// The operator asked to read everything again.
    func reload(types: Set<String>, reason: String) {
        let record = snapshot()
        guard types.contains(record.type) else { return scriptGone(record) }
        if isLive, sourceHash(of: record.type) != record.codeHash {
            deliver(.restart(reason: "\(context.folder.shown(script: record.type)) changed"))
        } else if record.status == .stopped {
            startAgain(record)
        } else {
            deliver(.changed(reason: reason))
        }
    }

    /// Files changed on disk, perhaps its own: one that could not be loaded is tried again when they differ.
    func fileChanged(types: Set<String>, librariesChanged: Bool) {
        let record = snapshot()
        guard types.contains(record.type) else { return scriptGone(record) }
        switch record.status {
        case .failed, .backingOff:
            if sourceHash(of: record.type) != record.codeHash {
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

    private var isLive: Bool { core.withLock { $0.machine.status.isLive } }

    private func scriptGone(_ record: DaemonRecord) {
        if record.status.isLive { deliver(.stop(reason: Self.goneReason(record.type))) }
    }

    private func sourceHash(of type: String) -> String? {
        (try? context.catalog.source(of: type))?.hash
    }
}
