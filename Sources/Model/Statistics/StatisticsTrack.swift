/// The statistics of one daemon, or of all together: the last hour by ten seconds, the last day by five minutes.
///
/// Takes at most some 40 KB, when something happens all day.
package struct StatisticsTrack: Sendable {
    private var fine: StatisticsSeries
    private var coarse: StatisticsSeries

    package init(at now: MonotonicTime, memory: Int64 = 0) {
        fine = StatisticsSeries(period: .seconds(10), capacity: 360, at: now, memory: memory)
        coarse = StatisticsSeries(period: .seconds(300), capacity: 288, at: now, memory: memory)
    }

    package mutating func add(_ sample: StatisticsSeries.Sample, at now: MonotonicTime) {
        fine.add(sample, at: now)
        coarse.add(sample, at: now)
    }

    /// The Lua heaps take so much from now on.
    package mutating func setMemory(_ bytes: Int64, at now: MonotonicTime) {
        fine.setMemory(bytes, at: now)
        coarse.setMemory(bytes, at: now)
    }

    /// What the last `span` was like: in tens of seconds up to an hour, in spans of five minutes beyond. `wall` is the
    /// instant that `now` is.
    package func report(span: Duration, now: MonotonicTime, wall: WallTime) -> StatisticsReport {
        let series = span <= fine.period * fine.capacity ? fine : coarse
        let buckets = series.buckets(since: now + (.zero - span), now: now)
        return StatisticsReport(
            period: series.period, buckets: buckets.map { .init(at: wall + ($0.at - now), bucket: $0.bucket) })
    }
}

/// A chart's worth of statistics, oldest first, without gaps.
package struct StatisticsReport: Sendable, Hashable {
    package struct Entry: Sendable, Hashable {
        /// When the span begins.
        package var at: WallTime
        package var bucket: StatisticsSeries.Bucket
    }

    package var period: Duration
    package var buckets: [Entry]

    /// `{bucket_seconds, buckets: [{at, steps, errors, …}]}`
    package var value: Value {
        [
            "bucket_seconds": .integer(period.components.seconds),
            "buckets": .array(buckets.map(\.value)),
        ]
    }
}

extension StatisticsReport.Entry {
    fileprivate var value: Value {
        [
            "at": .string(at.iso8601), "steps": .integer(Int64(bucket.steps)),
            "errors": .integer(Int64(bucket.errors)), "step_seconds_p50": .seconds(bucket.stepMedian),
            "step_seconds_max": .seconds(bucket.stepMax), "lag_seconds_max": .seconds(bucket.lagMax),
            "memory_bytes": .integer(bucket.memory), "jobs_completed": .integer(Int64(bucket.jobsCompleted)),
            "jobs_failed": .integer(Int64(bucket.jobsFailed)),
        ]
    }
}

extension Value {
    /// Seconds to the microsecond; null for none.
    package static func seconds(_ seconds: Float?) -> Value {
        seconds.map { .number((Double($0) * 1e6).rounded() / 1e6) } ?? .null
    }
}
