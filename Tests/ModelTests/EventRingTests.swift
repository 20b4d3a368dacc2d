import Testing

@testable import Model

@Suite struct EventRingTests {
    private func ring(capacity: Int, events: Int, base: Int64 = 100) -> EventRing {
        var ring = EventRing(capacity: capacity, base: base)
        for number in 0..<events { ring.append(.removed(daemon: "\(number)")) }
        return ring
    }

    private func names(_ batch: EventBatch) -> [String] { batch.events.compactMap(\.event.daemonName) }

    @Test("events are numbered from the base on, and the oldest go first")
    func numbers() {
        let few = ring(capacity: 3, events: 2)
        #expect(few.oldest == 101)
        #expect(few.newest == 102)
        let many = ring(capacity: 3, events: 7)
        #expect(many.oldest == 105)
        #expect(many.newest == 107)
        #expect(names(many.read(after: 104, limit: 10)) == ["4", "5", "6"])
        #expect(many.read(after: 104, limit: 10).events.map(\.id) == [105, 106, 107])
    }

    @Test(
        "reading from any place gives what follows it, and tells a gap exactly when there is one", arguments: 0...12)
    func reading(events: Int) {
        let ring = ring(capacity: 5, events: events)
        for place in Int64(95)...115 {
            let batch = ring.read(after: place, limit: 100)
            let isKnown = place >= max(100, 100 + Int64(events) - 5) && place <= 100 + Int64(events)
            #expect(batch.hasGap == !isKnown)
            let first = isKnown ? place + 1 : ring.oldest
            #expect(batch.events.map(\.id) == (first..<(101 + Int64(events))).map { $0 })
            #expect(batch.last == 100 + Int64(events))
        }
    }

    @Test("small steps give every event once")
    func steps() {
        let ring = ring(capacity: 8, events: 21)
        var place = ring.oldest - 1
        var seen: [String] = []
        while true {
            let batch = ring.read(after: place, limit: 3)
            #expect(batch.events.count <= 3)
            if batch.events.isEmpty { break }
            seen += names(batch)
            place = batch.last
        }
        #expect(seen == (13..<21).map { "\($0)" })
    }
}
