import Model

extension Shape {
    /// `StoredLog`
    static let logLine = Shape.object(
        "LogLine",
        [
            "id": .integer, "at": .instant, "daemon": .optional(.text), "level": .word(of: LogLevel.self),
            "message": .text, "fields": .any, "generation": .integer, "code_hash": .text, "step": .integer,
            "job": .optional(.integer),
        ])

    /// `StoredError`
    static let errorGroup = Shape.object(
        "ErrorGroup",
        [
            "id": .integer, "fingerprint": .text, "daemon": .text, "kind": .text, "message": .text,
            "traceback": .optional(.text),
            "file": .optional(.text), "line": .optional(.integer), "count": .integer, "first_seen": .instant,
            "last_seen": .instant, "generation": .integer, "code_hash": .text, "resolved_at": .optional(.instant),
        ])

    /// `Activity`
    static let activity = Shape.object(
        "Activity",
        [
            "id": .optional(.integer), "at": .instant, "daemon": .optional(.text), "kind": .text, "message": .text,
            "details": .any,
        ])
}
