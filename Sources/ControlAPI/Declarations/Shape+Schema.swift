import Model

extension Shape {
    /// The JSON Schema for it; a record with a name is referred to.
    var schema: Value {
        switch self {
        case .any: .emptyTable
        case .text: ["type": "string"]
        case .integer: ["type": "integer"]
        case .number: ["type": "number"]
        case .boolean: ["type": "boolean"]
        case .instant: ["type": "string", "format": "date-time"]
        case .words(let words): ["type": "string", "enum": .texts(words)]
        case .list(let element): ["type": "array", "items": element.schema]
        case .either(let shapes): ["anyOf": .array(shapes.map(\.schema))]
        case .optional(let shape): Self.orNull(shape)
        case .sometimes(let shape): shape.schema
        case .table(let element): ["type": "object", "additionalProperties": element.schema]
        case .record(let name?, _): ["$ref": .string("#/components/schemas/\(name)")]
        case .record(nil, let fields): Self.schema(fields)
        }
    }

    /// The shapes with names in it, itself among them.
    var named: [(name: String, schema: Value)] {
        switch self {
        case .list(let inner), .optional(let inner), .sometimes(let inner), .table(let inner): inner.named
        case .either(let shapes): shapes.flatMap(\.named)
        case .record(let name, let fields):
            (name.map { [($0, Self.schema(fields))] } ?? []) + fields.flatMap(\.shape.named)
        case .any, .text, .integer, .number, .boolean, .instant, .words: []
        }
    }

    private static func orNull(_ shape: Shape) -> Value {
        switch shape {
        case .any: return shape.schema
        case .words(let words):
            return ["type": ["string", "null"], "enum": .array(words.map { .string($0) } + [.null])]
        default: break
        }
        guard case .object(var fields) = shape.schema, let index = fields.firstIndex(where: { $0.key == "type" }) else {
            return ["anyOf": [shape.schema, ["type": "null"]]]
        }
        fields[index].value = [fields[index].value, "null"]
        return .object(fields)
    }

    private static func schema(_ fields: [Field]) -> Value {
        [
            "type": "object", "properties": .object(fields.map { Value.Field($0.name, $0.shape.schema) }),
            "required": .texts(fields.filter(\.isAlwaysThere).map(\.name)), "additionalProperties": false,
        ]
    }
}

extension Shape.Field {
    fileprivate var isAlwaysThere: Bool {
        if case .sometimes = shape { false } else { true }
    }
}

extension Value {
    /// A list of texts; the empty one stays a list.
    static func texts(_ texts: [String]) -> Value { .array(texts.map { .string($0) }) }
}
