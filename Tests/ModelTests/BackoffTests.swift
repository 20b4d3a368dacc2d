import Model
import Testing

@Suite("Backoff")
struct BackoffTests {
    @Test(
        "the delay doubles up to the maximum",
        arguments: [
            (0, 1.0), (1, 2), (2, 4), (5, 32), (6, 60), (7, 60), (63, 60), (64, 60), (.max, 60), (-1, 1), (.min, 1),
        ] as [(Int, Double)])
    func doubling(_ failures: Int, _ seconds: Double) {
        let delay = Backoff.delay(failures: failures, base: .seconds(1), max: .seconds(60), jitter: 0.5)
        #expect(delay == .saturating(seconds: seconds))
    }

    @Test(
        "whatever the numbers, the delay is within a fifth of its middle and at most the maximum",
        arguments: [UInt64](0..<10))
    func bounds(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let spans: [Duration] = [
            .zero, .nanoseconds(1), .milliseconds(1), .seconds(1), .seconds(3_600), .seconds(Int64.max),
        ]
        for _ in 0..<1_000 {
            let base = spans.randomElement(using: &generator) ?? .zero
            let max = spans.randomElement(using: &generator) ?? .zero
            let failures =
                Bool.random(using: &generator)
                ? Int.random(in: 0...70, using: &generator) : .random(in: 0 ... .max, using: &generator)
            let delays = [0, 0.25, 0.5, 0.999_999].map {
                Backoff.delay(failures: failures, base: base, max: max, jitter: $0)
            }
            #expect(delays == delays.sorted(), "more jitter, later")
            #expect(delays.allSatisfy { $0 >= .zero && $0 <= max })
            let middle = min(
                max.inSeconds, base.inSeconds * Double(sign: .plus, exponent: min(failures, 63), significand: 1))
            #expect(delays[0].inSeconds >= middle * 0.8 - 2e-9 || delays[0] == max)
            #expect(delays[3].inSeconds <= middle * 1.2 + 1e-9)
        }
    }

    @Test("odd jitter and negative spans do no harm", arguments: [Double.nan, -.infinity, -1, 2, .infinity])
    func oddNumbers(jitter: Double) {
        let delay = Backoff.delay(failures: 1, base: .seconds(1), max: .seconds(60), jitter: jitter)
        #expect(delay >= .milliseconds(1_599) && delay <= .milliseconds(2_401))
        #expect(Backoff.delay(failures: 1, base: .seconds(-1), max: .seconds(-60), jitter: jitter) == .zero)
    }
}

@Suite("Error fingerprints")
struct ErrorFingerprintTests {
    @Test(
        "what varies is taken out of the message",
        arguments: [
            ("timeout after 10ms, 3 of 5", "timeout after #, # of #"),
            ("no file \"/srv/a b\" here", "no file \"…\" here"),
            ("field 'x' and `y`", "field \"…\" and \"…\""), ("it's the client's fault", "it's the client's fault"),
            ("job deadbeef01 lost", "job # lost"),
            ("added face to table_2", "added face to table_2"), ("0x7ffe12 is bad", "# is bad"), ("don't", "don't"),
            ("3f2504e0-4f89-11d3-9a0c-0305e82c3301", "#-#-#-#-#"), ("", ""),
        ])
    func patterns(_ message: String, _ pattern: String) {
        #expect(ErrorFingerprint.pattern(of: message) == pattern)
    }

    @Test("alike failures share a fingerprint, others do not")
    func fingerprints() {
        let first = ErrorFingerprint.make(message: "row 17 is bad", file: "inbox.lua", line: 3)
        #expect(first.count == 16)
        #expect(first == ErrorFingerprint.make(message: "row 4 is bad", file: "inbox.lua", line: 3))
        let others = [
            ErrorFingerprint.make(message: "row 17 is bad", file: "inbox.lua", line: 4),
            ErrorFingerprint.make(message: "row 17 is bad", file: "other.lua", line: 3),
            ErrorFingerprint.make(message: "row 17 was bad", file: "inbox.lua", line: 3),
            ErrorFingerprint.make(message: "row 17 is bad", file: nil, line: nil),
        ]
        #expect(Set(others + [first]).count == 5)
        // FNV-1a of the two separators alone: the value must never change, rows are keyed by it.
        #expect(ErrorFingerprint.make(message: "", file: nil, line: nil) == "08328807b4eb6fed")
    }
}
