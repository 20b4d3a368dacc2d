import Model
import Testing

@Suite("Topics of events")
struct TopicTests {
    private static let cases: [(pattern: String, topic: String, matches: Bool)] = [
        ("a", "a", true), ("a", "b", false), ("a.b", "a.b", true), ("a", "a.b", false), ("a.b", "a", false),
        ("*", "a", true), ("*", "a.b", false), ("a.*", "a.b", true), ("a.*", "a", false), ("a.*", "a.b.c", false),
        ("*.b", "a.b", true), ("a.*.c", "a.b.c", true), ("a.*.c", "a.b.d", false), ("**", "a", true),
        ("**", "a.b.c", true), ("a.**", "a.b.c", true), ("a.**", "a", false), ("a.**", "b.c", false),
        ("*.*", "a.b", true), ("*.**", "a", false), ("*.**", "a.b", true),
    ]

    @Test("a pattern is about the topics that fit it", arguments: cases)
    func matching(pattern: String, topic: String, matches: Bool) throws {
        #expect(try TopicPattern(pattern).matches(topic) == matches)
    }

    @Test("the tree finds just those whose pattern is about the topic, each once")
    func tree() throws {
        var tree = TopicTree<String>()
        for (pattern, _, _) in Self.cases { tree.insert(pattern, for: try TopicPattern(pattern)) }
        for topic in Set(Self.cases.map(\.topic)) {
            let expected = Set(try Self.cases.map(\.pattern).filter { try TopicPattern($0).matches(topic) })
            #expect(try tree.subscribers(of: topic) == expected, "\(topic)")
        }
        tree.remove("a.*", for: try TopicPattern("a.*"))
        tree.remove("never there", for: try TopicPattern("a.b"))
        tree.remove("x", for: try TopicPattern("x.y.z"))
        #expect(try !tree.subscribers(of: "a.b").contains("a.*"))
        #expect(try tree.subscribers(of: "a.b").contains("a.b"))
    }

    @Test(
        "what is no topic or pattern is refused with what would be right",
        arguments: ["", ".", "a.", ".a", "a..b", "a b", "a/b", "ä", "a.**.b", "a*", String(repeating: "x", count: 201)])
    func refused(text: String) {
        #expect(throws: HostError.self) { try TopicPattern(text) }
        #expect(throws: HostError.self) { try TopicTree<Int>().subscribers(of: text) }
    }

    @Test("a topic has no wild words", arguments: ["*", "a.*", "**"])
    func wild(text: String) {
        #expect(throws: HostError.self) { try TopicTree<Int>().subscribers(of: text) }
    }

    @Test("a mailbox is bounded by number: the oldest go, and are counted")
    func number() {
        var mailbox = EventMailbox()
        for number in 0..<(EventMailbox.mostEvents + 3) { mailbox.append(Self.event(number)) }
        #expect(mailbox.count == EventMailbox.mostEvents)
        #expect(mailbox.takeDropped() == 3)
        #expect(mailbox.takeDropped() == 0)
        let taken = (0..<EventMailbox.mostEvents).compactMap { _ in mailbox.takeFirst()?.payload.integerValue }
        #expect(taken == (3..<Int64(EventMailbox.mostEvents + 3)).map { $0 })
        #expect(mailbox.isEmpty && mailbox.takeFirst() == nil)
    }

    @Test("a mailbox is bounded by size, but one event always fits")
    func size() {
        var mailbox = EventMailbox()
        for number in 0..<5 { mailbox.append(Self.event(number, size: EventMailbox.mostBytes / 4)) }
        #expect(mailbox.count == 3)
        mailbox.append(Self.event(9, size: EventMailbox.mostBytes * 2))
        #expect(mailbox.count == 1)
        #expect(mailbox.takeFirst()?.payload == 9)
        mailbox.append(Self.event(10))
        #expect(mailbox.takeDropped() == 5)
    }

    @Test(
        "two mailboxes of one daemon become one: in the order of publishing, what stands in both once, the oldest lost")
    func merge() {
        func numbered(_ number: Int64) -> ScriptEvent {
            var event = Self.event(Int(number))
            event.number = number
            return event
        }
        var new = EventMailbox()
        for number in Int64(3)...4 { new.append(numbered(number)) }
        var old = EventMailbox()
        for number in Int64(1)...3 { old.append(numbered(number)) }
        _ = old.takeFirst()
        #expect(new.merge(old) == 0)
        #expect((0..<3).map { _ in new.takeFirst()?.number } == [2, 3, 4])
        #expect(new.isEmpty && !new.hasDropped)

        for number in Int64(0)..<600 { old.append(numbered(10 + number * 2)) }
        for number in Int64(0)..<600 { new.append(numbered(11 + number * 2)) }
        #expect(new.merge(old) == 202)
        #expect(new.count == EventMailbox.mostEvents && new.takeDropped() == 202)
        #expect(new.takeFirst()?.number == 210)
    }

    private static func event(_ number: Int, size: Int = 10) -> ScriptEvent {
        ScriptEvent(
            topic: "a", payload: .integer(Int64(number)), size: size, at: WallTime(milliseconds: 0), daemon: nil,
            job: nil)
    }
}
