import Model
import Synchronization

/// Where scripts' events pass from those who publish them to those who have subscribed; in memory alone.
package final class TopicExchange: Sendable {
    private let tree = Mutex(TopicTree<EventReceiver>())
    /// Events that daemons were never told of, because more came than their mailboxes hold.
    private let dropped = Mutex<[String: Int64]>([:])
    private let published = Atomic<Int64>(0)
    private let journal: Journal
    private let clock: any HostClock

    init(journal: Journal, clock: any HostClock) {
        self.journal = journal
        self.clock = clock
    }

    /// Puts the event into the mailbox of each subscriber, and returns before any is told. Any thread.
    func publish(_ event: ScriptEvent) throws(HostError) {
        let receivers = try subscribers(of: event.topic)
        var event = event
        event.number = published.add(1, ordering: .relaxed).newValue
        for receiver in receivers {
            let arrival = receiver.take(event)
            if arrival.lost > 0 { noteLoss(arrival, of: receiver.daemon) }
        }
    }

    /// Those who would be told of it now. Throws `invalidArgument` for what is no topic.
    func subscribers(of topic: String) throws(HostError) -> Set<EventReceiver> {
        try tree.withLock { (tree) throws(HostError) in try tree.subscribers(of: topic) }
    }

    /// Throws `limitExceeded` when it has as many subscriptions as it can. A pattern that it has already stays one.
    func subscribe(_ receiver: EventReceiver, to pattern: TopicPattern, hasFunction: Bool) throws(HostError) {
        try receiver.add(pattern, hasFunction: hasFunction)
        tree.withLock { $0.insert(receiver, for: pattern) }
    }

    /// Whether it had subscribed to just this pattern.
    func unsubscribe(_ receiver: EventReceiver, from pattern: TopicPattern) -> Bool {
        guard receiver.remove(pattern) else { return false }
        tree.withLock { $0.remove(receiver, for: pattern) }
        return true
    }

    /// Nothing comes for it any more, and what has come is forgotten.
    func end(_ receiver: EventReceiver) {
        let patterns = receiver.close()
        guard !patterns.isEmpty else { return }
        tree.withLock { tree in
            for pattern in patterns { tree.remove(receiver, for: pattern) }
        }
    }

    /// Another generation of the daemon is told in place of this one, also of what waits: nothing is lost, and nothing
    /// told twice.
    func passOn(from old: EventReceiver, to new: EventReceiver) {
        let lost = new.resume(with: old.pause())
        if lost > 0 { dropped.withLock { $0[new.daemon, default: 0] += Int64(lost) } }
    }

    /// How many events each daemon has lost since the host started.
    package func losses() -> [String: Int64] { dropped.withLock { $0 } }

    private func noteLoss(_ arrival: EventReceiver.Arrival, of daemon: String) {
        dropped.withLock { $0[daemon, default: 0] += Int64(arrival.lost) }
        guard arrival.isFirstLoss else { return }
        journal.append(
            LogEntry(
                at: clock.now(), daemon: daemon, level: .warn,
                message: "its mailbox is full: the oldest of the events that it is to be told of are dropped"))
    }
}
