import Glibc
import Model
import Platform
import Synchronization

/// Cuts off connections that take too long to send a request: the library ends silent ones, but a byte now and then would
/// hold a place for ever.
///
/// While no connection waits for a request, nothing runs.
final class ArrivalWatch: Sendable {
    private struct Waiting {
        let socket: Int32
        /// Nil while a request of it is worked on or answered.
        var deadline: MonotonicTime?
    }

    private struct State {
        var connections: [Connection.ID: Waiting] = [:]
        var watch: Task<Void, Never>?
    }

    private let patience: Duration
    private let clock = SystemClock()
    private let state = Mutex(State())

    /// A request has to have come in full `patience` after its connection was opened or the one before was answered.
    init(patience: Duration) { self.patience = patience }

    func opened(_ connection: Connection) {
        guard let socket = connection.socket else { return }
        state.withLock { state in
            state.connections[connection.id] = Waiting(socket: socket, deadline: clock.monotonic() + patience)
            startIfNeeded(&state)
        }
    }

    /// The request is there.
    func arrived(_ connection: Connection) { state.withLock { $0.connections[connection.id]?.deadline = nil } }

    /// The request is over; the next may come.
    func waits(_ connection: Connection) {
        state.withLock { state in
            state.connections[connection.id]?.deadline = clock.monotonic() + patience
            startIfNeeded(&state)
        }
    }

    /// Called before the library closes the socket: no number of a closed one is ever used.
    func closed(_ connection: Connection) { state.withLock { _ = $0.connections.removeValue(forKey: connection.id) } }

    private func startIfNeeded(_ state: inout State) {
        guard state.watch == nil else { return }
        state.watch = Task { [weak self] in
            while let pause = self?.cutOff(), (try? await Task.sleep(for: pause)) != nil {}
        }
    }

    /// Cuts off whose time is over; how long until the next one's is, nil when none waits.
    private func cutOff() -> Duration? {
        let now = clock.monotonic()
        return state.withLock { state in
            var next: MonotonicTime?
            for (id, waiting) in state.connections {
                guard let deadline = waiting.deadline else { continue }
                if deadline <= now {
                    shutdown(waiting.socket, Int32(SHUT_RDWR))
                    state.connections[id]?.deadline = nil
                } else {
                    next = min(next ?? deadline, deadline)
                }
            }
            if next == nil { state.watch = nil }
            return next.map { $0 - now }
        }
    }
}
