extension DaemonRecord {
    /// The record as `status --json` and `lunad.daemons` give it.
    package var value: Value {
        .object([
            .init("name", .string(name)),
            .init("type", .string(type)),
            .init("status", .string(status.rawValue)),
            .init("reason", .string(reason)),
            .init("enabled", .boolean(enabled)),
            .init("generation", .integer(Int64(generation))),
            .init("code_hash", .string(codeHash)),
            .init("started_at", .time(startedAt)),
            .init("last_heartbeat", .time(lastHeartbeat)),
            .init("last_success", .time(lastSuccess)),
            .init("next_step_at", .time(nextStepAt)),
            .init("steps", .integer(steps)),
            .init("errors", .integer(errors)),
            .init("consecutive_errors", .integer(Int64(consecutiveErrors))),
            .init("restarts", .integer(restarts)),
            .init("memory_bytes", .integer(memoryBytes)),
            .init("activity", activity.map { .string($0) } ?? .null),
            .init("progress", progress.map { .number($0) } ?? .null),
            .init("running_jobs", .integer(Int64(runningJobs))),
        ])
    }
}

extension Value {
    fileprivate static func time(_ instant: WallTime?) -> Value { instant.map { .string($0.iso8601) } ?? .null }
}
