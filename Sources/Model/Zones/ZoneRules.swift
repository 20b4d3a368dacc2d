/// A time zone: how far its clocks are from UTC at any instant, past and to come.
///
/// Read from a compiled zone of the system's time zone database (TZif, versions 2 to 4): a list of changes, and a rule for
/// what comes after the last of them.
package struct ZoneRules: Sendable, Hashable {
    /// Changes in the order of time, in seconds since 1970, with the offset that holds from then on.
    private let changes: [Change]
    /// What held before the first change.
    private let first: Int
    /// What holds after the last change; nil: what that one began.
    private let rule: PosixZoneRule?

    private struct Change: Sendable, Hashable {
        var at: Int64
        var offset: Int
    }

    package static let utc = ZoneRules(changes: [], first: 0, rule: nil)

    private init(changes: [Change], first: Int, rule: PosixZoneRule?) {
        self.changes = changes
        self.first = first
        self.rule = rule
    }

    /// Throws `corrupt` when the bytes are no compiled zone.
    package init(compiled bytes: [UInt8]) throws(HostError) {
        var reader = BigEndianReader(bytes)
        // The first block is for programs of the last century, with 32-bit times.
        let old = try Counts(&reader)
        try reader.skip(old.size(ofTime: 4))
        let counts = try Counts(&reader)
        var times: [Int64] = []
        for _ in 0..<counts.times { times.append(Int64(bitPattern: try reader.number(bytes: 8))) }
        var kinds: [Int] = []
        for _ in 0..<counts.times { kinds.append(Int(try reader.number(bytes: 1))) }
        var offsets: [Int] = []
        for _ in 0..<counts.types {
            offsets.append(Int(Int32(truncatingIfNeeded: try reader.number(bytes: 4))))
            try reader.skip(2)
        }
        guard let first = offsets.first, kinds.allSatisfy(offsets.indices.contains), times == times.sorted() else {
            throw BigEndianReader.damaged
        }
        try reader.skip(counts.characters + counts.leaps * 12 + counts.standardMarks + counts.universalMarks)
        changes = zip(times, kinds).map { Change(at: $0, offset: offsets[$1]) }
        self.first = first
        let footer = reader.rest.split(separator: UInt8(ascii: "\n")).first ?? []
        rule = footer.isEmpty ? nil : try PosixZoneRule(String(decoding: footer, as: UTF8.self))
    }

    /// Seconds that the zone's clocks are ahead of UTC at `instant`. Cost: a binary search.
    package func offset(at instant: WallTime) -> Int {
        let seconds = instant.milliseconds >= 0 ? instant.milliseconds / 1_000 : (instant.milliseconds - 999) / 1_000
        var (low, high) = (0, changes.count)
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].at <= seconds { low = middle + 1 } else { high = middle }
        }
        if low == changes.count, let rule { return rule.offset(at: seconds) }
        return low == 0 ? first : changes[low - 1].offset
    }

    /// The head of one block of the file.
    private struct Counts {
        let universalMarks: Int
        let standardMarks: Int
        let leaps: Int
        let times: Int
        let types: Int
        let characters: Int

        init(_ reader: inout BigEndianReader) throws(HostError) {
            guard try reader.number(bytes: 4) == 0x545A_6966, try reader.number(bytes: 1) >= UInt64(UInt8(ascii: "2"))
            else { throw BigEndianReader.damaged }
            try reader.skip(15)
            universalMarks = Int(try reader.number(bytes: 4))
            standardMarks = Int(try reader.number(bytes: 4))
            leaps = Int(try reader.number(bytes: 4))
            times = Int(try reader.number(bytes: 4))
            types = Int(try reader.number(bytes: 4))
            characters = Int(try reader.number(bytes: 4))
        }

        func size(ofTime width: Int) -> Int {
            times * (width + 1) + types * 6 + characters + leaps * (width + 4) + standardMarks + universalMarks
        }
    }
}

/// Numbers from bytes, the high byte first.
private struct BigEndianReader {
    static let damaged = HostError(.corrupt, "is no compiled time zone")

    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func number(bytes count: Int) throws(HostError) -> UInt64 {
        guard rest.count >= count else { throw Self.damaged }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count).reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func skip(_ count: Int) throws(HostError) {
        guard rest.count >= count else { throw Self.damaged }
        rest = rest.dropFirst(count)
    }
}
