import Glibc
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
    /// What its run wakes now waits for the end of that run. Only its own thread looks at this.
    var isHandingOver = false
    /// What is to be done before the thread sleeps, and when at the latest. Only its own thread looks at these.
    var deferred: [@Sendable () -> Void] = []
    var deferredUntil = MonotonicTime.distantFuture

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

extension ExecutorWorker {
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        return pthread_key_create(&key, nil) == 0 ? key : pthread_key_t.max
    }()

    /// The worker whose thread this is, until it stops being one.
    static var current: ExecutorWorker? {
        pthread_getspecific(key).map { Unmanaged<ExecutorWorker>.fromOpaque($0).takeUnretainedValue() }
    }

    /// From now on this thread is that of `worker`, which must live as long as it is; nil: of none.
    static func setCurrent(_ worker: ExecutorWorker?) {
        pthread_setspecific(key, worker.map { Unmanaged.passUnretained($0).toOpaque() })
    }
}
