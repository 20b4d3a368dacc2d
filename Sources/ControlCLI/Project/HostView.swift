import Model
import Platform
import SQLiteStore

/// A project as its database shows it, set right by whether a host is running: no status that needs a living host is
/// shown without one.
struct HostView {
    let store: SQLiteStore
    let isHostRunning: Bool

    /// Opens the project's database for reading. `unavailable` when no host has run here yet.
    init(_ folder: ProjectFolder, clock: any HostClock) throws(HostError) {
        guard try Files.facts(of: folder.database) != nil else {
            throw HostError(
                .unavailable,
                "no host is running here, and none has run yet (there is no \(folder.database)): try 'lunad run'")
        }
        store = try SQLiteStore.openReadOnly(path: folder.database, clock: clock)
        // One that has the lock but has not yet set right what an earlier one left does not count.
        let holder = try ProjectLock.holder(of: folder.lock)
        let latest = try store.latestBootID()
        isHostRunning = holder?.bootID.map { $0 == latest } ?? false
    }

    func daemons() throws(HostError) -> [DaemonRecord] {
        try store.daemons().map(shown).sorted { $0.name < $1.name }
    }

    /// The daemon of that name; `notFound` suggests a near one.
    func daemon(named name: String) throws(HostError) -> DaemonRecord {
        if let record = try store.daemon(named: name) { return shown(record) }
        throw .noDaemon(name, among: try store.daemons().map(\.name))
    }

    private func shown(_ record: DaemonRecord) -> DaemonRecord {
        isHostRunning ? record : record.withoutHost
    }
}

extension DaemonRecord {
    /// The record as it is when no host is running: nothing lives, nothing is due.
    var withoutHost: DaemonRecord {
        var record = self
        if status.isLive {
            record.status = .stopped
            // It ended with its host; when that was, nobody wrote down.
            record.statusSince = nil
            record.reason = "no host is running (was \(status.rawValue) when it ended)"
        }
        record.nextStepAt = nil
        record.activity = nil
        record.progress = nil
        record.memoryBytes = 0
        record.runningJobs = 0
        return record
    }
}
