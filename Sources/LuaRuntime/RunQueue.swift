/// Slots in the order they came, in a ring that grows by doubling; both ends cost O(1).
///
/// Slots are not counted: whoever puts one in keeps it alive until it is out.
struct RunQueue {
    private var ring: [Unmanaged<ExecutorSlot>?] = Array(repeating: nil, count: 64)
    private var head = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func append(_ slot: ExecutorSlot) {
        if count == ring.count { grow() }
        ring[(head + count) & (ring.count - 1)] = .passUnretained(slot)
        count += 1
    }

    mutating func popFirst() -> ExecutorSlot? {
        guard count > 0 else { return nil }
        let slot = ring[head]
        head = (head + 1) & (ring.count - 1)
        count -= 1
        return slot?.takeUnretainedValue()
    }

    /// The size stays a power of two, so that a place is found with a mask.
    private mutating func grow() {
        let inOrder = ring[head...] + ring[..<head]
        ring = inOrder + Array(repeating: nil, count: ring.count)
        head = 0
    }
}
