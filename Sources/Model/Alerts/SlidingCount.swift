/// How often something happened within a span up to now, by tenths of that span.
struct SlidingCount: Sendable, Hashable {
    private static let parts: Int64 = 10

    private let width: Int64
    /// Counts by the number of their tenth since the clock's beginning.
    private var counts: [Int64: Int] = [:]

    init(window: Duration) { width = max(1, window.wholeNanoseconds / Self.parts) }

    mutating func add(_ count: Int, at now: MonotonicTime) {
        forget(before: now)
        counts[now.nanoseconds / width, default: 0] += count
    }

    /// The count of the last window; what is older is forgotten.
    mutating func total(at now: MonotonicTime) -> Int {
        forget(before: now)
        return counts.values.reduce(0, +)
    }

    private mutating func forget(before now: MonotonicTime) {
        guard !counts.isEmpty else { return }
        let oldest = now.nanoseconds / width - Self.parts
        counts = counts.filter { $0.key > oldest }
    }
}
