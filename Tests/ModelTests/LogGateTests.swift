import Model
import Testing

@Suite("The gate before a daemon's log")
struct LogGateTests {
    private func entry(_ message: String, _ level: LogLevel = .info, fields: Value? = nil) -> LogEntry {
        LogEntry(at: WallTime(milliseconds: 0), daemon: "inbox", level: level, message: message, fields: fields)
    }

    private func at(_ seconds: Double) -> MonotonicTime {
        MonotonicTime(nanoseconds: 0) + .saturating(seconds: seconds)
    }

    @Test("a repeated line is folded and told when another comes")
    func folding() {
        var gate = LogGate(rate: 50, burst: 500)
        #expect(gate.admit(entry("a"), now: at(0)) == [entry("a")])
        for number in 1...42 { #expect(gate.admit(entry("a"), now: at(Double(number) / 100)) == []) }
        #expect(gate.admit(entry("b"), now: at(1)) == [entry("last line repeated 42 times"), entry("b")])
        #expect(gate.admit(entry("b"), now: at(1)) == [])
        #expect(gate.flush(at(1)) == [entry("last line repeated once")])
        #expect(gate.flush(at(1)) == [])
        #expect(gate.reportDue == nil)
    }

    @Test("lines that differ in level or fields are no repeats")
    func different() {
        var gate = LogGate(rate: 50, burst: 500)
        let lines = [
            entry("a"), entry("a", .warn), entry("a", .warn, fields: ["n": 1]), entry("a", .warn, fields: ["n": 2]),
        ]
        for line in lines { #expect(gate.admit(line, now: at(0)) == [line]) }
    }

    @Test("a long run of repeats is told every two seconds")
    func longRun() {
        var gate = LogGate(rate: 50, burst: 500)
        _ = gate.admit(entry("a"), now: at(0))
        #expect(gate.admit(entry("a"), now: at(1)) == [])
        #expect(gate.reportDue == at(3))
        #expect(gate.flush(at(2.9), force: false) == [])
        #expect(gate.flush(at(3), force: false) == [entry("last line repeated once")])
        #expect(gate.admit(entry("a"), now: at(4)) == [])
        #expect(gate.admit(entry("a"), now: at(6.5)) == [entry("last line repeated once")])
    }

    @Test("a flood is cut to the burst and then the rate, and what was dropped is told")
    func flood() {
        var gate = LogGate(rate: 50, burst: 100)
        var kept: [LogEntry] = []
        for number in 0..<10_000 { kept += gate.admit(entry("line \(number)"), now: at(Double(number) / 1_000)) }
        kept += gate.flush(at(10))
        let told = kept.filter { $0.message.contains("dropped") }
        let lines = kept.count - told.count
        #expect((598...600).contains(lines))
        #expect((4...6).contains(told.count))
        #expect(told.allSatisfy { $0.level == .warn && $0.message.hasSuffix("s: more than 50 a second") })
        #expect(told.first?.message.contains(" lines dropped in 2.0 s") == true)
        let dropped = told.compactMap { Int($0.message.prefix { $0 != " " }.filter(\.isNumber)) }.reduce(0, +)
        #expect(dropped + lines == 10_000)
    }

    @Test("errors are dropped last")
    func errors() {
        var gate = LogGate(rate: 1, burst: 10)
        var infos = 0
        var errors = 0
        for number in 0..<100 {
            infos += gate.admit(entry("info \(number)"), now: at(0)).count
            errors += gate.admit(entry("error \(number)", .error), now: at(0)).count
        }
        #expect(infos == 5)
        #expect(errors == 15)
        #expect(gate.flush(at(0)).map(\.message) == ["180 lines dropped in 0.0 s: more than 1 a second"])
        // Time gives the tokens back.
        #expect(gate.admit(entry("later"), now: at(12)).map(\.message) == ["later"])
    }

    @Test("a clock that stands or steps back gives no tokens")
    func oddClock() {
        var gate = LogGate(rate: 1, burst: 1)
        #expect(gate.admit(entry("a"), now: at(5)).count == 1)
        #expect(gate.admit(entry("b"), now: at(4)).count == 0)
        #expect(gate.admit(entry("c"), now: at(5)).count == 0)
        #expect(gate.admit(entry("d"), now: at(6)).last == entry("d"))
    }

    @Test("long messages and fields are cut with a mark")
    func cutting() {
        var gate = LogGate(rate: 50, burst: 500)
        let long = String(repeating: "é", count: 5_000)
        let cut = gate.admit(entry(long), now: at(0)).first
        #expect(cut?.message == String(repeating: "é", count: 4_096) + "… (1808 more bytes cut)")
        #expect(gate.admit(entry("x" + long), now: at(0)).first?.message.hasSuffix("é… (1810 more bytes cut)") == true)
        let fields: Value = ["data": .string(String(repeating: "x", count: 20_000))]
        #expect(
            gate.admit(entry("b", fields: fields), now: at(0)).first?.fields == [
                "cut": "the fields were longer than 16384 bytes"
            ])
        let numbers = Value.array(Array(repeating: .integer(1), count: 1_000_000))
        #expect(gate.admit(entry("c", fields: ["n": numbers]), now: at(0)).first?.fields?["cut"] != nil)
        let small: Value = [
            "data": .string(String(repeating: "x", count: 16_000)), "n": [1, 2], "m": .map([.init(3, .bytes([0xFF]))]),
        ]
        #expect(gate.admit(entry("d", fields: small), now: at(0)).first?.fields == small)
        let deep = (0..<200).reduce(Value.emptyTable) { value, _ in [value] }
        #expect(gate.admit(entry("e", fields: ["deep": deep]), now: at(0)).first?.fields?["cut"] != nil)
    }
}

extension LogGate {
    /// All that is to be written down, in order.
    fileprivate mutating func admit(_ entry: LogEntry, now: MonotonicTime) -> [LogEntry] {
        var entry = entry
        var lines: [LogEntry] = []
        if pass(&entry, now: now, reports: &lines) { lines.append(entry) }
        return lines
    }
}
