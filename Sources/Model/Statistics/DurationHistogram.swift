/// How many durations fell into which of 256 classes, each an eighth of a power of two wide: from half a microsecond to
/// over half an hour, told to within 7 %.
package struct DurationHistogram: Sendable {
    private static let classes = 256
    /// The power of two of the first class's nanoseconds; what is shorter belongs there, too.
    private static let firstPower = 9

    private var counts: [UInt32] = []
    private var total = 0

    package init() {}

    package mutating func add(_ nanoseconds: Int64) {
        if counts.isEmpty { counts = [UInt32](repeating: 0, count: Self.classes) }
        let place = Self.place(of: nanoseconds)
        counts[place] = counts[place] &+ 1
        total += 1
    }

    package mutating func clear() {
        guard total > 0 else { return }
        for place in counts.indices { counts[place] = 0 }
        total = 0
    }

    /// The middle of the class that the middle one of all durations is in, in seconds; nil without any.
    package var median: Double? {
        guard total > 0 else { return nil }
        var seen = 0
        for (place, count) in counts.enumerated() {
            seen += Int(count)
            if seen * 2 >= total { return Self.middle(of: place) }
        }
        return nil
    }

    private static func place(of nanoseconds: Int64) -> Int {
        guard nanoseconds >= 1 << firstPower else { return 0 }
        let power = 63 - nanoseconds.leadingZeroBitCount
        let eighth = Int(nanoseconds >> (power - 3)) & 7
        return min((power - firstPower) * 8 + eighth, classes - 1)
    }

    private static func middle(of place: Int) -> Double {
        let start = Double(Int64(1) << (firstPower + place / 8))
        return start * (1 + (Double(place % 8) + 0.5) / 8) / 1e9
    }
}
