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
        return .object([
            .init("key", .string(key.name)),
            .init("type", .string(key.type.rawValue)),
            .init("value", key.isSecret ? .null : effective),
            .init("default", key.isSecret ? .null : key.defaultValue ?? .null),
            .init("is_set", .boolean(set != nil)),
            .init("min", key.minimum.map { .number($0) } ?? .null),
            .init("max", key.maximum.map { .number($0) } ?? .null),
            .init("one_of", key.oneOf.map { .array($0) } ?? .null),
            .init("required", .boolean(key.isRequired)),
            .init("secret", .boolean(key.isSecret)),
            .init("doc", key.doc.map { .string($0) } ?? .null),
        ])
    }
}
