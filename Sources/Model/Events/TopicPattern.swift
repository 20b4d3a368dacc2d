/// What scripts' events are about, in words joined by dots: `orders.paid`; and which of them a daemon wants to hear.
///
/// In a pattern, `*` stands for one word, and `**` at the end for one or more.
package struct TopicPattern: Sendable, Hashable {
    /// The longest topic, in bytes.
    package static let longest = 200

    package let text: String
    let words: [Substring]

    /// Throws `invalidArgument` with what would be right.
    package init(_ text: String) throws(HostError) {
        let words = try Self.split(text, what: "pattern")
        for (index, word) in words.enumerated() {
            let isWild = word == "*" || word == "**" && index == words.count - 1
            guard isWild || word.utf8.allSatisfy(Self.isPlain) else {
                throw HostError(
                    .invalidArgument,
                    "'\(text)' is no pattern for topics: expected words of letters, digits, '_' and '-' joined by dots, "
                        + "with '*' for any word, or '**' at the end for all that follow")
            }
        }
        self.text = text
        self.words = words
    }

    /// The words of a topic, which has no wild ones.
    static func words(ofTopic topic: String) throws(HostError) -> [Substring] {
        let words = try split(topic, what: "topic")
        guard words.allSatisfy({ $0.utf8.allSatisfy(isPlain) }) else {
            throw HostError(
                .invalidArgument,
                "'\(topic)' is no topic: expected words of letters, digits, '_' and '-' joined by dots, such as 'orders.paid'"
            )
        }
        return words
    }

    private static func split(_ text: String, what: String) throws(HostError) -> [Substring] {
        guard text.utf8.count <= longest else {
            throw HostError(
                .invalidArgument, "the \(what) is \(text.utf8.count) bytes long; at most \(longest) are taken")
        }
        let words = text.split(separator: ".", omittingEmptySubsequences: false)
        guard !words.contains(where: \.isEmpty) else {
            throw HostError(
                .invalidArgument, "'\(text)' is no \(what): expected words joined by single dots, such as 'orders.paid'"
            )
        }
        return words
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// Whether it is about this topic.
    package func matches(_ topic: String) -> Bool {
        let other = topic.split(separator: ".", omittingEmptySubsequences: false)
        guard words.last == "**" ? other.count >= words.count : other.count == words.count else { return false }
        return zip(words, other).allSatisfy { $0 == $1 || $0 == "*" || $0 == "**" }
    }
}
