import Model
import Synchronization

/// The daemons that this host knows, by name.
package final class Registry: Sendable {
    private let daemons = Mutex<[String: Daemon]>([:])

    func add(_ daemon: Daemon) { daemons.withLock { $0[daemon.name] = daemon } }

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
    func all() -> [Daemon] { daemons.withLock { Array($0.values) }.sorted { $0.name < $1.name } }

    /// What each is doing now, by name.
    package func records() -> [DaemonRecord] { all().map { $0.snapshot() } }

    package func record(named name: String) -> DaemonRecord? { daemon(named: name)?.snapshot() }
}
