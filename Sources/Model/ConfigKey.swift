/// One key of a daemon's config as its script declares it.
package struct ConfigKey: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case string
        case integer
        case number
        case boolean
        /// A table with the keys 1…n.
        case list
        /// Any table.
        case table
    }

    package var name: String
    package var type: Kind
    /// What each entry of a list must be; nil for anything.
    package var elements: Kind?
    package var defaultValue: Value?
    /// Bounds of a number, of a string's length in characters, of a list's count.
    package var minimum: Double?
    package var maximum: Double?
    /// The only values allowed, when given.
    package var oneOf: [Value]?
    /// Whether a daemon cannot start without a value; of no effect beside a default.
    package var isRequired: Bool
    /// Whether the text must be an instant of ISO 8601.
    package var isInstant: Bool
    /// Whether the value must not be shown.
    package var isSecret: Bool
    package var doc: String?

    package init(
        _ name: String, _ type: Kind, of elements: Kind? = nil, default defaultValue: Value? = nil,
        minimum: Double? = nil, maximum: Double? = nil,
        oneOf: [Value]? = nil, isRequired: Bool = false, isInstant: Bool = false, isSecret: Bool = false,
        doc: String? = nil
    ) {
        self.name = name
        self.type = type
        self.elements = elements
        self.defaultValue = defaultValue
        self.minimum = minimum
        self.maximum = maximum
        self.oneOf = oneOf
        self.isRequired = isRequired
        self.isInstant = isInstant
        self.isSecret = isSecret
        self.doc = doc
    }

    /// What a value of this key must be, in words: `a number from 1 to 1000`.
    package var expectation: String {
        if let oneOf { return "one of \(oneOf.map { $0.shown() }.joined(separator: ", "))" }
        let noun =
            switch type {
            case .string: isInstant ? "an instant such as 2026-01-31T12:00:00Z" : "a string"
            case .integer: "a whole number"
            case .number: "a number"
            case .boolean: "true or false"
            case .list: elements.map { "a list of \($0.plural)" } ?? "a list"
            case .table: "a table"
            }
        return noun + boundsText
    }

    private var boundsText: String {
        let (unit, low, high) =
            switch type {
            case .string: (" characters", "of at least ", "of at most ")
            case .list: (" entries", "of at least ", "of at most ")
            default: ("", "of at least ", "of at most ")
            }
        return switch (minimum, maximum) {
        case (nil, nil): ""
        case (let minimum?, nil): " \(low)\(minimum.shown)\(unit)"
        case (nil, let maximum?): " \(high)\(maximum.shown)\(unit)"
        case (let minimum?, let maximum?): " from \(minimum.shown) to \(maximum.shown)\(unit)"
        }
    }

    /// `value` in the shape that the script gets (a whole float becomes an integer where one is declared); nil when
    /// it is not what `expectation` says.
    package func accept(_ value: Value) -> Value? {
        guard let converted = convert(value) else { return nil }
        if let oneOf, !oneOf.contains(where: { convert($0) == converted }) { return nil }
        if let size = size(of: converted), size < minimum ?? -.infinity || size > maximum ?? .infinity { return nil }
        return converted
    }

    private func convert(_ value: Value) -> Value? {
        // `return nil` throughout: beside a `Value`, a bare `nil` in an expression would mean the value `nil`.
        switch (type, value) {
        case (.string, .string(let text)) where isInstant: return WallTime(iso8601: text) == nil ? .none : value
        case (.string, .string), (.number, .integer), (.boolean, .boolean), (.list, Value.emptyTable):
            return value
        case (.list, .array(let entries)):
            guard let elements else { return value }
            let key = ConfigKey("", elements)
            let converted = entries.compactMap { key.convert($0) }
            return converted.count == entries.count ? .array(converted) : .none
        case (.number, .number(let number)) where number.isFinite: return value
        case (.integer, _): return value.integerValue.map(Value.integer)
        case (.table, _) where value.isTable: return value
        default: return nil
        }
    }

    /// What the bounds are about.
    private func size(of value: Value) -> Double? {
        switch value {
        case .integer, .number: value.doubleValue
        case .string(let text): Double(text.count)
        case .array(let elements): Double(elements.count)
        case Value.emptyTable: 0
        default: nil
        }
    }

    /// The value that `text` from a command line means for this type; lists and tables are JSON. Nil when it means none.
    package func parse(_ text: String) -> Value? {
        switch type {
        case .string: return .string(text)
        case .integer: return Int64(text).map(Value.integer)
        case .number: return Int64(text).map(Value.integer) ?? Double(text).map(Value.number)
        case .boolean:
            switch text.lowercased() {
            case "true", "yes", "on", "1": return true
            case "false", "no", "off", "0": return false
            default: return nil
            }
        case .list, .table: return try? JSON.decode(text)
        }
    }

    /// The value as it may be shown.
    package func shown(_ value: Value) -> String { isSecret ? "(secret)" : value.shown() }
}

extension ConfigKey.Kind {
    /// Many of it, in words.
    fileprivate var plural: String {
        switch self {
        case .string: "strings"
        case .integer: "whole numbers"
        case .number: "numbers"
        case .boolean: "booleans"
        case .list: "lists"
        case .table: "tables"
        }
    }
}
