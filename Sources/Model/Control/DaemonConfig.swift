/// A daemon's config as it can be shown and edited.
package struct DaemonConfig: Sendable, Hashable {
    package var daemon: String
    package var schema: ConfigSchema
    /// What somebody set.
    package var stored: [Value.Field]

    package init(daemon: String, schema: ConfigSchema, stored: [Value.Field]) {
        self.daemon = daemon
        self.schema = schema
        self.stored = stored.sorted { $0.key < $1.key }
    }

    /// What keeps the daemon from starting with it, a sentence each.
    package var problems: [String] {
        if case .failure(let problems) = schema.validate(set: stored) { problems.list.map(\.message) } else { [] }
    }

    /// `{daemon, keys: [{key, type, value, default, is_set, …}], problems}`; a secret's value is null.
    package var value: Value {
        .object([
            .init("daemon", .string(daemon)),
            .init("keys", .array(schema.keys.map(describe))),
            .init("problems", .array(problems.map { .string($0) })),
        ])
    }

    private func describe(_ key: ConfigKey) -> Value {
        let set = stored.last { $0.key == key.name }?.value
        let effective = set.flatMap(key.accept) ?? set ?? key.defaultValue ?? .null
        var fields = key.schemaFields
        fields.insert(.init("value", key.isSecret ? .null : effective), at: 2)
        fields.insert(.init("is_set", .boolean(set != nil)), at: 4)
        return .object(fields)
    }
}

extension ConfigKey {
    /// What a form needs of it: `{key, type, default, min, max, one_of, required, secret, doc}`.
    package var schemaValue: Value { .object(schemaFields) }

    fileprivate var schemaFields: [Value.Field] {
        [
            .init("key", .string(name)), .init("type", .string(type.rawValue)),
            .init("default", isSecret ? .null : defaultValue ?? .null),
            .init("min", minimum.map { .number($0) } ?? .null), .init("max", maximum.map { .number($0) } ?? .null),
            .init("one_of", oneOf.map { .array($0) } ?? .null), .init("required", .boolean(isRequired)),
            .init("secret", .boolean(isSecret)), .init("doc", .text(doc)),
        ]
    }
}
