import Model
import Synchronization

/// Where the engine tells what happens, and where those who watch read it at their own pace.
///
/// The newest `capacity` events are kept, shared by all readers; a reader holds nothing but its place, so that a slow one
/// costs nothing and is told of what it missed. Publishing never waits for a reader.
package final class EventHub: Sendable {
    package static let capacity = 4_096

    private struct State {
        var ring: EventRing
        var listeners: [Int: @Sendable () -> Void] = [:]
        var lastListener = 0
    }

    private let state: Mutex<State>

    /// Event numbers begin above those of any run before `startedAt`, as long as none had more than a million events a
    /// second.
    package init(startedAt: WallTime, capacity: Int = EventHub.capacity) {
        state = Mutex(State(ring: EventRing(capacity: capacity, base: startedAt.milliseconds * 1_000)))
    }

    /// Keeps the events and calls the listeners on this thread.
    package func publish(_ events: [HostEvent]) {
        guard !events.isEmpty else { return }
        state.withLock { state in
            for event in events { state.ring.append(event) }
        }
        announce()
    }

    /// Keeps the event without telling anybody yet: for those who hold a lock. `announce` must follow.
    package func append(_ event: HostEvent) { state.withLock { $0.ring.append(event) } }

    /// Calls the listeners on this thread.
    package func announce() {
        let listeners = state.withLock { Array($0.listeners.values) }
        for wake in listeners { wake() }
    }

    package var newest: Int64 { state.withLock { $0.ring.newest } }
    package var oldest: Int64 { state.withLock { $0.ring.oldest } }

    /// Up to `limit` events after number `id`.
    package func read(after id: Int64, limit: Int) -> EventBatch {
        state.withLock { $0.ring.read(after: id, limit: limit) }
    }

    /// Calls `wake` after each publication from now on until `remove`; it must not block. The number names the listener.
    package func listen(_ wake: @escaping @Sendable () -> Void) -> Int {
        state.withLock { state in
            state.lastListener += 1
            state.listeners[state.lastListener] = wake
            return state.lastListener
        }
    }

    package func remove(listener: Int) { state.withLock { $0.listeners[listener] = nil } }
}
