/// When the next step is due.
package enum StepSchedule {
    /// Seconds form a grid from the last due time: a step that took longer than its interval is followed at once by
    /// the next, and what was missed is not made up. A cron line counts from the wall clock; nil when it never
    /// comes again.
    package static func next(
        _ interval: StepInterval, due: MonotonicTime, now: MonotonicTime, wall: WallTime,
        offset: (WallTime) -> Int
    ) -> MonotonicTime? {
        switch interval {
        case .seconds(let seconds):
            return max(due + .saturating(seconds: seconds), now)
        case .cron(let expression):
            guard let instant = expression.next(after: wall, offset: offset) else { return nil }
            return now + max(instant - wall, .zero)
        }
    }

    /// The first step's delay when `count` daemons start together: they share a window of a tenth of a millisecond each,
    /// at most one interval long, so that they do not all step at once and a single one steps immediately.
    package static func spread(index: Int, of count: Int, _ interval: StepInterval) -> Duration {
        guard count > 1, case .seconds(let seconds) = interval else { return .zero }
        let window = min(Duration.saturating(seconds: seconds).wholeNanoseconds, Int64(count) * 100_000)
        return .nanoseconds(Int64(Double(window) * Double(index) / Double(count)))
    }
}
