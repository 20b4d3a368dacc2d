import Model

extension ConfigSchema {
    /// The JSON Schema of a body that has these keys as its fields; null is as good as absent.
    var bodySchema: Value {
        let required = keys.filter { $0.isRequired && $0.defaultValue == nil }
        return [
            "type": "object",
            "properties": .object(keys.map { Value.Field($0.name, $0.schema(canBeNull: !required.contains($0))) }),
            "required": .texts(required.map(\.name)), "additionalProperties": false,
        ]
    }
}

extension ConfigKey {
    /// The JSON Schema of its values.
    func schema(canBeNull: Bool) -> Value {
        var types = typeNames
        if canBeNull { types.append("null") }
        var fields: [Value.Field] = [.init("type", types.count == 1 ? .string(types[0]) : .texts(types))]
        if isInstant { fields.append(.init("format", "date-time")) }
        // What Lua has for an empty list is an empty object, too.
        if type == .list { fields.append(.init("maxProperties", 0)) }
        if let oneOf { fields.append(.init("enum", .array(canBeNull ? oneOf + [.null] : oneOf))) }
        if let elements { fields.append(.init("items", ConfigKey("", elements).schema(canBeNull: false))) }
        if let (low, high) = boundNames {
            if let minimum { fields.append(.init(low, Self.bound(minimum))) }
            if let maximum { fields.append(.init(high, Self.bound(maximum))) }
        }
        if let defaultValue { fields.append(.init("default", defaultValue)) }
        if let doc { fields.append(.init("description", .string(doc))) }
        if isSecret { fields.append(.init("writeOnly", true)) }
        return .object(fields)
    }

    private var typeNames: [String] {
        switch type {
        case .string, .integer, .number, .boolean: [type.rawValue]
        case .list: ["array", "object"]
        case .table: ["object", "array"]
        }
    }

    private var boundNames: (low: String, high: String)? {
        switch type {
        case .string: ("minLength", "maxLength")
        case .integer, .number: ("minimum", "maximum")
        case .list: ("minItems", "maxItems")
        case .boolean, .table: nil
        }
    }

    private static func bound(_ number: Double) -> Value {
        Int64(exactly: number).map { .integer($0) } ?? .number(number)
    }
}
