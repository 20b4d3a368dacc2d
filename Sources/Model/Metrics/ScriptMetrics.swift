/// What scripts count and measure, bounded for each script and for the host; it goes when the host does.
package struct ScriptMetrics: Sendable {
    /// Lines of a scrape that the series of one daemon or job type may take: one each, a histogram one for each bucket
    /// and two more.
    package static let linesOfOne = 1_000
    /// The same for all together.
    package static let linesOfAll = 50_000
    package static let mostLabels = 8
    package static let longestLabel = 128
    package static let mostBuckets = 32
    /// What every name begins with in a scrape.
    package static let prefix = "lunad_script_"

    /// Whose a series is.
    package enum Owner: Sendable, Hashable {
        case daemon(String)
        case job(type: String)

        var label: MetricFamily.Label {
            switch self {
            case .daemon(let name): .init("daemon", name)
            case .job(let type): .init("job_type", type)
            }
        }

        package var shown: String {
            switch self {
            case .daemon(let name): "daemon \(name)"
            case .job(let type): "job type \(type)"
            }
        }
    }

    package enum Change: Sendable {
        case add(Double)
        case set(Double)
        /// Without bounds: those that the series has, or the usual ones.
        case observe(Double, bounds: [Double]?)

        var kind: MetricFamily.Kind {
            switch self {
            case .add: .counter
            case .set: .gauge
            case .observe: .histogram
            }
        }
    }

    package enum Outcome: Sendable, Hashable {
        case kept
        /// There is no room for another series; the sentence is for the first refusal of this owner only.
        case full(String?)
    }

    private struct Series: Hashable {
        var owner: Owner
        var labels: [MetricFamily.Label]
    }

    private struct Family {
        var kind: MetricFamily.Kind
        var series: [Series: MetricFamily.Reading] = [:]
    }

    private var families: [String: Family] = [:]
    private var lines: [Owner: Int] = [:]
    private var allLines = 0
    private var warned: Set<Owner> = []

    package init() {}

    /// Takes one change. `name` and `labels` have to be checked, the labels sorted by name.
    ///
    /// Throws `conflict` when another script has a metric of that name and another kind, and `invalidArgument` for bounds
    /// that are not those which the series has. An owner that gives its own metric another kind begins it anew.
    package mutating func record(
        _ name: String, _ change: Change, labels: [MetricFamily.Label], owner: Owner
    ) throws(HostError) -> Outcome {
        try claim(name, change.kind, owner)
        let series = Series(owner: owner, labels: labels)
        let before = families[name]?.series[series]
        let after = try Self.apply(change, to: before, name)
        if before == nil {
            let more = Self.lines(of: after)
            guard lines[owner, default: 0] + more <= Self.linesOfOne, allLines + more <= Self.linesOfAll else {
                return .full(warning(for: owner))
            }
            lines[owner, default: 0] += more
            allLines += more
        }
        families[name, default: Family(kind: change.kind)].series[series] = after
        return .kept
    }

    private mutating func claim(_ name: String, _ kind: MetricFamily.Kind, _ owner: Owner) throws(HostError) {
        guard let family = families[name], family.kind != kind else { return }
        if let other = family.series.keys.first(where: { $0.owner != owner })?.owner {
            throw HostError(
                .conflict, "the metric '\(name)' is a \(family.kind.rawValue) of the \(other.shown): use another name")
        }
        drop(name) { _ in true }
    }

    private static func apply(
        _ change: Change, to before: MetricFamily.Reading?, _ name: String
    ) throws(HostError) -> MetricFamily.Reading {
        switch change {
        case .set(let value): return .number(value)
        case .add(let value):
            guard case .number(let sum)? = before else { return .number(value) }
            return .number(sum + value)
        case .observe(let value, let bounds):
            guard case .histogram(var histogram)? = before else {
                var histogram = Histogram(bounds: bounds ?? Histogram.usualBounds)
                histogram.observe(value)
                return .histogram(histogram)
            }
            guard bounds == nil || bounds == histogram.bounds else {
                throw HostError(
                    .invalidArgument, "the buckets of '\(name)' are others since its first value: they cannot change")
            }
            histogram.observe(value)
            return .histogram(histogram)
        }
    }

    private static func lines(of reading: MetricFamily.Reading) -> Int {
        switch reading {
        case .number: 1
        case .histogram(let histogram): histogram.counts.count + 2
        }
    }

    private mutating func warning(for owner: Owner) -> String? {
        guard warned.insert(owner).inserted else { return nil }
        return
            "the metrics of the \(owner.shown) take up all \(Self.linesOfOne.grouped) lines that it has, or those of all "
            + "scripts the host's \(Self.linesOfAll.grouped): no more series are kept; use fewer label values"
    }

    /// Drops the series of a daemon that is gone.
    package mutating func forget(_ owner: Owner) {
        for name in families.keys { drop(name) { $0 == owner } }
        warned.remove(owner)
    }

    private mutating func drop(_ name: String, where isMeant: (Owner) -> Bool) {
        for (series, reading) in families[name]?.series ?? [:] where isMeant(series.owner) {
            families[name]?.series[series] = nil
            let fewer = Self.lines(of: reading)
            lines[series.owner, default: 0] -= fewer
            if lines[series.owner] == 0 { lines[series.owner] = nil }
            allLines -= fewer
        }
        if families[name]?.series.isEmpty == true { families[name] = nil }
    }

    /// All of them, in the order of their names.
    package func all() -> [MetricFamily] {
        families.sorted { $0.key < $1.key }.map { name, family in
            let samples = family.series.map { MetricFamily.Sample([$0.key.owner.label] + $0.key.labels, $0.value) }
            return MetricFamily(
                Self.prefix + name, family.kind, "A \(family.kind.rawValue) that scripts keep.",
                samples.sorted { Self.order($0) < Self.order($1) })
        }
    }

    private static func order(_ sample: MetricFamily.Sample) -> String {
        sample.labels.map { "\($0.name)=\($0.value)" }.joined(separator: "\u{0}")
    }
}
