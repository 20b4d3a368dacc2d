import Model
import Testing

@Suite("Did you mean")
struct DidYouMeanTests {
    private static let names = ["status", "stop", "start", "restart", "run_step", "batch_size", "fs"]

    @Test(
        "a mistyped name finds the one that was meant",
        arguments: [
            ("statsu", "status"), ("Status", "status"), ("stpo", "stop"), ("restrat", "restart"),
            ("runstep", "run_step"), ("run_setp", "run_step"),
            ("batchsize", "batch_size"), ("bacth_sise", "batch_size"), ("sf", "fs"), ("q", nil), ("unrelated", nil),
            ("", nil), ("status", nil), ("x", nil),
        ] as [(String, String?)])
    func closest(_ word: String, _ expected: String?) {
        #expect(DidYouMean.closest(to: word, in: Self.names) == expected)
    }

    @Test("very long words are not compared")
    func longWords() {
        let word = String(repeating: "a", count: 1_000_000)
        #expect(DidYouMean.closest(to: word, in: [word + "b"]) == nil)
        #expect(DidYouMean.hint(for: "stp", in: ["stop"]) == " (did you mean \"stop\"?)")
        #expect(DidYouMean.hint(for: "zzz", in: ["stop"]) == "")
    }
}
