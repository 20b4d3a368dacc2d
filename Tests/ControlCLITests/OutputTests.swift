import Model
import Testing

@testable import ControlCLI

@Suite struct OutputTests {
    private let now = WallTime(milliseconds: 1_800_000_000_000)

    @Test(
        "a span is told in its two largest units",
        arguments: [
            (0, "0 s"), (59, "59 s"), (60, "1 min"), (61, "1 min 1 s"), (600, "10 min"), (3_700, "1 h 1 min"),
            (36_000, "10 h"), (90_000, "1 d 1 h"), (-5, "0 s"),
        ])
    func spans(seconds: Int, expected: String) {
        #expect(Ages.words(.seconds(seconds)) == expected)
    }

    @Test("moments are told from now on: past, due, coming, never")
    func moments() {
        #expect(Ages.ago(WallTime(milliseconds: now.milliseconds - 3_000), now: now) == "3 s ago")
        #expect(Ages.ago(nil, now: now) == "-")
        #expect(Ages.ahead(WallTime(milliseconds: now.milliseconds + 3_500), now: now) == "in 3 s")
        #expect(Ages.ahead(now, now: now) == "due")
        #expect(Ages.ahead(nil, now: now) == "-")
    }

    @Test("a table gives its last column what the screen leaves, and numbers stand flush right")
    func table() {
        var table = TextTable(["NAME", "N", "WHAT"], numeric: [1])
        table.add([.init(text: "inbox"), .init(text: "7"), .init(text: "watching a folder for files")])
        table.add([.init(text: "b"), .init(text: "1234"), .init(text: "one\ntwo")])
        let screen = Screen(width: 27) { _ in }
        #expect(
            table.text(for: screen) == """
                NAME      N  WHAT
                inbox     7  watching a fo…
                b      1234  one

                """)
    }

    @Test("colour appears only where the screen has it, and does not move columns")
    func colour() {
        var table = TextTable(["A", "B"])
        table.add([.init(text: "x", paint: .red), .init(text: "y")])
        let plain = table.text(for: Screen { _ in })
        let coloured = table.text(for: Screen(hasColour: true) { _ in })
        #expect(plain == "A  B\nx  y\n")
        #expect(coloured.contains("\u{1B}[31mx\u{1B}[0m  y"))
    }

    @Test(
        "--since understands spans, dates and instants",
        arguments: [
            ("90s", -90_000), ("10m", -600_000), ("2h", -7_200_000), ("1.5d", -129_600_000), ("0s", 0),
        ])
    func since(text: String, offset: Int64) {
        #expect(LogMoment.parse(text, now: now)?.milliseconds == now.milliseconds + offset)
    }

    @Test("--since understands dates and instants in UTC, and refuses the rest")
    func sinceDates() {
        #expect(LogMoment.parse("1970-01-02", now: now)?.milliseconds == 86_400_000)
        #expect(LogMoment.parse("1970-01-01T00:00:01Z", now: now)?.milliseconds == 1_000)
        #expect(LogMoment.parse("1970-01-01T00:00:01", now: now)?.milliseconds == 1_000)
        for text in ["", "yesterday", "-5m", "5x", "m", "nand", "2026-13-01"] {
            #expect(LogMoment.parse(text, now: now) == nil, "\(text)")
        }
    }
}
