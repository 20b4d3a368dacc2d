extension JobRecord {
    /// The record as `jobs --json` and the API give it.
    package var value: Value {
        .object([
            .init("id", .integer(id)),
            .init("type", .string(type)),
            .init("status", .string(status.rawValue)),
            .init("reason", .text(reason)),
            .init("args", args),
            .init("result", result ?? .null),
            .init("error", .text(error)),
            .init("progress", progress.map { .number($0) } ?? .null),
            .init("done", done.map { .number($0) } ?? .null),
            .init("total", total.map { .number($0) } ?? .null),
            .init("message", .text(message)),
            .init("attempt", .integer(Int64(attempt))),
            .init("max_attempts", .integer(Int64(maxAttempts))),
            .init("priority", .integer(Int64(priority))),
            .init("run_at", .string(runAt.iso8601)),
            .init("created_at", .string(createdAt.iso8601)),
            .init("started_at", .text(startedAt?.iso8601)),
            .init("finished_at", .text(finishedAt?.iso8601)),
            .init("daemon", .text(daemon)),
            .init("parent", parent.map { .integer($0) } ?? .null),
            .init("tags", .array(tags.map { .string($0) })),
        ])
    }
}

extension Value {
    /// The text, or null.
    static func text(_ text: String?) -> Value { text.map { .string($0) } ?? .null }
}
