import Model

/// The timers of all tasks, earliest first; of equal ones the one that was set first.
///
/// A binary heap in which every slot knows its place, so that setting, replacing and cancelling cost O(log n). Slots
/// are not counted: whoever puts one in keeps it alive until it is out.
struct TimerHeap {
    private struct Entry {
        var at: MonotonicTime
        var order: UInt64
        var slot: Unmanaged<ExecutorSlot>

        func isBefore(_ other: Entry) -> Bool {
            at != other.at ? at < other.at : order < other.order
        }
    }

    private var entries: [Entry] = []
    private var nextOrder: UInt64 = 0

    var count: Int { entries.count }

    /// When the earliest is due.
    var earliest: MonotonicTime? { entries.first?.at }

    /// Sets the slot's timer in place of the one it had.
    mutating func set(_ slot: ExecutorSlot, at time: MonotonicTime) {
        let entry = Entry(at: time, order: nextOrder, slot: .passUnretained(slot))
        nextOrder += 1
        if slot.hasTimer {
            settle(entry, at: slot.heapIndex)
        } else {
            entries.append(entry)
            siftUp(entry, from: entries.count - 1)
        }
    }

    /// Cancels the slot's timer, if it has one.
    mutating func remove(_ slot: ExecutorSlot) {
        guard slot.hasTimer else { return }
        let hole = slot.heapIndex
        slot.heapIndex = -1
        let last = entries.removeLast()
        if hole < entries.count { settle(last, at: hole) }
    }

    /// Takes out the earliest when it is due.
    mutating func popDue(at now: MonotonicTime) -> ExecutorSlot? {
        guard let first = entries.first, first.at <= now else { return nil }
        let slot = first.slot.takeUnretainedValue()
        remove(slot)
        return slot
    }

    /// Takes out all of them, in no order.
    mutating func removeAll() -> [ExecutorSlot] {
        let slots = entries.map { $0.slot.takeUnretainedValue() }
        for slot in slots { slot.heapIndex = -1 }
        entries = []
        return slots
    }

    /// Puts an entry into a place whose former one counts no more.
    private mutating func settle(_ entry: Entry, at hole: Int) {
        if hole > 0, entry.isBefore(entries[(hole - 1) / 2]) {
            siftUp(entry, from: hole)
        } else {
            siftDown(entry, from: hole)
        }
    }

    private mutating func siftUp(_ entry: Entry, from start: Int) {
        var hole = start
        while hole > 0 {
            let parent = (hole - 1) / 2
            guard entry.isBefore(entries[parent]) else { break }
            place(entries[parent], at: hole)
            hole = parent
        }
        place(entry, at: hole)
    }

    private mutating func siftDown(_ entry: Entry, from start: Int) {
        var hole = start
        while true {
            var child = 2 * hole + 1
            guard child < entries.count else { break }
            if child + 1 < entries.count, entries[child + 1].isBefore(entries[child]) { child += 1 }
            guard entries[child].isBefore(entry) else { break }
            place(entries[child], at: hole)
            hole = child
        }
        place(entry, at: hole)
    }

    private mutating func place(_ entry: Entry, at index: Int) {
        entries[index] = entry
        entry.slot.takeUnretainedValue().heapIndex = index
    }
}
