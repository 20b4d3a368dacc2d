/// Prepared statements by their text, at most `capacity`; the one unused for longest goes first.
final class StatementCache<Entry> {
    private let capacity: Int
    private var entries: [Text: (entry: Entry, used: UInt64)] = [:]
    private var uses: UInt64 = 0

    init(capacity: Int) { self.capacity = capacity }

    /// The entry of that text. Storing beyond the capacity costs a search for the oldest.
    subscript(_ sql: String) -> Entry? {
        get {
            guard let index = entries.index(forKey: Text(sql: sql)) else { return nil }
            uses += 1
            entries.values[index].used = uses
            return entries.values[index].entry
        }
        set {
            if newValue != nil, entries.count >= capacity,
                let oldest = entries.min(by: { $0.value.used < $1.value.used })
            {
                entries[oldest.key] = nil
            }
            uses += 1
            entries[Text(sql: sql)] = newValue.map { ($0, uses) }
        }
    }

    func removeAll() { entries.removeAll() }

    /// A text that is told apart by its length first, which costs less than to hash it; equal ones are mostly the same
    /// in memory, and few are of one length.
    private struct Text: Hashable {
        var sql: String

        func hash(into hasher: inout Hasher) { hasher.combine(sql.utf8.count) }
    }
}
