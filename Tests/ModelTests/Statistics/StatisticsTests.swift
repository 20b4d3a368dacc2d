import Model
import Testing

@Suite struct StatisticsTests {
    private func at(_ seconds: Double) -> MonotonicTime { MonotonicTime(nanoseconds: Int64(seconds * 1e9)) }

    private func series(capacity: Int = 6, from seconds: Double = 100) -> StatisticsSeries {
        StatisticsSeries(period: .seconds(10), capacity: capacity, at: at(seconds))
    }

    @Test("what happens is counted in the span of its moment")
    func counts() {
        var series = series()
        series.add(.step(took: 2_000_000, lag: 1_000_000), at: at(100))
        series.add(.step(took: 4_000_000, lag: nil), at: at(109.9))
        series.add(.error, at: at(110))
        series.add(.jobCompleted, at: at(111))
        series.add(.jobFailed, at: at(112))
        series.add(.jobFailed, at: at(112))
        let buckets = series.buckets(since: at(0), now: at(115))
        #expect(buckets.map(\.at) == [at(100), at(110)])
        #expect(buckets.map(\.bucket.steps) == [2, 0])
        #expect(buckets.map(\.bucket.errors) == [0, 1])
        #expect(buckets.map(\.bucket.jobsCompleted) == [0, 1])
        #expect(buckets.map(\.bucket.jobsFailed) == [0, 2])
        #expect(buckets[0].bucket.stepMax == 0.004)
        #expect(buckets[0].bucket.lagMax == 0.001)
        #expect(
            buckets[1].bucket.stepMax == nil && buckets[1].bucket.stepMedian == nil && buckets[1].bucket.lagMax == nil)
    }

    @Test("spans without events are there, and keep what the heaps took")
    func gaps() {
        var series = series()
        series.setMemory(5_000, at: at(105))
        series.add(.error, at: at(135))
        series.setMemory(7_000, at: at(136))
        let buckets = series.buckets(since: at(0), now: at(155))
        #expect(buckets.map(\.bucket.memory) == [5_000, 5_000, 5_000, 7_000, 7_000, 7_000])
        #expect(buckets.map(\.bucket.errors) == [0, 0, 0, 1, 0, 0])
    }

    @Test("the newest spans are kept, however many there were")
    func bound() {
        var series = series(capacity: 3)
        for second in stride(from: 100.0, to: 300, by: 10) { series.add(.error, at: at(second)) }
        let buckets = series.buckets(since: at(0), now: at(295))
        #expect(buckets.map(\.at) == [at(260), at(270), at(280), at(290)])
        #expect(buckets.allSatisfy { $0.bucket.errors == 1 })
    }

    @Test("a question about the last moments is answered with those")
    func since() {
        var series = series()
        for second in stride(from: 100.0, to: 150, by: 10) { series.add(.error, at: at(second)) }
        #expect(series.buckets(since: at(131), now: at(145)).map(\.at) == [at(130), at(140)])
        #expect(series.buckets(since: at(500), now: at(145)).isEmpty)
    }

    @Test(
        "the median is told to within 7 %, from microseconds to minutes",
        arguments: [1e-6, 3.3e-6, 0.000_75, 0.012, 0.5, 1, 59.0])
    func median(seconds: Double) throws {
        var histogram = DurationHistogram()
        #expect(histogram.median == nil)
        histogram.add(Int64(seconds * 1e6))
        for _ in 0..<3 { histogram.add(Int64(seconds * 1e9)) }
        histogram.add(3_600_000_000_000)
        let median = try #require(histogram.median)
        #expect(abs(median - seconds) <= 0.07 * seconds)
        histogram.clear()
        #expect(histogram.median == nil)
    }

    @Test("up to an hour is told by ten seconds, a day by five minutes, with the instants of now")
    func report() {
        var track = StatisticsTrack(at: at(1_000))
        track.add(.error, at: at(1_005))
        let wall = WallTime(milliseconds: 2_000_000_000_000)
        let hour = track.report(span: .seconds(3_600), now: at(1_015), wall: wall)
        #expect(hour.period == .seconds(10))
        #expect(hour.buckets.map(\.at) == [wall + .seconds(-15), wall + .seconds(-5)])
        let day = track.report(span: .seconds(86_400), now: at(1_015), wall: wall)
        #expect(day.period == .seconds(300))
        #expect(day.buckets.map(\.bucket.errors) == [1])
        #expect(hour.value["bucket_seconds"] == 10)
        guard case .array(let entries)? = hour.value["buckets"] else {
            Issue.record("no list of buckets")
            return
        }
        #expect(entries.first?["errors"] == 1)
        #expect(entries.first?["step_seconds_p50"] == .null)
    }
}
