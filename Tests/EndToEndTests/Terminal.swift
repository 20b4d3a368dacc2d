import Glibc
import Testing

/// A terminal without a screen: programs write to its line, the test reads what would be shown.
final class Terminal {
    let line: Int32
    private let screen: Int32

    init() throws {
        var (screen, line): (Int32, Int32) = (-1, -1)
        try #require(openpty(&screen, &line, nil, nil, nil) == 0, "no terminal can be made")
        for end in [screen, line] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(screen, F_SETFL, O_NONBLOCK)
        (self.screen, self.line) = (screen, line)
    }

    deinit {
        close(line)
        close(screen)
    }

    /// What has been written and not read so far.
    func text() -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = read(screen, &chunk, chunk.count)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<count]
        }
    }
}
