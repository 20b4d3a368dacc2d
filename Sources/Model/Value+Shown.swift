extension Value {
    /// This value for a message to a person: strings in quotes, tables as JSON, cut after `limit` characters.
    package func shown(limit: Int = 80) -> String {
        let text =
            switch self {
            case .null: "nil"
            case .bytes(let bytes): "a string of \(bytes.count) bytes that is not UTF-8"
            default: (try? JSON.encode(self, style: .typed)) ?? "a table too large to show"
            }
        return text.count <= limit ? text : text.prefix(limit - 1) + "…"
    }
}

extension Double {
    /// The number for a message to a person: `5`, not `5.0`.
    package var shown: String { Int64(exactly: self).map(\.description) ?? description }
}
