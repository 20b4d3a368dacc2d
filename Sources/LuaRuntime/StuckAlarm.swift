import Glibc
import Synchronization

/// How a signal handler tells that its thread's run is stuck: a number to read, and a semaphore on which spare threads
/// are parked.
///
/// It lives in raw memory, because a signal handler must neither count references nor allocate. Sendable without the
/// compiler's proof: what the memory holds is an atomic number and a semaphore, and it is never moved.
final class StuckAlarm: @unchecked Sendable {
    fileprivate struct Shared: ~Copyable {
        let stuckCount = Atomic<Int>(0)
        var spares = sem_t()
    }

    fileprivate let shared: UnsafeMutablePointer<Shared>

    init() {
        shared = .allocate(capacity: 1)
        shared.initialize(to: Shared())
        sem_init(&shared.pointee.spares, 0, 0)
    }

    deinit {
        sem_destroy(&shared.pointee.spares)
        shared.deinitialize(count: 1)
        shared.deallocate()
    }

    /// Runs that are stuck now.
    var stuckCount: Int { shared.pointee.stuckCount.load(ordering: .relaxed) }

    /// Parks the calling thread until an alarm, or a call of `wakeSpare`; each of them wakes one.
    func park() {
        while sem_wait(&shared.pointee.spares) != 0 {}
    }

    func wakeSpare() { sem_post(&shared.pointee.spares) }
}

/// One worker's button of the alarm.
///
/// Sendable for the same reason as the alarm.
final class StuckMark: @unchecked Sendable {
    private struct Mark: ~Copyable {
        let isSet = Atomic<Bool>(false)
        let shared: UnsafeMutablePointer<StuckAlarm.Shared>
    }

    private let alarm: StuckAlarm
    private let mark: UnsafeMutablePointer<Mark>

    init(of alarm: StuckAlarm) {
        self.alarm = alarm
        mark = .allocate(capacity: 1)
        mark.initialize(to: Mark(shared: alarm.shared))
    }

    deinit {
        mark.deinitialize(count: 1)
        mark.deallocate()
    }

    /// What `set` is to be given.
    var argument: UnsafeMutableRawPointer { UnsafeMutableRawPointer(mark) }

    /// Called in the signal handler, any number of times in a run; the first one counts and wakes a spare thread.
    static let set: SliceTimer.Stuck = { argument in
        guard let mark = argument?.assumingMemoryBound(to: Mark.self) else { return }
        guard !mark.pointee.isSet.load(ordering: .relaxed) else { return }
        mark.pointee.isSet.store(true, ordering: .relaxed)
        let shared = mark.pointee.shared
        shared.pointee.stuckCount.wrappingAdd(1, ordering: .relaxed)
        sem_post(&shared.pointee.spares)
    }

    /// The run has ended. On the worker's own thread.
    func clear() {
        guard mark.pointee.isSet.load(ordering: .relaxed) else { return }
        mark.pointee.isSet.store(false, ordering: .relaxed)
        alarm.shared.pointee.stuckCount.wrappingSubtract(1, ordering: .relaxed)
    }
}
