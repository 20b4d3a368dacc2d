import Model

/// One thread of the executor, and what the others know of it.
///
/// Sendable without the compiler's proof: the fields are read and written only under the executor's lock.
final class ExecutorWorker: @unchecked Sendable {
    /// Where it sleeps while there is nothing to run.
    let doorbell: Doorbell
    let mark: StuckMark
    /// It was told to look, or its alarm went off, and it has not looked yet.
    var isSearching = false
    /// It looks because its alarm went off.
    var isAlarmed = false
    /// When its alarm goes off; the far future for never.
    private(set) var looksAt = MonotonicTime.distantFuture
    var turns = ExecutorSchedule.Turns()

    /// Nil when the system has no file descriptors for it.
    init?(alarm: StuckAlarm) {
        guard let doorbell = Doorbell() else { return nil }
        self.doorbell = doorbell
        mark = StuckMark(of: alarm)
    }

    /// Sets the alarm, in the executor's time; `offset` leads from there to CLOCK_MONOTONIC. Under the lock, so that of
    /// two threads that set it the later one wins in both places.
    func setAlarm(at moment: MonotonicTime, offset: Duration) {
        guard moment != looksAt else { return }
        looksAt = moment
        doorbell.setAlarm(at: moment == .distantFuture ? nil : (moment + offset).nanoseconds)
    }

    /// The alarm went off: the thread looks, and has none until it is set again.
    func noteAlarm() {
        isAlarmed = true
        looksAt = .distantFuture
    }
}
