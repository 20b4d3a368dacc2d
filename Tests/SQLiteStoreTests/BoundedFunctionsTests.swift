import Model
import Testing

@testable import SQLiteStore

@Suite("text functions that end in time")
struct BoundedFunctionsTests {
    @Test(
        "they answer as SQLite's own do",
        arguments: [
            "instr('haystack', 'stack')", "instr('häystäck', 'stä')", "instr('aaaab', 'aab')", "instr('abc', 'x')",
            "instr('abc', '')", "instr('', 'a')", "instr('', '')", "instr(NULL, 'a')", "instr('a', NULL)",
            "instr(x'00ff01', x'ff01')", "instr('a1', 1)", "instr(12345, 34)", "instr('ab', 'abc')",
            "replace('banana', 'an', 'AN')", "replace('banana', '', 'x')", "replace('aaa', 'a', '')",
            "replace('aaaa', 'aa', 'b')", "replace(NULL, 'a', 'b')", "replace('a', 'a', NULL)", "replace(121, 1, 3)",
            "replace('äöü', 'ö', 'oe')", "replace('', 'a', 'b')", "trim('xxabcxyx', 'x')", "trim('xyabcyx', 'xy')",
            "ltrim('xxabc', 'x')", "rtrim('abcxx', 'x')", "trim('  a ')", "trim('äaä', 'ä')", "trim('xxx', 'x')",
            "trim('abc', '')", "trim(NULL, 'x')", "trim('a', NULL)", "rtrim('x', 'xx')",
        ])
    func sameAsSQLite(_ call: String) throws {
        let own = try Connection.openWriter(":memory:", memory: true)
        defer { own.close() }
        let folder = try TemporaryFolder()
        try SQLiteStore.make(folder).close()
        let plain = try Connection.openReader(folder["lunad.db"])
        defer { plain.close() }
        let sql = "SELECT \(call) AS v, typeof(\(call)) AS t"
        let answers = try [own, plain].map { connection in
            try connection.rows(sql, []) { [$0.value(0), $0.value(1)] }
        }
        #expect(answers[0] == answers[1])
    }

    @Test(
        "the worst arguments take no more than moments",
        arguments: [
            "instr(hex(zeroblob(1000000)), hex(zeroblob(500000)) || '1')",
            "length(replace(hex(zeroblob(1000000)), hex(zeroblob(500000)) || '1', 'x'))",
            "length(trim(hex(zeroblob(50000)), hex(zeroblob(499)) || '1'))",
            "hex(zeroblob(1000000)) LIKE '%0%0%0%0%0%0%0%0%0%0%0%0%1'",
            "hex(zeroblob(1000000)) GLOB '*0*0*0*0*0*0*0*0*0*0*0*0*1'",
        ])
    func worstCase(_ call: String) throws {
        let store = try SQLiteStore.inMemory(clock: StandingClock())
        defer { store.close() }
        let clock = ContinuousClock()
        var rows: [Value] = []
        let took = try clock.measure { rows = try store.rows("SELECT \(call) AS v") }
        #expect(rows.count == 1)
        #expect(took < .seconds(20))
    }

    @Test("arguments beyond their bounds are refused")
    func bounds() throws {
        let store = try SQLiteStore.inMemory(clock: StandingClock())
        defer { store.close() }
        let set = try refusal { try store.rows("SELECT trim('a', hex(zeroblob(501))) AS v") }
        #expect(set.message == "trim takes at most 1000 bytes of characters")
        let pattern = try refusal { try store.rows("SELECT 'a' LIKE hex(zeroblob(129)) AS v") }
        #expect(pattern.message.contains("LIKE or GLOB pattern too complex"))
        try refusal(.limitExceeded) {
            try store.rows("SELECT length(replace(hex(zeroblob(100000)), '0', hex(zeroblob(1000)))) AS v")
        }
    }
}
