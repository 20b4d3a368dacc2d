/// The events that a daemon is still to be told of, oldest first: bounded by number and by size. When it is full the
/// oldest go.
package struct EventMailbox: Sendable {
    /// How many events it holds.
    package static let mostEvents = 1_000
    /// How many bytes of events it holds.
    package static let mostBytes = 4 << 20

    private var events: [ScriptEvent] = []
    /// Where the oldest stands in `events`.
    private var first = 0
    private var bytes = 0
    /// How many were dropped since it was asked last.
    private var dropped = 0

    package init() {}

    package var count: Int { events.count - first }
    package var isEmpty: Bool { count == 0 }
    /// Some were dropped since it was asked how many.
    package var hasDropped: Bool { dropped > 0 }

    /// How many older events had to go for it.
    @discardableResult
    package mutating func append(_ event: ScriptEvent) -> Int {
        events.append(event)
        bytes += event.size
        var lost = 0
        while count > Self.mostEvents || bytes > Self.mostBytes && count > 1 {
            _ = takeFirst()
            lost += 1
        }
        dropped += lost
        return lost
    }

    package mutating func takeFirst() -> ScriptEvent? {
        guard first < events.count else { return nil }
        let event = events[first]
        bytes -= event.size
        first += 1
        // Moved down now and then, so that taking one costs little on average.
        if first >= 64, first * 2 >= events.count {
            events.removeFirst(first)
            first = 0
        }
        return event
    }

    /// Adds what waited in another mailbox of the same daemon, in the order in which all was published; what stands in
    /// both is kept once. How many had to go.
    package mutating func merge(_ other: EventMailbox) -> Int {
        var merged = EventMailbox()
        merged.dropped = dropped + other.dropped
        let all = (events[first...] + other.events[other.first...]).sorted { $0.number < $1.number }
        var lost = 0
        for (index, event) in all.enumerated() where index == 0 || event.number != all[index - 1].number {
            lost += merged.append(event)
        }
        self = merged
        return lost
    }

    package mutating func takeDropped() -> Int {
        defer { dropped = 0 }
        return dropped
    }
}
