import Model
import Testing

@testable import ControlAPI

@Suite("Metrics as text")
struct MetricsTextTests {
    private static let families: [MetricFamily] = {
        var histogram = Histogram(bounds: [0.001, 1, 2_500_000])
        for value in [0.0005, 0.5, 3, 1e9] { histogram.observe(value) }
        return [
            MetricFamily(
                "a_things", .counter, "Things \"of\" a\\b\nkind.", [.init([.init("x", "1\"\\\n2")], .number(3))]),
            MetricFamily("b_empty", .gauge, "None.", []),
            MetricFamily(
                "c_now", .gauge, "Now.", [.init([], .number(-1.5)), .init([.init("y", "é")], .number(.infinity))]),
            MetricFamily("d_seconds", .histogram, "How long.", [.init([.init("z", "1")], .histogram(histogram))]),
        ]
    }()

    @Test("Prometheus' format names counters by their samples")
    func prometheus() {
        #expect(
            MetricsText.make(Self.families, .prometheus) == #"""
                # HELP a_things_total Things "of" a\\b\nkind.
                # TYPE a_things_total counter
                a_things_total{x="1\"\\\n2"} 3
                # HELP c_now Now.
                # TYPE c_now gauge
                c_now -1.5
                c_now{y="é"} +Inf
                # HELP d_seconds How long.
                # TYPE d_seconds histogram
                d_seconds_bucket{z="1",le="0.001"} 1
                d_seconds_bucket{z="1",le="1.0"} 2
                d_seconds_bucket{z="1",le="2.5e+06"} 3
                d_seconds_bucket{z="1",le="+Inf"} 4
                d_seconds_sum{z="1"} 1000000003.5005
                d_seconds_count{z="1"} 4

                """#)
    }

    @Test("OpenMetrics names families, escapes quotes in their help, and says where it ends")
    func openMetrics() {
        let text = MetricsText.make(Self.families, .openMetrics)
        #expect(
            text.hasPrefix("# HELP a_things Things \\\"of\\\" a\\\\b\\nkind.\n# TYPE a_things counter\na_things_total{")
        )
        #expect(text.hasSuffix("d_seconds_count{z=\"1\"} 4\n# EOF\n"))
    }
}
