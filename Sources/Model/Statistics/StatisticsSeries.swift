/// What happened in spans of equal length, one after the other: the newest of them are kept.
///
/// A span in which nothing happened takes no room. Cost of an addition: some nanoseconds.
package struct StatisticsSeries: Sendable {
    /// Something to be counted.
    package enum Sample: Sendable, Hashable {
        /// A step has ended well; `lag` is how long after its due time it began, where that is known. In nanoseconds: a
        /// `Duration` would have to be divided each time.
        case step(took: Int64, lag: Int64?)
        case error
        case jobCompleted
        case jobFailed
    }

    /// One span.
    package struct Bucket: Sendable, Hashable {
        /// Which span since the clock's start it is.
        var index: Int64
        package var steps: UInt32 = 0
        package var errors: UInt32 = 0
        package var jobsCompleted: UInt32 = 0
        package var jobsFailed: UInt32 = 0
        /// In seconds; nil when no step ended.
        package var stepMedian: Float?
        package var stepMax: Float?
        /// In seconds; nil when no step's due time was known.
        package var lagMax: Float?
        /// The Lua heaps at the span's end, in bytes.
        package var memory: Int64

        init(index: Int64, memory: Int64) {
            self.index = index
            self.memory = memory
        }
    }

    /// A span's length.
    package let period: Duration
    /// The most spans that are kept, the one in progress besides.
    package let capacity: Int
    private let nanoseconds: Int64
    /// Since when it is counted.
    private let start: Int64
    private var closed: [Bucket] = []
    /// The oldest one's place in `closed`.
    private var oldest = 0
    private var open: Bucket
    private var durations = DurationHistogram()

    package init(period: Duration, capacity: Int, at now: MonotonicTime, memory: Int64 = 0) {
        self.period = period
        self.capacity = max(1, capacity)
        nanoseconds = max(1, period.wholeNanoseconds)
        start = now.nanoseconds / nanoseconds
        open = Bucket(index: start, memory: memory)
    }

    package mutating func add(_ sample: Sample, at now: MonotonicTime) {
        turn(to: now)
        switch sample {
        case .step(let took, let lag):
            open.steps &+= 1
            durations.add(took)
            open.stepMax = max(open.stepMax ?? 0, Float(took) / 1e9)
            if let lag { open.lagMax = max(open.lagMax ?? 0, Float(lag) / 1e9) }
        case .error: open.errors &+= 1
        case .jobCompleted: open.jobsCompleted &+= 1
        case .jobFailed: open.jobsFailed &+= 1
        }
    }

    /// The Lua heaps take so much from now on.
    package mutating func setMemory(_ bytes: Int64, at now: MonotonicTime) {
        turn(to: now)
        open.memory = bytes
    }

    /// Begins the span of this moment if it has not begun.
    private mutating func turn(to now: MonotonicTime) {
        let index = now.nanoseconds / nanoseconds
        guard index > open.index else { return }
        let ended = finished
        if closed.count < capacity {
            closed.append(ended)
        } else {
            closed[oldest] = ended
            oldest = (oldest + 1) % capacity
        }
        durations.clear()
        open = Bucket(index: index, memory: ended.memory)
    }

    /// The span in progress as it is now.
    private var finished: Bucket {
        var bucket = open
        bucket.stepMedian = durations.median.map { Float($0) }
        return bucket
    }

    /// Every span from the one of `since` to that of `now`, those without events among them, the newest `capacity` and
    /// the one in progress at most; with the moment at which each begins.
    package func buckets(
        since: MonotonicTime, now: MonotonicTime
    ) -> [(at: MonotonicTime, bucket: Bucket)] {
        let last = max(now.nanoseconds / nanoseconds, open.index)
        let first = max(since.nanoseconds / nanoseconds, start, last - Int64(capacity))
        guard first <= last else { return [] }
        var kept = (closed[oldest...] + closed[..<oldest] + [finished])[...]
        var before = Bucket(index: first, memory: kept.first?.memory ?? 0)
        return (first...last).map { index in
            while let next = kept.first, next.index <= index {
                before = next
                kept = kept.dropFirst()
            }
            let bucket = before.index == index ? before : Bucket(index: index, memory: before.memory)
            return (MonotonicTime(nanoseconds: index * nanoseconds), bucket)
        }
    }
}
