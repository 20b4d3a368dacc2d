import Model

extension JobRecord {
    /// What the job's own script is given.
    var handed: Value {
        .object([
            .init("id", .integer(id)), .init("type", .string(type)), .init("args", args),
            .init("attempt", .integer(Int64(attempt))), .init("max_attempts", .integer(Int64(maxAttempts))),
            .init("checkpoint_data", checkpoint ?? .null), .init("daemon", daemon.map { .string($0) } ?? .null),
            .init("parent", parent.map { .integer($0) } ?? .null),
        ])
    }
}

extension Value {
    /// The named fields; none for any other kind of value.
    var fields: [Field] {
        if case .object(let fields) = self { fields } else { [] }
    }
}
