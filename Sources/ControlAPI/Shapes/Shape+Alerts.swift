import Model

extension Shape {
    /// `Alert`
    static let alert = Shape.object(
        "Alert",
        [
            "id": .integer, "kind": .word(of: Alert.Kind.self), "subject": .text, "message": .text,
            "raised_at": .instant, "acknowledged_at": .optional(.instant), "resolved_at": .optional(.instant),
        ])
}
