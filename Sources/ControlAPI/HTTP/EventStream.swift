import Model
import Platform
import Synchronization

/// One client's stream of server-sent events: it holds its place in the hub, so that a client that reads slowly costs
/// nothing and is told of what it missed.
///
/// The server's thread reads; while there is nothing, the connection is suspended. News, the keep-alive and the end wake it.
final class EventStream: Sendable {
    /// What the library takes for the end of a body.
    static let end = -1
    private static let batch = 64

    private struct State {
        var cursor: Int64
        var pending: [UInt8]
        var sent = 0
        var isSuspended = false
        var isKeepAliveDue = false
        var isEnding = false
        var listener: Int?
        var keepAlive: Task<Void, Never>?
    }

    private let connection: Connection
    private let hub: EventHub
    private let selection: EventSelection
    private let whenClosed: @Sendable (EventStream) -> Void
    private let state: Mutex<State>

    init(
        _ selection: EventSelection, on connection: Connection, from hub: EventHub, keepAliveInterval: Duration,
        whenClosed: @escaping @Sendable (EventStream) -> Void
    ) {
        self.connection = connection
        self.hub = hub
        self.selection = selection
        self.whenClosed = whenClosed
        let cursor = selection.after ?? (selection.follows ? hub.newest : hub.oldest - 1)
        // The place is told at once: a client that loses the connection before the first event resumes without a gap.
        state = Mutex(State(cursor: cursor, pending: Array("retry: 1000\nid: \(cursor)\n\n".utf8)))
        guard selection.follows else { return }
        let listener = hub.listen { [weak self] in self?.wake() }
        let keepAlive = Task { [weak self] in
            while (try? await Task.sleep(for: keepAliveInterval)) != nil, let self { self.keepAlive() }
        }
        state.withLock { state in
            state.listener = listener
            state.keepAlive = keepAlive
        }
    }

    /// Fills `buffer` with what comes next; 0 when the connection was suspended, `end` for no more. On the server's thread.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let (count, cursor) = state.withLock { state -> (Int, Int64) in
            if state.sent == state.pending.count { refill(&state) }
            let rest = state.pending[state.sent...].prefix(buffer.count)
            if rest.isEmpty { return (pause(&state), state.cursor) }
            buffer.copyBytes(from: rest)
            state.sent += rest.count
            return (rest.count, state.cursor)
        }
        // What was published before the suspension found nobody to wake.
        if count == 0, hub.newest != cursor { wake() }
        return count
    }

    /// Suspends under the lock, so that whoever sees `isSuspended` resumes a connection that is.
    private func pause(_ state: inout State) -> Int {
        if state.isEnding || !selection.follows { return Self.end }
        connection.suspend()
        state.isSuspended = true
        return 0
    }

    private func refill(_ state: inout State) {
        state.pending.removeAll(keepingCapacity: true)
        state.sent = 0
        if state.isEnding { return }
        if state.isKeepAliveDue {
            state.isKeepAliveDue = false
            state.pending += ":\n\n".utf8
        }
        while state.pending.isEmpty {
            let batch = hub.read(after: state.cursor, limit: Self.batch)
            if batch.hasGap { state.pending += "event: missed\ndata: {\"after\":\(state.cursor)}\n\n".utf8 }
            for event in batch.events where selection.includes(event.event) {
                state.pending += Self.text(of: event).utf8
            }
            state.cursor = batch.last
            if batch.events.isEmpty { return }
        }
    }

    private static func text(of event: NumberedEvent) -> String {
        let data = (try? JSON.encode(event.event.value, style: .typed)) ?? "null"
        return "id: \(event.id)\nevent: \(event.event.kind.rawValue)\ndata: \(data)\n\n"
    }

    // MARK: - Waking, from any thread

    func wake() {
        let wasSuspended = state.withLock { state in
            defer { state.isSuspended = false }
            return state.isSuspended
        }
        if wasSuspended { connection.resume() }
    }

    /// Makes the library write something, which is how it notices that the client has gone.
    private func keepAlive() {
        state.withLock { $0.isKeepAliveDue = true }
        wake()
    }

    /// No further event; what was begun is still sent.
    func finish() {
        state.withLock { $0.isEnding = true }
        wake()
    }

    /// The connection is gone.
    func closed() {
        let (listener, keepAlive) = state.withLock { ($0.listener, $0.keepAlive) }
        keepAlive?.cancel()
        if let listener { hub.remove(listener: listener) }
        whenClosed(self)
    }
}
