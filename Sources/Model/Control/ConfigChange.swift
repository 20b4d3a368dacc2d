/// A change to some keys of a daemon's config; it leaves every other key alone.
package struct ConfigChange: Sendable, Hashable {
    /// Values by key; nil unsets the key, so that its default counts again.
    package struct Setting: Sendable, Hashable {
        package var key: String
        package var value: Value?

        package init(_ key: String, _ value: Value?) {
            self.key = key
            self.value = value
        }
    }

    package var settings: [Setting]
    /// `KEY=VALUE` as typed on a command line, read by the key's declared type.
    package var assignments: [String]
    /// Unset every key that is not set here.
    package var replacesAll: Bool

    package init(settings: [Setting] = [], assignments: [String] = [], replacesAll: Bool = false) {
        self.settings = settings
        self.assignments = assignments
        self.replacesAll = replacesAll
    }

    /// What has to be written when `stored` is set now; `invalidArgument` names every problem of the keys that change.
    /// A stored value that no longer fits is left for its own correction.
    package func resolved(
        schema: ConfigSchema, stored: [Value.Field]
    ) throws(HostError) -> [Setting] {
        var changes: [Setting] = settings
        for assignment in assignments {
            let field = try schema.parse(assignment: assignment)
            changes.append(Setting(field.key, field.value))
        }
        let given = changes.compactMap { change in change.value.map { Value.Field(change.key, $0) } }
        let known = Set(stored.map(\.key))
        var problems = schema.problems(in: given)
        for change in changes where change.value == nil && schema[change.key] == nil && !known.contains(change.key) {
            problems += schema.problems(in: [Value.Field(change.key, .null)])
        }
        guard problems.isEmpty else { throw ConfigProblems(list: problems).hostError }
        if replacesAll {
            let kept = Set(given.map(\.key))
            changes += stored.filter { !kept.contains($0.key) }.map { Setting($0.key, nil) }
        }
        return changes
    }

    /// `stored` after `changes`.
    package static func apply(_ changes: [Setting], to stored: [Value.Field]) -> [Value.Field] {
        var fields = stored
        for change in changes {
            fields.removeAll { $0.key == change.key }
            if let value = change.value { fields.append(Value.Field(change.key, value)) }
        }
        return fields
    }
}

extension ConfigSchema {
    /// What is wrong with these values by themselves; what is missing beside them is no problem here.
    package func problems(in fields: [Value.Field]) -> [ConfigProblem] {
        let keys = Set(fields.map(\.key))
        guard case .failure(let problems) = validate(set: fields) else { return [] }
        return problems.list.filter { keys.contains($0.key) }
    }
}
