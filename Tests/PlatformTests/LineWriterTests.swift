import Glibc
import Model
import Testing

@testable import Platform

@Suite("The writer of lines")
struct LineWriterTests {
    /// Both ends of a pipe; the test closes what it wants closed.
    private func makePipe(nonBlocking: Bool = false) throws -> (reader: Int32, writer: Int32) {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        if nonBlocking { _ = fcntl(ends[1], F_SETFL, O_NONBLOCK) }
        return (ends[0], ends[1])
    }

    private func readAll(_ descriptor: Int32) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count <= 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }

    @Test("lines come out whole and in order")
    func order() throws {
        let (reader, writer) = try makePipe()
        let lines = try LineWriter(descriptor: writer)
        for number in 0..<1_000 { lines.write("line \(number)") }
        #expect(lines.flush(within: .seconds(10)))
        close(writer)
        let expected = (0..<1_000).map { "line \($0)\n" }.joined()
        #expect(readAll(reader) == expected)
        close(reader)
    }

    @Test("a reader that does not read holds up nobody; what was dropped is counted", arguments: [false, true])
    func slowReader(nonBlocking: Bool) throws {
        let (reader, writer) = try makePipe(nonBlocking: true)
        // The pipe is full of empty lines before the first line comes.
        let filler = [UInt8](repeating: UInt8(ascii: "\n"), count: 4_096)
        while write(writer, filler, filler.count) > 0 {}
        _ = fcntl(writer, F_SETFL, nonBlocking ? O_NONBLOCK : 0)
        let lines = try LineWriter(descriptor: writer, capacity: 10_000)
        let line = String(repeating: "x", count: 99)
        for _ in 0..<5_000 { lines.write(line) }
        #expect(!lines.flush(within: .milliseconds(20)), "nobody reads yet")
        let pool = try BlockingPool(maxThreads: 1)
        let output = Monitor<String?>(nil)
        let read = self.readAll
        try pool.run {
            let text = read(reader)
            output.withLock { $0 = text }
            output.wakeAll()
        }
        #expect(lines.flush(within: .seconds(10)))
        close(writer)
        let text = output.wait(until: SystemClock().monotonic() + .seconds(10)) { $0 } ?? ""
        let written = text.split(separator: "\n")
        let told = written.filter { $0.hasPrefix("(") }.compactMap { line in
            Int(line.filter(\.isNumber))
        }
        #expect(!told.isEmpty)
        #expect(written.count - told.count + told.reduce(0, +) == 5_000)
        close(reader)
        pool.close()
    }

    @Test("a reader that has gone is no error")
    func brokenPipe() throws {
        signal(SIGPIPE, SIG_IGN)
        let (reader, writer) = try makePipe()
        let lines = try LineWriter(descriptor: writer)
        close(reader)
        lines.write("a")
        #expect(lines.flush(within: .seconds(10)))
        lines.write("b")
        #expect(lines.flush(within: .seconds(10)))
        close(writer)
    }

    @Test("a closed writer finishes what it has and takes no more")
    func closing() throws {
        let (reader, writer) = try makePipe()
        let lines = try LineWriter(descriptor: writer)
        lines.write("a")
        lines.close()
        lines.write("b")
        #expect(lines.flush(within: .seconds(10)))
        close(writer)
        #expect(readAll(reader) == "a\n")
        close(reader)
    }
}
