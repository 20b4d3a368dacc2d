/// Finds a text in others in linear time, however alike they are (the algorithm of Knuth, Morris and Pratt).
struct TextSearch {
    private let part: UnsafeRawBufferPointer
    /// For each prefix of the part, the length of the longest shorter prefix that it ends with: how much of a failed
    /// match is still one.
    private let overlaps: [Int32]

    /// `part` must outlive the search. Cost: its length.
    init(for part: UnsafeRawBufferPointer) {
        self.part = part
        var overlaps = [Int32](repeating: 0, count: part.count)
        var matched = 0
        for index in part.indices.dropFirst() {
            while matched > 0, part[matched] != part[index] { matched = Int(overlaps[matched - 1]) }
            if part[matched] == part[index] { matched += 1 }
            overlaps[index] = Int32(matched)
        }
        self.overlaps = overlaps
    }

    /// The offset of the first occurrence; the empty part is everywhere.
    func find(in whole: UnsafeRawBufferPointer) -> Int? {
        guard !part.isEmpty else { return 0 }
        guard part.count <= whole.count else { return nil }
        var matched = 0
        for offset in 0..<whole.count {
            while matched > 0, part[matched] != whole[offset] { matched = Int(overlaps[matched - 1]) }
            if part[matched] == whole[offset] { matched += 1 }
            if matched == part.count { return offset - matched + 1 }
        }
        return nil
    }
}
