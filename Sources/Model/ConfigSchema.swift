/// Which config keys a script declares, and the check of values against them.
package struct ConfigSchema: Sendable, Hashable {
    /// In order of the alphabet.
    package private(set) var keys: [ConfigKey]
    /// What messages call one of the keys, with its article.
    package var noun: String

    package init(_ keys: [ConfigKey] = [], noun: String = "a config key") {
        self.keys = keys.sorted { $0.name < $1.name }
        self.noun = noun
    }

    package subscript(_ name: String) -> ConfigKey? { keys.first { $0.name == name } }

    /// The values a daemon or job gets: what was set, in the declared types, and defaults for the rest, in order of the
    /// keys.
    ///
    /// A key without value and default is left out. Every problem is found, not just the first.
    package func validate(
        set fields: [Value.Field]
    ) -> Result<[Value.Field], ConfigProblems> {
        var problems: [ConfigProblem] = []
        for field in fields where self[field.key] == nil { problems.append(unknown(field.key)) }
        var merged: [Value.Field] = []
        for key in keys {
            let given = fields.last { $0.key == key.name && $0.value != .null }?.value
            if let given {
                if let value = key.accept(given) {
                    merged.append(.init(key.name, value))
                } else {
                    problems.append(unfit(key, key.shown(given)))
                }
            } else if let value = key.defaultValue {
                merged.append(.init(key.name, value))
            } else if key.isRequired {
                problems.append(.init(key: key.name, message: "\(key.name) must be set: \(key.expectation)"))
            }
        }
        return problems.isEmpty ? .success(merged) : .failure(ConfigProblems(list: problems))
    }

    /// Reads `KEY=VALUE` from a command line by the key's declared type.
    package func parse(assignment: String) throws(HostError) -> Value.Field {
        guard let sign = assignment.firstIndex(of: "="), sign > assignment.startIndex else {
            throw HostError(.invalidArgument, "\"\(assignment)\" is not of the form KEY=VALUE")
        }
        let name = String(assignment[..<sign])
        let text = String(assignment[assignment.index(after: sign)...])
        guard let key = self[name] else { throw HostError(.invalidArgument, unknown(name).message) }
        guard let value = key.parse(text).flatMap(key.accept) else {
            let shown = key.isSecret ? "(secret)" : Value.string(text).shown()
            throw HostError(.invalidArgument, unfit(key, shown).message)
        }
        return .init(name, value)
    }

    private func unknown(_ name: String) -> ConfigProblem {
        let names = keys.map(\.name)
        let known = names.isEmpty ? "there is none" : "known are \(names.joined(separator: ", "))"
        let hint = DidYouMean.hint(for: name, in: names)
        return .init(key: name, message: "\(name) is not \(noun)\(hint); \(known)")
    }

    private func unfit(_ key: ConfigKey, _ shown: String) -> ConfigProblem {
        .init(key: key.name, message: "\(key.name) is \(shown); expected \(key.expectation)")
    }
}

/// What is wrong with one config key, in a sentence that begins with the key and says what would be right.
package struct ConfigProblem: Sendable, Hashable {
    package var key: String
    package var message: String

    package init(key: String, message: String) {
        self.key = key
        self.message = message
    }
}

/// Everything that is wrong with a daemon's config.
package struct ConfigProblems: Error, Sendable, Hashable {
    package var list: [ConfigProblem]

    package init(list: [ConfigProblem]) { self.list = list }

    /// All of it as one error at a port.
    package var hostError: HostError {
        HostError(.invalidArgument, "config: \(list.map(\.message).joined(separator: "; "))")
    }
}
