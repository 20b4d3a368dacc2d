import Model
import Testing

@testable import LuaRuntime

@Suite("Timer heap")
struct TimerHeapTests {
    private func at(_ nanoseconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: nanoseconds) }

    /// Takes out what is due, as indices into `slots`.
    private func drain(_ heap: inout TimerHeap, _ slots: [ExecutorSlot], at now: Int64) -> [Int] {
        var order: [Int] = []
        while let slot = heap.popDue(at: at(now)) {
            order.append(slots.firstIndex { $0 === slot } ?? -1)
        }
        return order
    }

    @Test("timers come out by time, and those of one time in the order they were set")
    func order() {
        let slots = (0..<6).map { _ in ExecutorSlot() }
        var heap = TimerHeap()
        for (index, time) in [30, 10, 20, 10, 20, 10].enumerated() { heap.set(slots[index], at: at(Int64(time))) }
        #expect(heap.earliest == at(10))
        #expect(drain(&heap, slots, at: 9) == [])
        #expect(drain(&heap, slots, at: 20) == [1, 3, 5, 2, 4])
        #expect(heap.count == 1)
        #expect(drain(&heap, slots, at: .max) == [0])
        #expect(heap.earliest == nil)
    }

    @Test("setting a slot's timer again replaces it, earlier or later, and puts it behind equals")
    func replace() {
        let slots = (0..<3).map { _ in ExecutorSlot() }
        var heap = TimerHeap()
        for slot in slots { heap.set(slot, at: at(10)) }
        heap.set(slots[0], at: at(5))
        heap.set(slots[1], at: at(50))
        heap.set(slots[2], at: at(40))
        heap.set(slots[0], at: at(40))
        #expect(heap.count == 3)
        #expect(drain(&heap, slots, at: 40) == [2, 0])
        #expect(drain(&heap, slots, at: 50) == [1])
    }

    @Test("a cancelled timer does not come out, and cancelling twice or without a timer does nothing")
    func cancel() {
        let slots = (0..<4).map { _ in ExecutorSlot() }
        var heap = TimerHeap()
        heap.remove(slots[0])
        for (index, slot) in slots.enumerated() { heap.set(slot, at: at(Int64(index))) }
        heap.remove(slots[0])
        heap.remove(slots[2])
        heap.remove(slots[2])
        #expect(!slots[2].hasTimer)
        #expect(drain(&heap, slots, at: 10) == [1, 3])
    }

    @Test("10,000 timers, set, moved and cancelled at random, come out exactly as a sorted list says")
    func many() {
        var generator = SplitMix(seed: 42)
        let slots = (0..<10_000).map { _ in ExecutorSlot() }
        var heap = TimerHeap()
        var expected: [Int: (time: Int64, order: Int)] = [:]
        for order in 0..<40_000 {
            let index = Int.random(in: 0..<slots.count, using: &generator)
            if Int.random(in: 0..<4, using: &generator) == 0 {
                heap.remove(slots[index])
                expected[index] = nil
            } else {
                let time = Int64.random(in: 0..<1_000, using: &generator)
                heap.set(slots[index], at: at(time))
                expected[index] = (time, order)
            }
        }
        #expect(heap.count == expected.count)
        let sorted = expected.sorted { ($0.value.time, $0.value.order) < ($1.value.time, $1.value.order) }
        for (index, _) in sorted {
            #expect(heap.popDue(at: at(1_000)) === slots[index])
        }
        #expect(heap.count == 0)
        #expect(slots.allSatisfy { !$0.hasTimer })
    }

    @Test("removing all leaves no slot with a timer")
    func removeAll() {
        let slots = (0..<100).map { _ in ExecutorSlot() }
        var heap = TimerHeap()
        for slot in slots { heap.set(slot, at: at(1)) }
        #expect(heap.removeAll().count == 100)
        #expect(heap.count == 0)
        #expect(slots.allSatisfy { !$0.hasTimer })
    }
}

/// Random numbers that are the same in every run.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
