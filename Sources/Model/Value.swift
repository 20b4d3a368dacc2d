/// A plain Lua value outside Lua: what crosses between a script, the host and the database.
///
/// Functions, userdata and cyclic tables have no `Value`; the seam refuses them with the path to the field.
package enum Value: Sendable, Hashable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case number(Double)
    /// A Lua string that is valid UTF-8.
    case string(String)
    /// A Lua string that is not valid UTF-8, byte for byte.
    case bytes([UInt8])
    /// A table whose keys are exactly 1…n, n ≥ 1.
    case array([Value])
    /// A table whose keys are all valid UTF-8 strings, in the order met; also the empty table.
    case object([Field])
    /// Any other table: mixed, sparse or non-string keys.
    case map([Entry])

    /// One named field of an `object`.
    package struct Field: Sendable, Hashable {
        package var key: String
        package var value: Value

        package init(_ key: String, _ value: Value) {
            self.key = key
            self.value = value
        }
    }

    /// One pair of a `map`.
    package struct Entry: Sendable, Hashable {
        package var key: Value
        package var value: Value

        package init(_ key: Value, _ value: Value) {
            self.key = key
            self.value = value
        }
    }

    package static let emptyTable = Value.object([])

    /// The field of that name, when this is an object that has it.
    package subscript(_ key: String) -> Value? {
        guard case .object(let fields) = self else { return nil }
        return fields.first { $0.key == key }?.value
    }

    /// The word a Lua programmer has for this kind of value.
    package var typeName: String {
        switch self {
        case .null: "nil"
        case .boolean: "boolean"
        case .integer, .number: "number"
        case .string, .bytes: "string"
        case .array, .object, .map: "table"
        }
    }

    package var isTable: Bool {
        switch self {
        case .array, .object, .map: true
        default: false
        }
    }

    package var stringValue: String? {
        if case .string(let text) = self { text } else { nil }
    }

    package var boolValue: Bool? {
        if case .boolean(let flag) = self { flag } else { nil }
    }

    /// The integer it is, also when it is a float with an exact integer value, as Lua converts.
    package var integerValue: Int64? {
        switch self {
        case .integer(let integer): integer
        case .number(let number): Int64(exactly: number)
        default: nil
        }
    }

    package var doubleValue: Double? {
        switch self {
        case .integer(let integer): Double(integer)
        case .number(let number): number
        default: nil
        }
    }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .boolean(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(arrayLiteral elements: Value...) { self = elements.isEmpty ? .emptyTable : .array(elements) }
    package init(dictionaryLiteral elements: (String, Value)...) {
        self = .object(elements.map { Field($0.0, $0.1) })
    }
}
