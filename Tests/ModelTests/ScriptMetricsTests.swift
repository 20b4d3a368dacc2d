import Model
import Testing

@Suite("Metrics of scripts")
struct ScriptMetricsTests {
    private static let owner = ScriptMetrics.Owner.daemon("d")

    @Test("a counter adds up, a gauge is set, a histogram counts; each combination of labels is a series")
    func kinds() throws {
        var metrics = ScriptMetrics()
        for (n, shop) in [(1.0, "a"), (2, "a"), (5, "b")] {
            _ = try metrics.record("sold", .add(n), labels: [.init("shop", shop)], owner: Self.owner)
        }
        for value in [3.0, 4] { _ = try metrics.record("left", .set(value), labels: [], owner: Self.owner) }
        for value in [0.5, 1, 7] {
            _ = try metrics.record("took", .observe(value, bounds: [1, 2]), labels: [], owner: Self.owner)
        }
        var histogram = Histogram(bounds: [1, 2])
        for value in [0.5, 1, 7] { histogram.observe(value) }
        #expect(histogram.counts == [2, 0, 1] && histogram.sum == 8.5 && histogram.count == 3)
        let daemon = MetricFamily.Label("daemon", "d")
        #expect(
            metrics.all().map(\.samples) == [
                [.init([daemon], .number(4))],
                [
                    .init([daemon, .init("shop", "a")], .number(3)), .init([daemon, .init("shop", "b")], .number(5)),
                ],
                [.init([daemon], .histogram(histogram))],
            ])
        #expect(metrics.all().map(\.name) == ["lunad_script_left", "lunad_script_sold", "lunad_script_took"])
    }

    @Test("a script has room for so many lines, is told once, and goes on with the series that it has")
    func boundOfOne() throws {
        var metrics = ScriptMetrics()
        for number in 0..<ScriptMetrics.linesOfOne {
            let outcome = try metrics.record("n", .add(1), labels: [.init("i", "\(number)")], owner: Self.owner)
            #expect(outcome == .kept)
        }
        guard case .full(let warning?) = try metrics.record("n", .add(1), labels: [.init("i", "x")], owner: Self.owner)
        else {
            Issue.record("there was room for another series")
            return
        }
        #expect(warning.contains("daemon d") && warning.contains("1,000 lines"))
        #expect(try metrics.record("other", .set(1), labels: [], owner: Self.owner) == .full(nil))
        #expect(try metrics.record("n", .add(1), labels: [.init("i", "5")], owner: Self.owner) == .kept)
        #expect(try metrics.record("n", .add(1), labels: [], owner: .daemon("another")) == .kept)
        metrics.forget(Self.owner)
        #expect(try metrics.record("other", .set(1), labels: [], owner: Self.owner) == .kept)
        #expect(metrics.all().flatMap(\.samples).count == 2)
    }

    @Test("all scripts together have room for so many lines")
    func boundOfAll() throws {
        var metrics = ScriptMetrics()
        let perOwner = ScriptMetrics.linesOfOne
        for owner in 0..<(ScriptMetrics.linesOfAll / perOwner) {
            for number in 0..<perOwner {
                _ = try metrics.record("n", .set(1), labels: [.init("i", "\(number)")], owner: .daemon("\(owner)"))
            }
        }
        guard case .full(.some) = try metrics.record("n", .set(1), labels: [], owner: Self.owner) else {
            Issue.record("there was room for another series")
            return
        }
    }

    @Test("two scripts cannot give one name two kinds; a script alone can change its mind")
    func conflicts() throws {
        var metrics = ScriptMetrics()
        _ = try metrics.record("x", .add(1), labels: [], owner: Self.owner)
        _ = try metrics.record("x", .set(9), labels: [], owner: Self.owner)
        #expect(metrics.all().map(\.kind) == [.gauge])
        let error = #expect(throws: HostError.self) {
            try metrics.record("x", .add(1), labels: [], owner: .job(type: "j"))
        }
        #expect(error?.message == "the metric 'x' is a gauge of the daemon d: use another name")
        _ = try metrics.record("h", .observe(1, bounds: [1]), labels: [], owner: Self.owner)
        _ = try metrics.record("h", .observe(1, bounds: nil), labels: [], owner: Self.owner)
        #expect(throws: HostError.self) {
            try metrics.record("h", .observe(1, bounds: [2]), labels: [], owner: Self.owner)
        }
    }

    @Test(
        "names that a scrape could not show are refused",
        arguments: [
            "", "1a", "_a", "a-b", "a b", "ä", "a_count", "a_bucket", "a_total_total",
            String(repeating: "a", count: 101),
        ])
    func names(name: String) {
        #expect(throws: HostError.self) { try MetricName.checked(name, .counter) }
    }

    @Test("a counter may be called as it is shown")
    func total() throws {
        #expect(try MetricName.checked("sold_total", .counter) == "sold")
        #expect(throws: HostError.self) { try MetricName.checked("sold_total", .gauge) }
    }

    @Test("labels are few, short, and leave the host's own names alone")
    func labels() throws {
        #expect(
            try MetricName.labels(["b": 1, "a": true, "c": 2.5, "d": "x\n"])
                == [.init("a", "true"), .init("b", "1"), .init("c", "2.5"), .init("d", "x\n")])
        let wrong: [Value] = [
            ["daemon": "x"], ["le": "1"], ["__x": "1"], ["a b": "1"], ["a": [1]], "x", [1],
            ["a": .string(String(repeating: "x", count: 129))],
            .object((0..<9).map { .init("l\($0)", "x") }),
        ]
        for table in wrong { #expect(throws: HostError.self) { try MetricName.labels(table) } }
        #expect(try MetricName.labels(.null) == [])
    }

    @Test("buckets ascend and are finite")
    func buckets() throws {
        #expect(try MetricName.bounds([0.5, 1, 20]) == [0.5, 1, 20])
        #expect(try MetricName.bounds(.null) == nil)
        for wrong: Value in [[2, 1], [1, 1], ["x"], [.number(.infinity)], .emptyTable, 1] {
            #expect(throws: HostError.self) { try MetricName.bounds(wrong) }
        }
    }
}
