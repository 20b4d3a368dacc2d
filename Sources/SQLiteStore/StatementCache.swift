/// Prepared statements by their text, at most `capacity`; the one unused for longest goes first.
final class StatementCache<Entry> {
    private struct Kept {
        var sql: String
        var entry: Entry
        var used: UInt64
    }

    private let capacity: Int
    /// By the length of their texts, which tells nearly all of them apart and costs less than to hash them.
    private var buckets = [[Kept]](repeating: [], count: 64)
    private var count = 0
    private var uses: UInt64 = 0

    init(capacity: Int) { self.capacity = capacity }

    /// The entry of that text. Storing beyond the capacity costs a search for the oldest.
    subscript(_ sql: String) -> Entry? {
        get {
            let bucket = bucket(of: sql)
            guard let index = buckets[bucket].firstIndex(where: { $0.sql == sql }) else { return nil }
            uses += 1
            buckets[bucket][index].used = uses
            return buckets[bucket][index].entry
        }
        set {
            let bucket = bucket(of: sql)
            if let index = buckets[bucket].firstIndex(where: { $0.sql == sql }) {
                buckets[bucket].remove(at: index)
                count -= 1
            }
            guard let newValue else { return }
            if count >= capacity { removeOldest() }
            uses += 1
            count += 1
            buckets[bucket].append(Kept(sql: sql, entry: newValue, used: uses))
        }
    }

    func removeAll() {
        for bucket in buckets.indices { buckets[bucket] = [] }
        count = 0
    }

    private func bucket(of sql: String) -> Int { sql.utf8.count % buckets.count }

    private func removeOldest() {
        let places = buckets.indices.flatMap { bucket in buckets[bucket].indices.map { (bucket, $0) } }
        let oldest = places.min { buckets[$0.0][$0.1].used < buckets[$1.0][$1.1].used }
        guard let (bucket, index) = oldest else { return }
        buckets[bucket].remove(at: index)
        count -= 1
    }
}
