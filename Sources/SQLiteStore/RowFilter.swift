import Model

/// The conditions of a query as they come together, with their values in order.
struct RowFilter {
    private var conditions: [String] = []
    private(set) var values: [Value] = []

    /// A WHERE clause; empty without a condition.
    var clause: String { conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ") }

    mutating func add(_ condition: String) { conditions.append(condition) }

    /// A comparison with a value, such as `id > `; left out when there is none.
    mutating func add(_ comparison: String, _ value: Value?) {
        guard let value else { return }
        values.append(value)
        conditions.append("\(comparison)?\(values.count)")
    }
}
