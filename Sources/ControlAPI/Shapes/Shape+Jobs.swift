import Model

extension Shape {
    /// `JobRecord`
    static let job = Shape.object(
        "Job",
        [
            "id": .integer, "type": .text, "status": .word(of: JobStatus.self), "reason": .optional(.text),
            "args": .any, "result": .any, "error": .optional(.text), "progress": .optional(.number),
            "done": .optional(.number), "total": .optional(.number), "message": .optional(.text), "attempt": .integer,
            "max_attempts": .integer, "priority": .integer, "run_at": .instant, "created_at": .instant,
            "started_at": .optional(.instant), "finished_at": .optional(.instant), "daemon": .optional(.text),
            "parent": .optional(.integer), "tags": .list(.text),
        ])

    /// `JobHistory`
    static let jobHistory = Shape.object(
        "JobHistory",
        [
            "at": .instant, "daemon": .optional(.text), "job": .integer, "type": .text,
            "action": .word(of: JobHistory.Action.self), "reason": .text,
        ])

    static let jobLogs = Shape.object(
        "JobLogs", ["lines": .list(.logLine), "output": .text, "error_output": .text])
}
