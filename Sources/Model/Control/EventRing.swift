/// The newest events, numbered: each new one pushes out the oldest once the bound is reached.
package struct EventRing: Sendable {
    /// Events kept.
    package let capacity: Int
    private var events: [HostEvent] = []
    /// Where the oldest event stands in `events` once it is full.
    private var start = 0
    /// The number of the newest event, or the one before the first.
    package private(set) var newest: Int64

    /// `base` is the number before the first event's. Numbers of an earlier run must not be above it, so that a reader
    /// who saw those is told of the gap.
    package init(capacity: Int, base: Int64) {
        self.capacity = max(1, capacity)
        newest = base
    }

    /// The number of the oldest event that is kept; one more than `newest` when there is none.
    package var oldest: Int64 { newest - Int64(events.count) + 1 }

    package mutating func append(_ event: HostEvent) {
        newest += 1
        if events.count < capacity {
            events.append(event)
        } else {
            events[start] = event
            start = (start + 1) % capacity
        }
    }

    /// Up to `limit` events after number `id`. An `id` whose successor is no longer kept, or that was never given out,
    /// continues with the oldest that is kept and tells the gap.
    package func read(after id: Int64, limit: Int) -> EventBatch {
        let isKnown = id <= newest && id >= oldest - 1
        let first = isKnown ? id + 1 : oldest
        let count = min(Int(newest - first + 1), max(0, limit))
        let found = (0..<count).map { offset in
            let number = first + Int64(offset)
            return NumberedEvent(id: number, event: events[(start + Int(number - oldest)) % capacity])
        }
        return EventBatch(events: found, last: first + Int64(count) - 1, hasGap: !isKnown)
    }
}

/// An event with its number.
package struct NumberedEvent: Sendable {
    package var id: Int64
    package var event: HostEvent

    package init(id: Int64, event: HostEvent) {
        self.id = id
        self.event = event
    }
}

/// What a reader gets in one go.
package struct EventBatch: Sendable {
    package var events: [NumberedEvent]
    /// Where to read on: the number of the last event here, or the one before the next.
    package var last: Int64
    /// Events between the reader's place and the first one here are lost to it.
    package var hasGap: Bool

    package init(events: [NumberedEvent], last: Int64, hasGap: Bool) {
        self.events = events
        self.last = last
        self.hasGap = hasGap
    }
}
