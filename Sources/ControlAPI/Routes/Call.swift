import Model

/// A request that fits its route's declaration.
struct Call: Sendable {
    /// The template's parameters.
    var path: [String: String]
    /// The query's parameters by their declared types, with defaults.
    var query: [Value.Field]
    /// The body's fields, with defaults; empty without a body.
    var body: [Value.Field]
    var headers: [String: String]

    /// A parameter of the template; the router calls no handler without it.
    func parameter(_ name: String) -> String { path[name] ?? "" }

    func query(_ name: String) -> Value? { query.last { $0.key == name }?.value }

    func field(_ name: String) -> Value? {
        guard let value = body.last(where: { $0.key == name })?.value, value != .null else { return nil }
        return value
    }

    /// A list of texts in the body, declared as one; empty when it is absent.
    func texts(_ name: String) -> [String] {
        guard case .array(let elements)? = field(name) else { return [] }
        return elements.compactMap(\.stringValue)
    }
}
