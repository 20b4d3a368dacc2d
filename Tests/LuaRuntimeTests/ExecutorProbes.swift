import Glibc
import Model
import Platform
import Synchronization
import Testing

@testable import LuaRuntime

/// A task made of a closure.
final class ProbeTask: ExecutorTask {
    let slot = ExecutorSlot()
    private let body: @Sendable (ProbeTask) -> RunResult

    init(_ body: @escaping @Sendable (ProbeTask) -> RunResult) { self.body = body }

    func run() -> RunResult { body(self) }
}

/// A value behind a lock that the thread sanitizer sees through, which the standard library's is not.
///
/// Sendable without proof: the value is read and written only under the lock.
final class Guarded<Value>: @unchecked Sendable {
    private let lock = ExecutorLock()
    private var value: Value

    init(_ value: Value) { self.value = value }

    func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        try lock.withLock { try body(&value) }
    }
}

/// Numbers in the order in which they were noted.
final class Record: Sendable {
    private let noted = Guarded<[Int]>([])

    func note(_ number: Int) { noted.withLock { $0.append(number) } }

    /// A task that notes the number once a run.
    func task(noting number: Int) -> ProbeTask {
        ProbeTask { [self] _ in
            note(number)
            return .done
        }
    }

    var all: [Int] { noted.withLock { $0 } }
    var count: Int { noted.withLock { $0.count } }
}

/// A door that a task waits at; shut until it is opened, for good.
final class Door: Sendable {
    private let lock = ExecutorLock()
    private let opened: ExecutorLock.Condition
    private let isOpen = Atomic<Bool>(false)

    init() { opened = ExecutorLock.Condition(of: lock) }

    func open() {
        lock.withLock {
            isOpen.store(true, ordering: .sequentiallyConsistent)
            opened.broadcast()
        }
    }

    /// Waits, though not longer than a test may take.
    func pass() {
        let deadline = timespec.monotonic(in: .seconds(60))
        lock.withLock {
            while !isOpen.load(ordering: .sequentiallyConsistent), opened.wait(until: deadline) {}
        }
    }
}

/// The machine's clocks, the monotonic one ahead of the kernel's.
struct ShiftedClock: HostClock {
    let ahead: Duration

    func now() -> WallTime { SystemClock().now() }
    func monotonic() -> MonotonicTime { SystemClock().monotonic() + ahead }
}

/// Time slices without ticks; a task says itself that it is stuck.
final class HandSlices: Sendable {
    private struct Button: @unchecked Sendable {
        // Sendable without proof: the argument is only handed back to the function it came with.
        let stuck: SliceTimer.Stuck
        let argument: UnsafeMutableRawPointer
    }

    private let buttons = Guarded<[pthread_t: Button]>([:])
    /// Threads that attached, over all time.
    let attached = Atomic<Int>(0)

    var timer: SliceTimer {
        SliceTimer(
            attach: { [self] _, stuck, argument in
                attached.add(1, ordering: .relaxed)
                buttons.withLock { $0[pthread_self()] = Button(stuck: stuck, argument: argument) }
                return OpaquePointer(argument)
            },
            detach: { [self] _ in buttons.withLock { $0[pthread_self()] = nil } })
    }

    /// What the signal handler would do on the calling worker.
    func callStuck() {
        guard let button = buttons.withLock({ $0[pthread_self()] }) else { return }
        button.stuck(button.argument)
    }
}

/// Waits until something is so; a test that waits longer than 30 seconds has failed.
func wait(for what: String, at location: SourceLocation = #_sourceLocation, until isSo: () -> Bool) {
    let clock = SystemClock()
    let deadline = clock.monotonic() + .seconds(30)
    while !isSo() {
        guard clock.monotonic() < deadline else {
            Issue.record("waited 30 s for: \(what)", sourceLocation: location)
            return
        }
        sched_yield()
    }
}

/// Ends the executor when the test is over, so that its threads do not outlive it.
func withExecutor(
    workers: Int = 2, threadLimit: Int = 64, clock: any HostClock = ManualClock(), slices: HandSlices = HandSlices(),
    _ body: (LuaExecutor) throws -> Void
) throws {
    let executor = try LuaExecutor(
        workers: workers, threadLimit: threadLimit, clock: clock, isVirtual: clock is ManualClock,
        sliceTimer: slices.timer)
    defer { #expect(executor.shutdown(patience: .seconds(30)) == 0, "all tasks ended") }
    try body(executor)
}

/// A thread outside the executor.
final class OtherThread {
    private final class Body {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private var thread = pthread_t()

    init(_ body: @escaping @Sendable () -> Void) {
        pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(Body(body)).toOpaque())
    }

    func join() { pthread_join(thread, nil) }
}
