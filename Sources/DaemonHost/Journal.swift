import Model
import Synchronization

/// Takes log lines from every daemon and the host, shows them at once, and keeps them by the batch.
///
/// At most `capacity` lines wait to be kept; past that the oldest go and their number is told.
package final class Journal: Sendable {
    package static let capacity = 20_000
    private static let batch = 1_000

    private struct Waiting {
        var entries: [LogEntry] = []
        var dropped = 0
        var isSaving = false
        var flushed: [@Sendable () -> Void] = []
    }

    private let waiting = Mutex(Waiting())
    private let lines = Atomic<Int>(0)
    private let store: any Store
    private let clock: any HostClock
    private let minimumLevel: LogLevel
    private let show: @Sendable (LogEntry) -> Void
    private let kept: @Sendable ([LogEntry]) -> Void

    /// `show` is called for each line on the thread that logs, `kept` for each batch once reads find it, on a thread of
    /// the store's; neither may block.
    package init(
        store: any Store, clock: any HostClock, minimumLevel: LogLevel, show: @escaping @Sendable (LogEntry) -> Void,
        kept: @escaping @Sendable ([LogEntry]) -> Void = { _ in }
    ) {
        self.store = store
        self.clock = clock
        self.minimumLevel = minimumLevel
        self.show = show
        self.kept = kept
    }

    /// How many lines there were since the host began.
    var lineCount: Int { lines.load(ordering: .relaxed) }

    package func append(_ entry: LogEntry) {
        guard entry.level >= minimumLevel else { return }
        lines.add(1, ordering: .relaxed)
        show(entry)
        let isFull = waiting.withLock { waiting in
            waiting.entries.append(entry)
            if waiting.entries.count > Self.capacity {
                let surplus = waiting.entries.count - Self.capacity + Self.capacity / 10
                waiting.entries.removeFirst(surplus)
                waiting.dropped += surplus
            }
            return waiting.entries.count >= Self.batch && !waiting.isSaving
        }
        if isFull { flush() }
    }

    /// A line of the host's own.
    package func host(_ level: LogLevel, _ message: String, _ fields: Value? = nil) {
        append(LogEntry(at: clock.now(), daemon: nil, level: level, message: message, fields: fields))
    }

    /// Hands what waits to the store, in batches; `done` is called when all of it is kept or could not be.
    package func flush(done: (@Sendable () -> Void)? = nil) {
        let next = waiting.withLock { waiting -> Next in
            if let done { waiting.flushed.append(done) }
            if waiting.isSaving { return .nothing }
            guard let batch = takeBatch(&waiting) else { return .tell(takeFlushed(&waiting)) }
            return .save(batch)
        }
        carryOut(next)
    }

    private enum Next {
        case nothing
        case save(Batch)
        case tell([@Sendable () -> Void])
    }

    private struct Batch {
        var entries: [LogEntry]
        var dropped: Int
    }

    private func carryOut(_ next: Next) {
        switch next {
        case .nothing: break
        case .tell(let flushed): for done in flushed { done() }
        case .save(let batch): save(batch)
        }
    }

    private func save(_ batch: Batch) {
        var entries = batch.entries
        if batch.dropped > 0 {
            let loss = "\(batch.dropped) log lines were not kept: they came faster than the database takes them"
            entries.append(LogEntry(at: clock.now(), daemon: nil, level: .warn, message: loss))
        }
        store.submit([.logs(entries)]) { [self] result in saved(batch, result) }
    }

    private func takeBatch(_ waiting: inout Waiting) -> Batch? {
        guard !waiting.entries.isEmpty else { return nil }
        var batch = Batch(entries: [], dropped: waiting.dropped)
        if waiting.entries.count <= Self.batch {
            swap(&batch.entries, &waiting.entries)
            waiting.entries.reserveCapacity(batch.entries.count)
        } else {
            batch.entries = Array(waiting.entries[..<Self.batch])
            waiting.entries.removeFirst(Self.batch)
        }
        waiting.dropped = 0
        waiting.isSaving = true
        return batch
    }

    private func takeFlushed(_ waiting: inout Waiting) -> [@Sendable () -> Void] {
        defer { waiting.flushed = [] }
        return waiting.flushed
    }

    /// Goes on with the next batch; lines that could not be kept wait again, in front, within the bound.
    private func saved(_ batch: Batch, _ result: Result<Void, HostError>) {
        if case .success = result { kept(batch.entries) }
        let next = waiting.withLock { waiting -> Next in
            waiting.isSaving = false
            if case .failure = result {
                let kept = batch.entries.suffix(max(Self.capacity - waiting.entries.count, 0))
                waiting.entries.insert(contentsOf: kept, at: 0)
                waiting.dropped += batch.dropped + batch.entries.count - kept.count
                return .tell(takeFlushed(&waiting))
            }
            guard !waiting.flushed.isEmpty || waiting.entries.count >= Self.batch else { return .nothing }
            guard let next = takeBatch(&waiting) else { return .tell(takeFlushed(&waiting)) }
            return .save(next)
        }
        carryOut(next)
    }
}
