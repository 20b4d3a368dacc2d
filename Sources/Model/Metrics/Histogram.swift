/// How often values fell below each of some bounds, and their sum.
package struct Histogram: Sendable, Hashable {
    /// Ascending, without the infinite one, which is always there.
    package let bounds: [Double]
    /// How many values were in each bucket alone; one more than there are bounds.
    package private(set) var counts: [UInt64]
    package private(set) var sum = 0.0

    /// For seconds, from a millisecond to a minute.
    package static let seconds = Histogram(bounds: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60])

    /// What scripts' histograms have when they say nothing of it: Prometheus' own default.
    package static let usualBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    /// `bounds` have to ascend.
    package init(bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    package var count: UInt64 { counts.reduce(0, &+) }

    /// Cost: one comparison a bound at most.
    package mutating func observe(_ value: Double) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        counts[bucket] &+= 1
        sum += value
    }
}
