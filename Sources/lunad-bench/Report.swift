import Model

/// One line's outcome.
struct Outcome: Sendable {
    let line: Line
    let ours: Spread
    let floor: Spread

    init(_ line: Line, _ samples: Samples) {
        self.line = line
        ours = Spread(samples.ours)
        floor = Spread(samples.floor)
    }

    var ratio: Double? { floor.median > 0 ? ours.median / floor.median : nil }
    var isReached: Bool? { line.reach.holds(ours.median, floor.median) }

    var value: Value {
        var fields: [Value.Field] = [
            .init("name", .string(line.name)), .init("title", .string(line.title)),
            .init("unit", .string(line.unit.rawValue)), .init("ours", Self.value(ours)),
            .init("floor", Self.value(floor)), .init("ratio", ratio.map(Value.number) ?? .null),
        ]
        switch line.reach {
        case .atMost(let ratio): fields.append(.init("at_most", .number(ratio)))
        case .atLeast(let ratio): fields.append(.init("at_least", .number(ratio)))
        case .within(let more): fields.append(.init("at_most_more", .number(more)))
        case .open: break
        }
        fields.append(.init("reached", isReached.map(Value.boolean) ?? .null))
        return .object(fields)
    }

    private static func value(_ spread: Spread) -> Value {
        .object([
            .init("median", .number(spread.median)), .init("least", .number(spread.least)),
            .init("greatest", .number(spread.greatest)),
        ])
    }
}

/// The table, a line at a time, as the figures come.
enum Report {
    static let head =
        padded("measurement", 46) + right("ours", 10) + right("spread", 19) + right("floor", 10) + right("spread", 19)
        + right("ratio", 10) + right("to reach", 10)

    static func text(_ result: Outcome) -> String {
        let line = result.line
        let mark = result.isReached.map { $0 ? "  ✓" : "  ✗" } ?? ""
        return padded(line.title, 46) + right(shown(result.ours.median, line.unit), 10)
            + right(spread(result.ours, line.unit), 19) + right(shown(result.floor.median, line.unit), 10)
            + right(spread(result.floor, line.unit), 19) + right(ratio(result), 10) + right(reach(line), 10) + mark
    }

    private static func spread(_ spread: Spread, _ unit: Line.Unit) -> String {
        "\(shown(spread.least, unit))…\(shown(spread.greatest, unit))"
    }

    private static func ratio(_ result: Outcome) -> String {
        if case .within = result.line.reach {
            return "+" + shown(max(result.ours.median - result.floor.median, 0), result.line.unit)
        }
        return result.ratio.map { rounded($0) } ?? "–"
    }

    private static func reach(_ line: Line) -> String {
        switch line.reach {
        case .atMost(let ratio): "≤ \(rounded(ratio))"
        case .atLeast(let ratio): "≥ \(rounded(ratio))"
        case .within(let more): "≤ +" + shown(more, line.unit)
        case .open: "–"
        }
    }

    static func shown(_ value: Double, _ unit: Line.Unit) -> String {
        switch unit {
        case .bytes: scaled(value, [(1_073_741_824, "GB"), (1_048_576, "MB"), (1_024, "KB"), (1, "B")])
        case .seconds: scaled(value, [(1, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")])
        case .perSecond: scaled(value, [(1e6, "M/s"), (1e3, "k/s"), (1, "/s")])
        case .cores: rounded(value * 100) + " %"
        case .count: rounded(value)
        }
    }

    private static func scaled(_ value: Double, _ units: [(Double, String)]) -> String {
        let unit = units.first { value >= $0.0 } ?? units[units.count - 1]
        return rounded(value / unit.0) + " " + unit.1
    }

    /// Three digits that matter, as far as there are any.
    static func rounded(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        let digits = abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : 2
        let factor = [1.0, 10, 100][digits]
        let scaled = Int64((abs(value) * factor).rounded())
        let whole = scaled / Int64(factor)
        let rest = scaled % Int64(factor)
        let fraction = rest == 0 ? "" : "." + String(repeating: "0", count: digits - "\(rest)".count) + "\(rest)"
        return (value < 0 ? "-" : "") + "\(whole)" + fraction
    }

    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 1))
    }

    static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(width - text.count, 1)) + text
    }
}
