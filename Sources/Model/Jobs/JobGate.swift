/// Which job types may start now: declared concurrency limits, and types that must not run together.
package struct JobGate: Sendable, Hashable {
    package struct Rule: Sendable, Hashable {
        /// At most this many of the type at once; nil for no limit of its own.
        package var concurrency: Int?
        package var conflictsWith: Set<String>

        package init(concurrency: Int? = nil, conflictsWith: Set<String> = []) {
            self.concurrency = concurrency
            self.conflictsWith = conflictsWith
        }
    }

    package private(set) var running: [String: Int] = [:]
    private var rules: [String: Rule]

    package init(rules: [String: Rule] = [:]) { self.rules = rules }

    /// Takes new rules; what runs already stays counted.
    package mutating func setRules(_ rules: [String: Rule]) { self.rules = rules }

    package mutating func start(_ type: String) { running[type, default: 0] += 1 }

    package mutating func end(_ type: String) {
        let count = running[type, default: 0] - 1
        running[type] = count > 0 ? count : nil
    }

    /// Whether one more of this type may run beside what runs now. A conflict counts whichever side declares it.
    package func admits(_ type: String) -> Bool {
        let rule = rules[type]
        if let limit = rule?.concurrency, running[type, default: 0] >= limit { return false }
        return !running.keys.contains { other in
            other != type && conflict(type, other) || other == type && (rule?.conflictsWith.contains(type) ?? false)
        }
    }

    private func conflict(_ one: String, _ other: String) -> Bool {
        (rules[one]?.conflictsWith.contains(other) ?? false) || (rules[other]?.conflictsWith.contains(one) ?? false)
    }

    /// Of the types with rules, and those given, the ones that may not start now.
    package func blocked(among types: some Sequence<String>) -> Set<String> {
        Set(Set(types).union(rules.keys).filter { !admits($0) })
    }
}
