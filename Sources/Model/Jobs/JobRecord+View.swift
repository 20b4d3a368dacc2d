extension JobRecord {
    /// What `on_job` gets to see of a job that has ended: the same fields for every job, whatever became of it.
    ///
    /// `status` is `completed`, `failed` or `cancelled`; `result` is there for a completed one only, `error` for a
    /// failed one only, so that neither can be mistaken for the other.
    package var endView: Value {
        let shown: Set<String> = [
            "id", "type", "status", "reason", "args", "result", "error", "attempt", "max_attempts", "tags",
            "created_at",
            "started_at", "finished_at", "parent",
        ]
        guard case .object(let fields) = value else { return .emptyTable }
        return .object(
            fields.filter { field in
                switch field.key {
                case "result": status == .completed && field.value != .null
                case "error": status == .failed && field.value != .null
                default: shown.contains(field.key) && field.value != .null
                }
            })
    }
}
