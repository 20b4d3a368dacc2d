/// A moment of the monotonic clock, in nanoseconds since an arbitrary start; never goes back, ignores clock changes.
package struct MonotonicTime: Sendable, Hashable, Comparable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package static let distantFuture = MonotonicTime(nanoseconds: .max)

    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.nanoseconds < rhs.nanoseconds }

    /// The moment `span` later; saturates at the far future instead of overflowing.
    package static func + (time: Self, span: Duration) -> Self {
        let (sum, overflow) = time.nanoseconds.addingReportingOverflow(span.wholeNanoseconds)
        return Self(nanoseconds: overflow ? .max : sum)
    }

    package static func - (lhs: Self, rhs: Self) -> Duration {
        .nanoseconds(lhs.nanoseconds.subtractingReportingOverflow(rhs.nanoseconds).partialValue)
    }
}

/// An instant of UTC in milliseconds since 1970: for showing, storing and cron, never for measuring a duration.
package struct WallTime: Sendable, Hashable, Comparable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.milliseconds < rhs.milliseconds }

    package static func + (time: Self, span: Duration) -> Self {
        let (sum, overflow) = time.milliseconds.addingReportingOverflow(span.wholeNanoseconds / 1_000_000)
        return Self(milliseconds: overflow ? .max : sum)
    }

    package static func - (lhs: Self, rhs: Self) -> Duration {
        .milliseconds(lhs.milliseconds.subtractingReportingOverflow(rhs.milliseconds).partialValue)
    }
}

extension Duration {
    /// This span in whole nanoseconds, saturated to what 64 bits hold (about 292 years).
    package var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carried) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflow || carried ? (seconds < 0 ? .min : .max) : sum
    }

    package var inSeconds: Double { Double(wholeNanoseconds) / 1e9 }

    /// A span from seconds as a script gives them: negative and NaN become zero, the huge saturates (about 292 years).
    package static func saturating(seconds: Double) -> Duration {
        guard seconds > 0 else { return .zero }
        return seconds >= 9.2e9 ? .nanoseconds(Int64.max) : .nanoseconds(Int64(seconds * 1e9))
    }
}

/// Both clocks as the engine sees them; tests give one that they move by hand.
package protocol HostClock: Sendable {
    func now() -> WallTime
    func monotonic() -> MonotonicTime
}
