import Model

/// The shape of a JSON value that the API gives: said once by a route, and shown in the OpenAPI document.
///
///     static let version = Shape.object("Version", [
///         "generation": .integer, "reason": .optional(.text), "outcome": .word(of: Outcome.self),
///     ])
indirect enum Shape: Sendable, Hashable {
    case any
    case text
    case integer
    case number
    case boolean
    /// Text of RFC 3339 in UTC with milliseconds.
    case instant
    /// One of these texts.
    case words([String])
    case list(Shape)
    /// A value of one of these shapes.
    case either([Shape])
    /// The shape, or null.
    case optional(Shape)
    /// Of a record's field: the shape, where it is there at all.
    case sometimes(Shape)
    /// An object that may have any keys, with values of this shape.
    case table(Shape)
    /// An object with exactly these fields, always there but for those that are `sometimes`. One with a name is described once, under it.
    case record(name: String?, fields: [Field])

    /// One field of a record.
    struct Field: Sendable, Hashable {
        var name: String
        var shape: Shape
    }

    /// An object with exactly these fields, in this order.
    static func object(_ fields: KeyValuePairs<String, Shape>) -> Shape {
        .record(name: nil, fields: fields.map { Field(name: $0.key, shape: $0.value) })
    }

    /// The same, with the name that the document has for it.
    static func object(_ name: String, _ fields: KeyValuePairs<String, Shape>) -> Shape {
        .record(name: name, fields: fields.map { Field(name: $0.key, shape: $0.value) })
    }

    /// One of an enumeration's texts.
    static func word<Word: CaseIterable & RawRepresentable<String>>(of type: Word.Type) -> Shape {
        .words(type.allCases.map(\.rawValue))
    }
}
