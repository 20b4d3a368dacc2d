import Glibc

/// A child whose standard error is read here.
final class TellingChild {
    let child: Child
    private let output: Int32

    /// `start` gives the child this descriptor for its standard error.
    init(_ start: (Int32) throws(BenchError) -> Child) throws(BenchError) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw BenchError("no pipe can be made") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[1]) }
        output = ends[0]
        child = try start(ends[1])
    }

    deinit { close(output) }

    /// Reads until that is enough; the text so far. Throws when the child ends before.
    @discardableResult
    func read(until isEnough: (String) -> Bool) throws(BenchError) -> String {
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while !isEnough(text) {
            let got = Glibc.read(output, &buffer, buffer.count)
            guard got > 0 else { throw BenchError("a process ended before it was done: \(text)") }
            text += String(decoding: buffer.prefix(got), as: UTF8.self)
        }
        return text
    }
}
