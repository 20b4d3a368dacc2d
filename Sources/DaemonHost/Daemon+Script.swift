import Model

extension Daemon {
    var wasAbandoned: Bool { core.withLock { $0.isAbandoned } }

    /// Whether it is to run: enabled, and its script is there. Another instance's missing script is a failure to show.
    func shouldStart(types: Set<String>) -> Bool {
        let record = snapshot()
        return record.enabled && (types.contains(record.type) || record.type != record.name)
    }

    /// The operator asked to read everything again.
    func reload(types: Set<String>, reason: String) {
        let record = snapshot()
        guard types.contains(record.type) else { return scriptGone(record) }
        if isLive, sourceHash(of: record.type) != record.codeHash {
            deliver(.restart(reason: "scripts/\(record.type).lua changed"))
        } else if record.status == .stopped, record.reason.hasPrefix(Self.goneReason), record.enabled {
            start(reason: "its script is back")
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
                deliver(.changed(reason: "scripts/\(record.type).lua changed"))
            } else if librariesChanged {
                deliver(.changed(reason: "a module of scripts/lib changed"))
            }
        case .stopped:
            if record.reason.hasPrefix(Self.goneReason), record.enabled { start(reason: "its script is back") }
        case .starting, .running, .stopping:
            break
        }
    }

    private static let goneReason = "its script "

    private var isLive: Bool { core.withLock { $0.machine.status.isLive } }

    private func scriptGone(_ record: DaemonRecord) {
        if record.status.isLive { deliver(.stop(reason: "\(Self.goneReason)scripts/\(record.type).lua is gone")) }
    }

    private func sourceHash(of type: String) -> String? {
        (try? context.catalog.source(of: type))?.hash
    }
}
