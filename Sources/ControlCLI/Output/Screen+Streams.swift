import Glibc

extension Screen {
    package static func standardOutput() -> Screen { stream(STDOUT_FILENO) }
    package static func standardError() -> Screen { stream(STDERR_FILENO) }

    /// A screen on an open descriptor: as wide as its terminal, coloured on a terminal unless `NO_COLOR` is set.
    private static func stream(_ descriptor: Int32) -> Screen {
        guard isatty(descriptor) == 1 else { return Screen { writeAll($0, to: descriptor) } }
        var size = winsize()
        let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        let wantsColour = getenv("NO_COLOR").map { $0.pointee == 0 } ?? true
        return Screen(width: isKnown ? Int(size.ws_col) : 80, hasColour: wantsColour) { writeAll($0, to: descriptor) }
    }

    /// Writes everything; when the reader has gone there is nobody left to tell.
    private static func writeAll(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
