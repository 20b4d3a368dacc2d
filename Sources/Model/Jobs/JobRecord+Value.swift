extension JobRecord {
    /// The record as `jobs --json`, `/api/jobs` and `lunad.jobs` give it; instants in ISO 8601, progress from 0 to 1.
    package var value: Value {
        .object([
            .init("id", .integer(id)),
            .init("type", .string(type)),
            .init("status", .string(status.rawValue)),
            .init("reason", .optional(reason)),
            .init("args", args),
            .init("result", result ?? .null),
            .init("error", .optional(error)),
            .init("progress", progress.map { .number($0) } ?? .null),
            .init("message", .optional(message)),
            .init("attempt", .integer(Int64(attempt))),
            .init("max_attempts", .integer(Int64(maxAttempts))),
            .init("priority", .integer(Int64(priority))),
            .init("tags", tags.isEmpty ? .emptyTable : .array(tags.map { .string($0) })),
            .init("run_at", .time(runAt)),
            .init("created_at", .time(createdAt)),
            .init("started_at", .time(startedAt)),
            .init("finished_at", .time(finishedAt)),
            .init("daemon", .optional(daemon)),
            .init("parent", parent.map { .integer($0) } ?? .null),
        ])
    }
}

extension Value {
    fileprivate static func time(_ instant: WallTime?) -> Value { instant.map { .string($0.iso8601) } ?? .null }
    fileprivate static func optional(_ text: String?) -> Value { text.map { .string($0) } ?? .null }
}
