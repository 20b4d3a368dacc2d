extension LogEntry {
    /// The line as the API gives it; every field is there.
    package var value: Value { .object(valueFields) }

    fileprivate var valueFields: [Value.Field] {
        [
            .init("at", .string(at.iso8601)),
            .init("daemon", daemon.map { .string($0) } ?? .null),
            .init("level", .string(level.rawValue)),
            .init("message", .string(message)),
            .init("fields", fields ?? .null),
            .init("generation", .integer(Int64(generation))),
            .init("code_hash", .string(codeHash)),
            .init("step", .integer(step)),
            .init("job", job.map { .integer($0) } ?? .null),
        ]
    }
}

extension StoredLog {
    /// The line with its place in the log.
    package var value: Value { .object([.init("id", .integer(id))] + entry.valueFields) }
}

extension Activity {
    package var value: Value {
        .object([
            .init("id", id.map { .integer($0) } ?? .null),
            .init("at", .string(at.iso8601)),
            .init("daemon", daemon.map { .string($0) } ?? .null),
            .init("kind", .string(kind)),
            .init("message", .string(message)),
            .init("details", details ?? .null),
        ])
    }
}
