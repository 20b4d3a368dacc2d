import Model
import Synchronization

/// Clocks that stand still until they are moved by hand, from any thread.
package final class ManualClock: HostClock {
    private struct Reading {
        /// The time of day when it was set last, and how much has passed since: a sum of parts of milliseconds must not
        /// lose them one by one.
        var set: WallTime
        var passed = Duration.zero
        var monotonic: MonotonicTime
    }

    private let reading: Mutex<Reading>

    package init(
        wall: WallTime = WallTime(milliseconds: 1_800_000_000_000), monotonic: MonotonicTime = .init(nanoseconds: 0)
    ) {
        reading = Mutex(Reading(set: wall, monotonic: monotonic))
    }

    package func now() -> WallTime { reading.withLock { $0.set + $0.passed } }

    package func monotonic() -> MonotonicTime { reading.withLock { $0.monotonic } }

    /// Lets time pass on both clocks.
    package func advance(by span: Duration) {
        reading.withLock {
            $0.passed += span
            $0.monotonic = $0.monotonic + span
        }
    }

    /// Sets the time of day, as an operator would; the monotonic clock does not notice.
    package func set(wall: WallTime) {
        reading.withLock {
            $0.set = wall
            $0.passed = .zero
        }
    }
}
