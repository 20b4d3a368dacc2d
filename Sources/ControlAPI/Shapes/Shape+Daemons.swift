import Model

extension Shape {
    /// `DaemonRecord`
    static let daemon = Shape.object(
        "Daemon",
        [
            "name": .text, "type": .text, "status": .word(of: DaemonStatus.self), "reason": .text, "enabled": .boolean,
            "generation": .integer, "code_hash": .text, "started_at": .optional(.instant),
            "last_heartbeat": .optional(.instant), "last_success": .optional(.instant),
            "next_step_at": .optional(.instant), "steps": .integer, "errors": .integer, "consecutive_errors": .integer,
            "restarts": .integer, "memory_bytes": .integer, "activity": .optional(.text),
            "progress": .optional(.number), "running_jobs": .integer, "recent_steps": .sometimes(.list(.number)),
        ])

    /// `DaemonConfig`
    static let daemonConfig = Shape.object(
        "DaemonConfig",
        [
            "daemon": .text,
            "keys": .list(
                .object(
                    "ConfigKey",
                    [
                        "key": .text, "type": .word(of: ConfigKey.Kind.self), "value": .any, "default": .any,
                        "is_set": .boolean, "min": .optional(.number), "max": .optional(.number),
                        "one_of": .optional(.list(.any)), "required": .boolean, "secret": .boolean,
                        "doc": .optional(.text),
                    ])),
            "problems": .list(.text),
        ])
}
