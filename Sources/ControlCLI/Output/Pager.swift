import Glibc
import Platform

/// Shows long text a page at a time, where a person reads it.
enum Pager {
    /// Shows `text` on `screen`: by the program that `PAGER` names (`less` unless it says another) when the screen is a
    /// terminal that the text does not fit on, else as it is.
    static func show(_ text: String, on screen: Screen) {
        let lines = text.utf8.count { $0 == UInt8(ascii: "\n") }
        guard let height = screen.height, lines >= height, page(text) else { return screen.write(text) }
    }

    /// Whether a pager took the text.
    private static func page(_ text: String) -> Bool {
        let named = getenv("PAGER").map { String(cString: $0) } ?? ""
        let program = named.isEmpty ? "less -FRX" : named
        guard program != "cat", let pipe = popen(program, "w") else { return false }
        // A reader who quits early is no reason to end by a signal.
        let earlier = signal(SIGPIPE, SIG_IGN)
        defer { _ = signal(SIGPIPE, earlier) }
        fputs(text, pipe)
        let status = pclose(pipe)
        // What a shell says when there is no such program.
        return !(status & 0x7F == 0 && (status >> 8) & 0xFF == 127)
    }
}
