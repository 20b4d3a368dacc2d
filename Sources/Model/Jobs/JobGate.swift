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
    /// How many of them wait for other jobs, by type.
    private var waiting: [String: Int] = [:]
    private var rules: [String: Rule]
    /// The types that some rule speaks of as conflicting.
    private var conflicting: Set<String> = []

    package init(rules: [String: Rule] = [:]) {
        self.rules = [:]
        setRules(rules)
    }

    /// Takes new rules; what runs already stays counted.
    package mutating func setRules(_ rules: [String: Rule]) {
        self.rules = rules
        conflicting = []
        for (type, rule) in rules where !rule.conflictsWith.isEmpty {
            conflicting.formUnion(rule.conflictsWith.union([type]))
        }
    }

    package mutating func start(_ type: String) { running[type, default: 0] += 1 }

    package mutating func end(_ type: String) {
        let count = running[type, default: 0] - 1
        running[type] = count > 0 ? count : nil
    }

    /// A running job of the type begins to wait for others; their start may now depend on nothing that waits for its end.
    package mutating func beginWait(_ type: String) { waiting[type, default: 0] += 1 }

    package mutating func endWait(_ type: String) {
        let count = waiting[type, default: 0] - 1
        waiting[type] = count > 0 ? count : nil
    }

    /// Whether a waiting job of `type` keeps younger ones of the types that it conflicts with from starting, so that they
    /// cannot pass it again and again: when it waits for the end of jobs that conflict with it, and none of those itself
    /// waits for a job, which might be one of those kept back.
    package func reserves(_ type: String) -> Bool {
        guard conflicting.contains(type) else { return false }
        let blocking = running.keys.filter { $0 != type && conflict(type, $0) }
        return !blocking.isEmpty && !blocking.contains { waiting[$0] != nil }
    }

    /// Whether two types must not run together, whichever declares it.
    package func conflict(_ one: String, _ other: String) -> Bool {
        (rules[one]?.conflictsWith.contains(other) ?? false) || (rules[other]?.conflictsWith.contains(one) ?? false)
    }

    /// Whether one more of this type may run beside what runs now. A conflict counts whichever side declares it.
    package func admits(_ type: String) -> Bool {
        let rule = rules[type]
        if let limit = rule?.concurrency, running[type, default: 0] >= limit { return false }
        return !running.keys.contains { other in
            other != type && conflict(type, other) || other == type && (rule?.conflictsWith.contains(type) ?? false)
        }
    }

    /// Of the types with rules, and those given, the ones that may not start now.
    package func blocked(among types: some Sequence<String>) -> Set<String> {
        Set(Set(types).union(rules.keys).union(conflicting).filter { !admits($0) })
    }
}
