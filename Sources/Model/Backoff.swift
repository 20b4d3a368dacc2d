/// How long to wait after failures in a row.
package enum Backoff {
    /// How far the delay strays from its middle, either way, so that many that failed together do not return together.
    private static let spread = 0.2

    /// `min(max, base · 2ⁿ)` give or take a fifth, never above `max` nor below zero, whatever the numbers.
    ///
    /// `failures` counts from 0 for the first; `jitter` is a random number, 0 to below 1.
    package static func delay(failures: Int, base: Duration, max: Duration, jitter: Double) -> Duration {
        let longest = Swift.max(.zero, max)
        // 2⁶³ ns is past what a duration is allowed to be here, so more doublings change nothing.
        let doublings = Swift.min(Swift.max(0, failures), 63)
        let middle = Swift.min(
            longest.inSeconds, Swift.max(0, base.inSeconds) * Double(sign: .plus, exponent: doublings, significand: 1))
        let share = jitter.isNaN ? 0.5 : Swift.min(Swift.max(0, jitter), 1)
        return Swift.min(longest, .saturating(seconds: middle * (1 - spread + 2 * spread * share)))
    }
}
