import Glibc
import Model
import Synchronization
import Testing

@testable import Platform

@Suite("The pool for blocking work")
struct BlockingPoolTests {
    @Test("a pool without threads does what is queued when it is told to, in order")
    func driven() throws {
        let pool = BlockingPool(drivenAs: "driven")
        let done = Mutex<[Int]>([])
        for number in 1...3 { try pool.run { done.withLock { $0.append(number) } } }
        #expect(done.withLock { $0 } == [])
        #expect(pool.runNext())
        #expect(done.withLock { $0 } == [1])
        while pool.runNext() {}
        #expect(done.withLock { $0 } == [1, 2, 3])
        pool.close()
        #expect(throws: HostError.self) { try pool.run {} }
    }

    @Test("everything queued is done, by no more threads than allowed")
    func bounded() throws {
        struct Counts { var running = 0, most = 0, done = 0 }
        let pool = try BlockingPool(maxThreads: 3)
        let counts = Monitor(Counts())
        for _ in 0..<2_000 {
            try pool.run {
                counts.withLock {
                    $0.running += 1
                    $0.most = max($0.most, $0.running)
                }
                sched_yield()
                counts.withLock {
                    $0.running -= 1
                    $0.done += 1
                }
            }
        }
        eventually("2,000 items to be done") { counts.withLock { $0.done } == 2_000 }
        #expect((1...3).contains(counts.withLock { $0.most }))
        pool.close()
    }

    @Test("as many items as threads run side by side")
    func parallel() throws {
        let pool = try BlockingPool(maxThreads: 4)
        let arrived = Monitor(0)
        for _ in 0..<4 {
            try pool.run {
                arrived.withLock { $0 += 1 }
                arrived.wakeAll()
                _ = arrived.wait(until: SystemClock().monotonic() + .seconds(10)) { $0 == 4 ? true : nil }
            }
        }
        let all = arrived.wait(until: SystemClock().monotonic() + .seconds(10)) { $0 == 4 ? true : nil }
        #expect(all == true, "each waits for the other three")
        pool.close()
    }

    @Test("a single thread works in order")
    func order() throws {
        let pool = try BlockingPool(maxThreads: 1)
        let seen = Monitor([Int]())
        for number in 0..<5_000 { try pool.run { seen.withLock { $0.append(number) } } }
        eventually("5,000 items to be done") { seen.withLock { $0.count } == 5_000 }
        #expect(seen.withLock { $0 } == Array(0..<5_000))
        pool.close()
    }

    @Test("past its bound the queue answers busy and then recovers")
    func busy() throws {
        let pool = try BlockingPool(maxThreads: 1)
        let gate = Monitor((isOpen: false, done: 0))
        let blocker: @Sendable () -> Void = {
            _ = gate.wait(until: SystemClock().monotonic() + .seconds(10)) { $0.isOpen ? true : nil }
            gate.withLock { $0.done += 1 }
        }
        var accepted = 0
        let refusal = #expect(throws: HostError.self) {
            while accepted < 20_000 {
                try pool.run(blocker)
                accepted += 1
            }
        }
        #expect(refusal?.code == .busy)
        // One may already run beside those that wait.
        #expect((10_000...10_001).contains(accepted))
        gate.withLock { $0.isOpen = true }
        gate.wakeAll()
        let expected = accepted
        eventually("the queue to drain") { gate.withLock { $0.done } == expected }
        #expect(throws: Never.self) { try pool.run {} }
        pool.close()
    }

    @Test("a closed pool does what is queued and takes no more")
    func closing() throws {
        let pool = try BlockingPool(maxThreads: 2)
        let done = Monitor(0)
        for _ in 0..<100 { try pool.run { done.withLock { $0 += 1 } } }
        pool.close()
        #expect { try pool.run {} } throws: { ($0 as? HostError)?.code == .unavailable }
        eventually("the rest to be done") { done.withLock { $0 } == 100 }
    }

    @Test("a task gets its result or its error")
    func tasks() async throws {
        let pool = try BlockingPool(maxThreads: 2)
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 1...100 { group.addTask { try await pool.run { () throws(HostError) -> Int in number } } }
            return try await group.reduce(0, +)
        }
        #expect(sum == 5_050)
        await #expect(throws: HostError(.io, "no")) {
            try await pool.run { () throws(HostError) -> Int in throw HostError(.io, "no") }
        }
        pool.close()
        await #expect(throws: HostError.self) { try await pool.run { () throws(HostError) -> Int in 1 } }
    }
}
