import Model
import Synchronization

/// The daemons that this host knows, by name.
package final class Registry: Sendable {
    private struct State {
        var daemons: [String: Daemon] = [:] {
            didSet { byName = nil }
        }
        /// All of them in order, as they were asked for last.
        var byName: [Daemon]?
    }

    private let state = Mutex(State())
    /// Those that the next round of housekeeping looks at.
    private let attended = Mutex<[ObjectIdentifier: Daemon]>([:])

    func add(_ daemon: Daemon) {
        state.withLock { $0.daemons[daemon.name] = daemon }
        attend(daemon)
    }

    /// Adds a daemon whose name is free; false when it is not.
    func addNew(_ daemon: Daemon) -> Bool {
        let isNew = state.withLock { state in
            guard state.daemons[daemon.name] == nil else { return false }
            state.daemons[daemon.name] = daemon
            return true
        }
        if isNew { attend(daemon) }
        return isNew
    }

    /// The next round of housekeeping looks at it. Any thread, also under the daemon's lock.
    func attend(_ daemon: Daemon) { attended.withLock { $0[ObjectIdentifier(daemon)] = daemon } }

    /// Those to look at now; each is forgotten until it is attended to again.
    func takeAttended() -> [Daemon] {
        attended.withLock { attended in
            defer { attended.removeAll(keepingCapacity: true) }
            return Array(attended.values)
        }
    }

    func remove(_ name: String) { state.withLock { $0.daemons[name] = nil } }

    func daemon(named name: String) -> Daemon? { state.withLock { $0.daemons[name] } }

    /// All of them, by name.
    func all() -> [Daemon] {
        state.withLock { state in
            let all = state.byName ?? state.daemons.values.sorted { $0.name < $1.name }
            state.byName = all
            return all
        }
    }

    /// What each is doing now, by name.
    package func records() -> [DaemonRecord] { all().map { $0.snapshot() } }

    package func record(named name: String) -> DaemonRecord? { daemon(named: name)?.snapshot() }
}
