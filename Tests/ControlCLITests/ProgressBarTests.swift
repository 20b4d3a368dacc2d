import Model
import Testing

@testable import ControlCLI

@Suite("The progress of a job on a terminal")
struct ProgressBarTests {
    private static func job(_ progress: Value, message: Value = "at part 11 of the long road") -> Value {
        ["status": "running", "progress": progress, "done": 11, "total": 40, "message": message]
    }

    private func line(_ job: Value, _ columns: Int, colour: Bool = false) -> String {
        ProgressBar.line(job, columns: columns, Screen(width: columns, hasColour: colour) { _ in })
    }

    @Test("fits the screen, and leaves room for words", arguments: [10, 20, 40, 80, 200])
    func fits(columns: Int) {
        for progress in [0.0, 0.275, 1.0] {
            #expect(line(Self.job(.number(progress)), columns).count < columns)
        }
        #expect(line(Self.job(.null), columns).count < columns)
    }

    @Test("shows bar, share, count and words")
    func words() {
        #expect(line(Self.job(0.275), 40) == "██░░░░░░░░  27 %  11/40  at part 11 of…")
        #expect(
            line(Self.job(0.275), 80) == "█████░░░░░░░░░░░░░░░  27 %  11/40  at part 11 of the long road")
        #expect(line(Self.job(1), 40) == "██████████ 100 %  11/40  at part 11 of…")
        #expect(line(Self.job(7), 20) == "████████ 100 %  11…")
        #expect(line(Self.job(0.5), 6) == " 50 %")
        #expect(line(Self.job(.null), 80) == "running: at part 11 of the long road")
        #expect(line(Self.job(.null, message: .null), 80) == "running")
        #expect(line(["status": "running", "progress": 0.5, "done": 0.5, "total": 1], 40) == "█████░░░░░  50 %")
    }

    @Test("is coloured only where colours are")
    func colour() {
        #expect(!line(Self.job(0.5), 80).contains("\u{1B}"))
        #expect(
            line(Self.job(0.5), 80, colour: true).hasPrefix(
                "\u{1B}[32m██████████\u{1B}[0m\u{1B}[2m░░░░░░░░░░\u{1B}[0m  50 %"))
    }

    @Test("does not let a job's words reach the terminal as commands")
    func escapes() {
        let shown = line(Self.job(0.5, message: "a\u{1B}[2Jb\r\nc"), 120)
        #expect(!shown.contains("\u{1B}") && !shown.contains("\r") && !shown.contains("\n"))
    }
}
