import Model
import Testing

@testable import ProcessRunner

@Suite("A program's streams")
struct StreamTests {
    private let runner: ProcessRunner

    init() throws { runner = try .make() }

    @Test("without an input it meets the end at once")
    func noInput() throws {
        #expect(try runner.run(ProcessSpec(["cat"])).out.total == 0)
    }

    @Test("ten million bytes go in and come out again, beginning and end kept")
    func tenMillionBytes() throws {
        let input = (0..<10_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let out = try runner.run(ProcessSpec(["cat"], stdin: input, outputLimit: 100_000)).out
        #expect(out.total == 10_000_000)
        #expect(out.head == Array(input.prefix(50_000)))
        #expect(out.tail == Array(input.suffix(50_000)))
        #expect(out.omitted == 9_900_000)
    }

    @Test("a program that reads none of a large input ends as it likes")
    func unreadInput() throws {
        let input = [UInt8](repeating: 1, count: 10_000_000)
        #expect(try runner.run(ProcessSpec(["true"], stdin: input)).exitCode == 0)
        #expect(try runner.run(ProcessSpec(["head", "-c", "3"], stdin: input)).out.bytes == [1, 1, 1])
    }

    @Test("one that closes its input and goes on is not disturbed")
    func closedInput() throws {
        let input = [UInt8](repeating: 1, count: 1_000_000)
        let result = try runner.run(ProcessSpec(["sh", "-c", "exec <&-; echo went on"], stdin: input))
        #expect(result.out.text == "went on\n")
    }

    @Test("one that never reads a large input can be cancelled")
    func neverRead() throws {
        let (handle, outcome) = try runner.start(
            ProcessSpec(["sh", "-c", "echo up; exec sleep 100"], stdin: [UInt8](repeating: 1, count: 10_000_000)))
        eventually("it is up") { handle.captured.out.text == "up\n" }
        handle.cancel()
        #expect(try outcome.get().endedBy == .cancel)
    }

    @Test("both outputs may be flooded at once; each keeps its own limit")
    func flood() throws {
        let script = "head -c 20000000 /dev/zero >&2 & head -c 30000000 /dev/zero; wait"
        let result = try runner.run(ProcessSpec(["sh", "-c", script], outputLimit: 1_000))
        #expect(result.out.total == 30_000_000)
        #expect(result.err.total == 20_000_000)
        #expect(result.out.bytes.count == 1_000)
        #expect(result.err.bytes.count == 1_000)
    }

    @Test("what is written can be read while the program runs")
    func live() throws {
        let (handle, outcome) = try runner.shell("echo first; echo bad >&2; exec sleep 100", until: "first")
        eventually("the error output is there too") { handle.captured.err.text == "bad\n" }
        #expect(outcome.count == 0)
        handle.cancel()
        #expect(try outcome.get().out.text == "first\n")
    }

    @Test("a program that closes both outputs is waited for")
    func closedOutputs() throws {
        let result = try runner.shell("exec >&- 2>&-; sleep 0.05; exit 9")
        #expect(result.exitCode == 9)
    }
}

@Suite("Captured output")
struct CapturedOutputTests {
    @Test("head, tail and the count between them fit, whatever the chunks", arguments: [0, 1, 2, 7, 10, 1_000])
    func chunks(limit: Int) {
        for chunk in [1, 2, 3, 4, 5, 6, 10, 64] {
            var output = CapturedOutput(limit: limit)
            var all: [UInt8] = []
            for start in stride(from: 0, to: 60, by: chunk) {
                let bytes = (start..<start + chunk).map { UInt8($0) }
                bytes.withUnsafeBytes { output.append($0) }
                all += bytes
                #expect(output.total == all.count)
                #expect(output.head == Array(all.prefix((limit + 1) / 2)))
                #expect(output.tail == Array(all.dropFirst(output.head.count).suffix(limit / 2)))
                #expect(output.bytes == output.head + output.tail)
                #expect(output.omitted == all.count - output.bytes.count)
            }
        }
    }

    @Test("nothing is left out up to the limit")
    func complete() {
        var output = CapturedOutput(limit: 6)
        Array("abcdef".utf8).withUnsafeBytes { output.append($0) }
        #expect(output.text == "abcdef")
        #expect(output.omitted == 0)
        Array("g".utf8).withUnsafeBytes { output.append($0) }
        #expect(output.text == "abcefg")
        #expect(output.omitted == 1)
    }
}
