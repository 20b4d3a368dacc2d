/// What scripts may call their metrics and labels.
package enum MetricName {
    /// Endings that a scrape gives meanings of its own.
    private static let reservedEndings = ["_total", "_count", "_sum", "_bucket", "_created", "_info"]
    private static let reservedLabels: Set<String> = ["daemon", "job_type", "le", "quantile"]
    private static let longest = 100

    /// The name that is kept: a counter's loses the `_total` that a scrape adds. Throws `invalidArgument`.
    package static func checked(_ name: String, _ kind: MetricFamily.Kind) throws(HostError) -> String {
        let base = kind == .counter && name.hasSuffix("_total") ? String(name.dropLast("_total".count)) : name
        guard isName(base) else {
            throw HostError(
                .invalidArgument,
                "\(Value.string(name).shown()) is no name for a metric: expected letters, digits and '_', a letter first, at "
                    + "most \(longest)")
        }
        if let ending = reservedEndings.first(where: { base.hasSuffix($0) }) {
            throw HostError(
                .invalidArgument,
                "a \(kind.rawValue)'s name cannot end in '\(ending)', as '\(name)' does: Prometheus adds that")
        }
        return base
    }

    /// The labels of a table, sorted by name. Throws `invalidArgument`.
    package static func labels(_ table: Value) throws(HostError) -> [MetricFamily.Label] {
        let fields: [Value.Field]
        switch table {
        case .null: fields = []
        case .object(let named): fields = named
        default:
            throw HostError(.invalidArgument, "labels are a table of names and values, such as { shop = \"north\" }")
        }
        guard fields.count <= ScriptMetrics.mostLabels else {
            throw HostError(
                .invalidArgument, "there are \(fields.count) labels; at most \(ScriptMetrics.mostLabels) are taken")
        }
        var labels: [MetricFamily.Label] = []
        for field in fields {
            guard isName(field.key), !field.key.hasPrefix("__"), !reservedLabels.contains(field.key) else {
                throw HostError(
                    .invalidArgument,
                    "\(Value.string(field.key).shown()) is no name for a label: expected letters, digits and '_', and none of "
                        + reservedLabels.sorted().joined(separator: ", "))
            }
            labels.append(.init(field.key, try text(field)))
        }
        return labels.sorted { $0.name < $1.name }
    }

    private static func text(_ field: Value.Field) throws(HostError) -> String {
        let text: String
        switch field.value {
        case .string(let string): text = string
        case .integer(let integer): text = String(integer)
        case .number(let number): text = number.shown
        case .boolean(let flag): text = flag ? "true" : "false"
        default:
            throw HostError(
                .invalidArgument,
                "the label '\(field.key)' is \(field.value.shown()); expected a string, number or boolean")
        }
        guard text.utf8.count <= ScriptMetrics.longestLabel else {
            throw HostError(
                .invalidArgument,
                "the label '\(field.key)' is \(text.utf8.count) bytes long; at most \(ScriptMetrics.longestLabel) are taken"
            )
        }
        return text
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= longest, isLetter(first) else { return false }
        return text.utf8.allSatisfy {
            isLetter($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "_")
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    /// The bounds of a histogram's buckets. Throws `invalidArgument`.
    package static func bounds(_ list: Value) throws(HostError) -> [Double]? {
        guard list != .null else { return nil }
        guard case .array(let elements) = list, elements.count <= ScriptMetrics.mostBuckets else { throw wrongBounds }
        let bounds = elements.compactMap(\.doubleValue)
        let isAscending = zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }
        guard bounds.count == elements.count, bounds.allSatisfy(\.isFinite), isAscending else { throw wrongBounds }
        return bounds
    }

    private static let wrongBounds = HostError(
        .invalidArgument,
        "buckets are a list of 1 to \(ScriptMetrics.mostBuckets) ascending numbers, such as { 0.1, 1, 10 }")
}
