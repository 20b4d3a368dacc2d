import Model
import Testing

@Suite("The rules of a time zone")
struct ZoneRulesTests {
    private static func time(_ text: String) -> WallTime { WallTime(iso8601: text) ?? WallTime(milliseconds: -1) }

    /// A compiled zone with these changes (seconds since 1970, offset), what held before, and a rule for what follows.
    private func compiled(_ changes: [(Int64, Int)], first: Int, rule: String) -> [UInt8] {
        func number(_ value: Int64, _ count: Int) -> [UInt8] {
            (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> Int64($0 * 8)) }
        }
        func head(_ times: Int, _ types: Int) -> [UInt8] {
            Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
                + [0, 0, 0, times, types, 4].flatMap { number(Int64($0), 4) }
        }
        let old = head(0, 1) + number(0, 4) + [0, 0] + Array("UTC\0".utf8)
        let types = [first] + changes.map(\.1)
        return old + head(changes.count, types.count) + changes.flatMap { number($0.0, 8) }
            + changes.indices.map { UInt8($0 + 1) } + types.flatMap { number(Int64($0), 4) + [0, 0] }
            + Array("UTC\0".utf8) + Array("\n\(rule)\n".utf8)
    }

    @Test("before the first change, between changes, and after the last")
    func table() throws {
        let zone = try ZoneRules(compiled: compiled([(-1_000, 3_600), (5_000, 7_200)], first: 1_234, rule: ""))
        let offsets = [-1_001, -1_000, 0, 4_999, 5_000, 1 << 40].map {
            zone.offset(at: WallTime(milliseconds: $0 * 1_000))
        }
        #expect(offsets == [1_234, 3_600, 3_600, 3_600, 7_200, 7_200])
        // A millisecond before a second belongs to the second before it.
        #expect(zone.offset(at: WallTime(milliseconds: -1_000_001)) == 1_234)
    }

    @Test(
        "after the last change its rule holds, in either hemisphere, at any offset",
        arguments: [
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2040-03-25T00:59:59", 3_600),
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2040-03-25T01:00:00", 7_200),
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2040-10-28T00:59:59", 7_200),
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2040-10-28T01:00:00", 3_600),
            ("EST5EDT,M3.2.0,M11.1.0", "2040-07-01T00:00:00", -14_400),
            ("EST5EDT,M3.2.0,M11.1.0", "2040-12-31T23:59:59", -18_000),
            ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2040-01-01T00:00:00", 39_600),
            ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2040-06-01T00:00:00", 37_800),
            ("IST-1GMT0,M10.5.0,M3.5.0/1", "2040-12-01T00:00:00", 0), ("<-03>3", "2040-12-01T00:00:00", -10_800),
            ("AAA0BBB,J60,J61/0", "2040-03-01T02:00:00", 3_600), ("AAA0BBB,59,60/0", "2040-02-29T02:00:00", 3_600),
            ("EET-2EEST,M3.4.4/50,M10.4.4/50", "2040-04-01T00:00:00", 10_800),
        ])
    func rule(text: String, at: String, offset: Int) throws {
        let zone = try ZoneRules(compiled: compiled([], first: 7, rule: text))
        #expect(zone.offset(at: Self.time(at)) == offset)
    }

    @Test("what is damaged is refused, wherever it ends")
    func damaged() throws {
        let whole = compiled([(0, 3_600), (9_000, 0)], first: 0, rule: "CET-1CEST,M3.5.0,M10.5.0/3")
        _ = try ZoneRules(compiled: whole)
        let footer = whole.count - 28
        for count in 0..<footer {
            #expect(throws: HostError.self) { try ZoneRules(compiled: Array(whole.prefix(count))) }
        }
        for rule in ["C1", "CET", "CET-1CEST,M13.1.0,M1.1.0", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,M10.5.0/3x"] {
            #expect(throws: HostError.self) { try ZoneRules(compiled: compiled([], first: 0, rule: rule)) }
        }
        let unsorted = compiled([(9_000, 0), (0, 3_600)], first: 0, rule: "")
        #expect(throws: HostError.self) { try ZoneRules(compiled: unsorted) }
    }
}
