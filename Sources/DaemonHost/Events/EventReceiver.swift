import Model
import Synchronization

/// What one life of a daemon listens to, and what has come for it.
final class EventReceiver: Sendable {
    /// Patterns that one daemon may have.
    static let mostSubscriptions = 200

    /// Whom an event is for, within the daemon.
    enum Handler: Sendable {
        /// The function that was given with this pattern.
        case function(pattern: String)
        /// `on_event`.
        case hook
    }

    struct Arrival {
        /// How many older events had to go.
        var lost = 0
        /// None had gone since the mailbox was empty.
        var isFirstLoss = false
    }

    private struct Subscription {
        var pattern: TopicPattern
        var hasFunction: Bool
    }

    private struct State {
        var subscriptions: [Subscription] = []
        var mailbox = EventMailbox()
        var isLosing = false
        /// What comes now is for the generation that took over.
        var isPaused = false
        var isClosed = false
    }

    let daemon: String
    private let state = Mutex(State())
    /// Told that an event has come where none was. Any thread.
    private let arrived: @Sendable () -> Void

    init(daemon: String, arrived: @escaping @Sendable () -> Void) {
        self.daemon = daemon
        self.arrived = arrived
    }

    func add(_ pattern: TopicPattern, hasFunction: Bool) throws(HostError) {
        try state.withLock { state throws(HostError) in
            if let index = state.subscriptions.firstIndex(where: { $0.pattern == pattern }) {
                state.subscriptions[index].hasFunction = hasFunction
                return
            }
            guard state.subscriptions.count < Self.mostSubscriptions else {
                throw HostError(
                    .limitExceeded,
                    "a daemon has at most \(Self.mostSubscriptions) subscriptions; use patterns such as 'a.*'")
            }
            state.subscriptions.append(Subscription(pattern: pattern, hasFunction: hasFunction))
        }
    }

    func remove(_ pattern: TopicPattern) -> Bool {
        state.withLock { state in
            guard let index = state.subscriptions.firstIndex(where: { $0.pattern == pattern }) else { return false }
            state.subscriptions.remove(at: index)
            return true
        }
    }

    /// The patterns that it had.
    func close() -> [TopicPattern] {
        state.withLock { state in
            defer { state = State(isClosed: true) }
            return state.subscriptions.map(\.pattern)
        }
    }

    /// Another generation is told of what comes from now on: what waits is handed out. The subscriptions stay.
    func pause() -> EventMailbox {
        state.withLock { state in
            defer {
                state.isPaused = true
                state.mailbox = EventMailbox()
                state.isLosing = false
            }
            return state.mailbox
        }
    }

    /// It is told from now on, also of what waited for another generation. How many events had to go.
    func resume(with waiting: EventMailbox) -> Int {
        state.withLock { state in
            state.isPaused = false
            let lost = state.mailbox.merge(waiting)
            state.isLosing = state.mailbox.hasDropped
            return lost
        }
    }

    func take(_ event: ScriptEvent) -> Arrival {
        let (arrival, isNews) = state.withLock { state -> (Arrival, Bool) in
            guard !state.isClosed, !state.isPaused else { return (Arrival(), false) }
            let wasEmpty = state.mailbox.isEmpty
            let lost = state.mailbox.append(event)
            defer { state.isLosing = state.isLosing || lost > 0 }
            return (Arrival(lost: lost, isFirstLoss: lost > 0 && !state.isLosing), wasEmpty)
        }
        if isNews { arrived() }
        return arrival
    }

    var hasMail: Bool { state.withLock { !$0.mailbox.isEmpty } }

    /// The oldest event and whom it is for; nobody when it was unsubscribed from in the meantime.
    func next() -> (event: ScriptEvent, handlers: [Handler])? {
        state.withLock { state in
            guard let event = state.mailbox.takeFirst() else { return nil }
            let matching = state.subscriptions.filter { $0.pattern.matches(event.topic) }
            var handlers = matching.filter(\.hasFunction).map { Handler.function(pattern: $0.pattern.text) }
            if matching.contains(where: { !$0.hasFunction }) { handlers.append(.hook) }
            return (event, handlers)
        }
    }

    /// How many events were lost since it was asked last, once the mailbox is empty again; until then, and when none
    /// were, 0.
    func takeLosses() -> Int {
        state.withLock { state in
            guard state.isLosing, state.mailbox.isEmpty else { return 0 }
            state.isLosing = false
            return state.mailbox.takeDropped()
        }
    }
}

extension EventReceiver: Hashable {
    static func == (one: EventReceiver, other: EventReceiver) -> Bool { one === other }

    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
