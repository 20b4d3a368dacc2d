import Model

/// Metrics as text for those who scrape them: Prometheus' own format, or OpenMetrics.
enum MetricsText {
    enum Format {
        /// Prometheus' text format, version 0.0.4.
        case prometheus
        /// OpenMetrics, version 1.0.
        case openMetrics

        var contentType: String {
            switch self {
            case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            }
        }
    }

    /// Families without samples are left out.
    static func make(_ families: [MetricFamily], _ format: Format) -> String {
        var text = ""
        for family in families where !family.samples.isEmpty { write(family, format, &text) }
        if format == .openMetrics { text += "# EOF\n" }
        return text
    }

    private static func write(_ family: MetricFamily, _ format: Format, _ text: inout String) {
        let sampleName = family.kind == .counter ? family.name + "_total" : family.name
        // The older format knows the samples' name alone.
        let name = format == .openMetrics ? family.name : sampleName
        text += "# HELP \(name) \(escape(family.help, quotes: format == .openMetrics))\n"
        text += "# TYPE \(name) \(family.kind.rawValue)\n"
        for sample in family.samples {
            switch sample.reading {
            case .number(let number): text += line(sampleName, sample.labels, Self.number(number))
            case .histogram(let histogram): write(histogram, sampleName, sample.labels, &text)
            }
        }
    }

    private static func write(
        _ histogram: Histogram, _ name: String, _ labels: [MetricFamily.Label], _ text: inout String
    ) {
        var below: UInt64 = 0
        for (bound, count) in zip(histogram.bounds + [.infinity], histogram.counts) {
            below &+= count
            text += line(name + "_bucket", labels + [.init("le", Self.bound(bound))], "\(below)")
        }
        text += line(name + "_sum", labels, number(histogram.sum))
        text += line(name + "_count", labels, "\(below)")
    }

    private static func line(_ name: String, _ labels: [MetricFamily.Label], _ value: String) -> String {
        guard !labels.isEmpty else { return "\(name) \(value)\n" }
        let pairs = labels.map { "\($0.name)=\"\(escape($0.value, quotes: true))\"" }.joined(separator: ",")
        return "\(name){\(pairs)} \(value)\n"
    }

    /// A whole number without a fraction.
    private static func number(_ value: Double) -> String {
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if value.isNaN { return "NaN" }
        return value.shown
    }

    /// A bucket's bound, always with a fraction, and from a million on with an exponent: one number has one text.
    private static func bound(_ value: Double) -> String {
        guard value.isFinite else { return "+Inf" }
        let text = "\(value)"
        guard value >= 1_000_000, !text.contains("e"), let point = text.firstIndex(of: ".") else { return text }
        let exponent = text.distance(from: text.startIndex, to: point) - 1
        var digits = text.filter { $0 != "." }
        while digits.count > 1, digits.hasSuffix("0") { digits.removeLast() }
        let rest = digits.dropFirst()
        let mantissa = String(digits.prefix(1)) + (rest.isEmpty ? "" : "." + rest)
        return "\(mantissa)e+\(exponent < 10 ? "0" : "")\(exponent)"
    }

    private static func escape(_ text: String, quotes: Bool) -> String {
        text.reduce(into: "") { escaped, character in
            switch character {
            case "\\": escaped += "\\\\"
            case "\"" where quotes: escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.append(character)
            }
        }
    }
}
