import CLuaShim
import Glibc

/// What one thread sleeps on: others may ring it, and set its alarm, without taking it out of its sleep for the latter.
///
/// Setting a sleeper's alarm is a system call of less than a microsecond; waking it to set one itself costs two changes
/// of thread. It uses two file descriptors.
final class Doorbell: Sendable {
    private static let unset: Int32 = -1

    private let event: Int32
    private let timer: Int32

    /// Nil when there are no file descriptors to be had.
    init?() {
        event = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        timer = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_CLOEXEC | TFD_NONBLOCK))
        if event == Self.unset || timer == Self.unset { return nil }
    }

    deinit {
        for file in [event, timer] where file != Self.unset { close(file) }
    }

    /// Ends the sleep, or the next one at once.
    func ring() {
        var one: UInt64 = 1
        _ = write(event, &one, MemoryLayout<UInt64>.size)
    }

    /// Ends the sleep at that moment of CLOCK_MONOTONIC, in nanoseconds, in place of any set before; nil for never.
    func setAlarm(at nanoseconds: Int64?) {
        var alarm = itimerspec()
        if let nanoseconds {
            // All zero would mean never.
            let moment = max(1, nanoseconds)
            alarm.it_value = timespec(tv_sec: Int(moment / 1_000_000_000), tv_nsec: Int(moment % 1_000_000_000))
        }
        timerfd_settime(timer, Int32(TFD_TIMER_ABSTIME), &alarm, nil)
    }

    /// Sleeps until it is rung or the alarm goes off, and uses up both; whether it was the alarm. A signal may end the
    /// sleep too.
    func sleep() -> Bool {
        var files = [event, timer].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        guard poll(&files, 2, -1) > 0 else { return false }
        var ignored: UInt64 = 0
        for file in files where file.revents != 0 { _ = read(file.fd, &ignored, MemoryLayout<UInt64>.size) }
        return files[1].revents != 0
    }
}
