import Model
import Synchronization

/// The daemons that this host knows, by name.
package final class Registry: Sendable {
    private struct Known {
        var daemons: [String: Daemon] = [:]
        /// All of them by name, until one comes or goes.
        var sorted: [Daemon]?

        subscript(name: String) -> Daemon? {
            get { daemons[name] }
            set {
                daemons[name] = newValue
                sorted = nil
            }
        }
    }

    private let daemons = Mutex(Known())
    /// Those that the next round of housekeeping looks at.
    private let attended = Mutex<[ObjectIdentifier: Daemon]>([:])

    func add(_ daemon: Daemon) {
        daemons.withLock { $0[daemon.name] = daemon }
        attend(daemon)
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

    /// Adds a daemon whose name is free; false when it is not.
    func addNew(_ daemon: Daemon) -> Bool {
        daemons.withLock { daemons in
            guard daemons[daemon.name] == nil else { return false }
            daemons[daemon.name] = daemon
            return true
        }
    }

    func remove(_ name: String) { daemons.withLock { $0[name] = nil } }

    func daemon(named name: String) -> Daemon? { daemons.withLock { $0[name] } }

    /// All of them, by name.
    func all() -> [Daemon] {
        daemons.withLock { known in
            if let sorted = known.sorted { return sorted }
            let sorted = known.daemons.values.sorted { $0.name < $1.name }
            known.sorted = sorted
            return sorted
        }
    }

    /// What each is doing now, by name.
    package func records() -> [DaemonRecord] { all().map { $0.snapshot() } }

    package func record(named name: String) -> DaemonRecord? { daemon(named: name)?.snapshot() }
}
