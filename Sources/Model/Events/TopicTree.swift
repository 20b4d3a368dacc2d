/// Who wants to hear of which topics. Finding them costs as many steps as the topic has words, times the wild ones met.
package struct TopicTree<Subscriber: Hashable & Sendable>: Sendable {
    private struct Node: Sendable {
        var next: [Substring: Node] = [:]
        /// Those whose pattern ends here.
        var subscribers: Set<Subscriber> = []

        var isEmpty: Bool { next.isEmpty && subscribers.isEmpty }
    }

    private var root = Node()

    package init() {}

    package mutating func insert(_ subscriber: Subscriber, for pattern: TopicPattern) {
        Self.insert(subscriber, pattern.words[...], &root)
    }

    private static func insert(_ subscriber: Subscriber, _ words: ArraySlice<Substring>, _ node: inout Node) {
        guard let word = words.first else {
            node.subscribers.insert(subscriber)
            return
        }
        insert(subscriber, words.dropFirst(), &node.next[word, default: Node()])
    }

    /// Nothing when it is not there.
    package mutating func remove(_ subscriber: Subscriber, for pattern: TopicPattern) {
        Self.remove(subscriber, pattern.words[...], &root)
    }

    private static func remove(_ subscriber: Subscriber, _ words: ArraySlice<Substring>, _ node: inout Node) {
        guard let word = words.first else {
            node.subscribers.remove(subscriber)
            return
        }
        guard var next = node.next.removeValue(forKey: word) else { return }
        remove(subscriber, words.dropFirst(), &next)
        if !next.isEmpty { node.next[word] = next }
    }

    /// Each of those with a pattern that is about this topic, once. Throws `invalidArgument` for what is no topic.
    package func subscribers(of topic: String) throws(HostError) -> Set<Subscriber> {
        var found: Set<Subscriber> = []
        Self.collect(try TopicPattern.words(ofTopic: topic)[...], root, &found)
        return found
    }

    private static func collect(_ words: ArraySlice<Substring>, _ node: Node, _ found: inout Set<Subscriber>) {
        guard let word = words.first else {
            found.formUnion(node.subscribers)
            return
        }
        if let rest = node.next["**"] { found.formUnion(rest.subscribers) }
        for key in [word, "*"] {
            if let next = node.next[key] { collect(words.dropFirst(), next, &found) }
        }
    }
}
