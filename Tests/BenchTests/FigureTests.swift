import Testing

@testable import lunad_bench

@Suite("The benchmark's figures")
struct FigureTests {
    @Test("the spread of several figures is their middle, least and greatest")
    func spread() {
        let odd = Spread([3, 1, 2])
        #expect([odd.median, odd.least, odd.greatest] == [2, 1, 3])
        #expect(Spread([4, 1, 2, 3]).median == 2.5)
        #expect(Spread([7]).median == 7)
    }

    @Test(
        "a reach holds up to its bound and no further",
        arguments: [
            (Line.Reach.atMost(1.3), 13.0, 10.0, true), (.atMost(1.3), 13.1, 10, false),
            (.atLeast(0.3), 3, 10, true), (.atLeast(0.3), 2.9, 10, false),
            (.within(0.5), 1.5, 1, true), (.within(0.5), 1.6, 1, false),
        ])
    func reach(reach: Line.Reach, ours: Double, floor: Double, holds: Bool) {
        #expect(reach.holds(ours, floor) == holds)
    }

    @Test("what has no bound is neither reached nor missed")
    func open() { #expect(Line.Reach.open.holds(1, 2) == nil) }

    @Test(
        "a number is shown with three digits",
        arguments: [
            (0.004, "0"), (0.05, "0.05"), (1.5, "1.50"), (12.34, "12.3"), (123.4, "123"), (-2.5, "-2.50"),
            (1_234_567, "1234567"), (.infinity, "–"),
        ])
    func numbers(value: Double, text: String) { #expect(Report.rounded(value) == text) }

    @Test(
        "a figure is shown in the unit that fits it",
        arguments: [
            (2_048.0, Line.Unit.bytes, "2 KB"), (0.0015, .seconds, "1.50 ms"), (43e-9, .seconds, "43 ns"),
            (108_700, .perSecond, "109 k/s"), (0.55, .cores, "55 %"), (2, .count, "2"),
        ])
    func units(value: Double, unit: Line.Unit, text: String) { #expect(Report.shown(value, unit) == text) }

    @Test("a line of the table says ours, the floor, their ratio, and whether that is enough")
    func line() {
        let line = Line(name: "x", title: "something", unit: .seconds, reach: .atMost(3))
        let text = Report.text(Outcome(line, Samples(ours: [0.002, 0.002], floor: [0.001, 0.001])))
        #expect(text.hasPrefix("something "))
        #expect(text.contains("2 ms") && text.contains("1 ms") && text.contains("≤ 3"))
        #expect(text.hasSuffix("✓"))
    }
}

@Suite("What the benchmark is asked")
struct ArgumentTests {
    @Test("names and options are told apart")
    func all() throws {
        let arguments = try Arguments(["memory", "--json", "--rounds", "7", "swap"])
        #expect(arguments.names == ["memory", "swap"])
        #expect(arguments.json && arguments.rounds == 7 && !arguments.growth)
    }

    @Test(
        "an unknown option is named", arguments: [["--fast"], ["--rounds"], ["--rounds", "none"], ["--rounds", "0"]])
    func refused(words: [String]) {
        let error = #expect(throws: BenchError.self) { try Arguments(words) }
        #expect(error?.description.contains(words[0]) == true)
    }
}

@Suite("The scripts that are measured")
struct ScriptTests {
    @Test("the sixty lines are about sixty, the hundred about a hundred")
    func lengths() {
        #expect((50...70).contains(Scripts.sixty.split(separator: "\n").count))
        #expect((90...110).contains(Scripts.hundred.split(separator: "\n").count))
    }
}
