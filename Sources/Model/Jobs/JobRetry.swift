/// How long a failed job waits for its next attempt.
package enum JobRetry {
    /// `min(max, base + 2ⁿ seconds)` after the n-th attempt, and up to a tenth more, so that many that failed together
    /// do not come back together: also at the cap, which the tenth may pass.
    ///
    /// `attempt` counts from 1; `jitter` is a random number, 0 to below 1. Whatever the numbers, it never overflows.
    package static func delay(attempt: Int, base: Duration, max: Duration, jitter: Double) -> Duration {
        // 2³⁴ seconds are past what a duration is allowed to be here, so more doublings change nothing.
        let doublings = Swift.min(Swift.max(0, attempt), 34)
        let growing = Swift.max(0, base.inSeconds) + Double(sign: .plus, exponent: doublings, significand: 1)
        let middle = Swift.min(Swift.max(0, max.inSeconds), growing)
        let share = jitter.isNaN ? 0 : Swift.min(Swift.max(0, jitter), 1)
        return .saturating(seconds: middle * (1 + share / 10))
    }
}
