import Glibc

/// A lock, and conditions on which threads that hold it wait.
///
/// Sendable without the compiler's proof: the memory is never moved and only libc touches it.
final class ExecutorLock: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    @inline(__always)
    func lock() { pthread_mutex_lock(mutex) }

    @inline(__always)
    func unlock() { pthread_mutex_unlock(mutex) }

    func withLock<Result>(_ body: () throws -> Result) rethrows -> Result {
        lock()
        defer { unlock() }
        return try body()
    }

    /// Where threads wait for one kind of news. A wait may end for no reason: whoever waits looks again.
    ///
    /// Sendable for the same reason as the lock.
    final class Condition: @unchecked Sendable {
        private let lock: ExecutorLock
        private let condition: UnsafeMutablePointer<pthread_cond_t>

        init(of lock: ExecutorLock) {
            self.lock = lock
            condition = .allocate(capacity: 1)
            condition.initialize(to: pthread_cond_t())
            var attributes = pthread_condattr_t()
            pthread_condattr_init(&attributes)
            pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
            pthread_cond_init(condition, &attributes)
            pthread_condattr_destroy(&attributes)
        }

        deinit {
            pthread_cond_destroy(condition)
            condition.deallocate()
        }

        func wait() { pthread_cond_wait(condition, lock.mutex) }

        /// False when the span has passed.
        func wait(until deadline: timespec) -> Bool {
            var deadline = deadline
            return pthread_cond_timedwait(condition, lock.mutex, &deadline) != ETIMEDOUT
        }

        func broadcast() { pthread_cond_broadcast(condition) }
    }
}

extension timespec {
    /// The moment of CLOCK_MONOTONIC that lies `span` ahead; years ahead is as good as never.
    static func monotonic(in span: Duration) -> timespec {
        var moment = timespec()
        clock_gettime(CLOCK_MONOTONIC, &moment)
        let year: Int64 = 31_536_000_000_000_000
        let nanoseconds = Int64(moment.tv_nsec) + min(max(0, span.wholeNanoseconds), year)
        moment.tv_sec += Int(nanoseconds / 1_000_000_000)
        moment.tv_nsec = Int(nanoseconds % 1_000_000_000)
        return moment
    }

    var wholeNanoseconds: Int64 { Int64(tv_sec) * 1_000_000_000 + Int64(tv_nsec) }
}
