import Model

/// One thread of the executor, and what the others know of it.
///
/// Sendable without the compiler's proof: the fields are read and written only under the executor's lock.
final class ExecutorWorker: @unchecked Sendable {
    /// Where it waits while there is nothing to run.
    let news: Monitor.Condition
    let mark: StuckMark
    /// It was told to look, or its wait timed out, and it has not looked yet.
    var isSearching = false
    /// Its wait timed out.
    var isTimedOut = false
    /// While it waits: when it looks by itself; the far future for never.
    var looksAt = MonotonicTime.distantFuture
    var turns = ExecutorSchedule.Turns()

    init(monitor: Monitor, alarm: StuckAlarm) {
        news = Monitor.Condition(of: monitor)
        mark = StuckMark(of: alarm)
    }
}
