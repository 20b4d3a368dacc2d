import Glibc

/// What the standard streams are connected to, and what the user wants of them.
package enum Console {
    package enum Stream: Int32, Sendable {
        case output = 1
        case error = 2
    }

    package static func isTerminal(_ stream: Stream) -> Bool { isatty(stream.rawValue) == 1 }

    /// Whether the stream goes to the system's journal: it is the one that `JOURNAL_STREAM` names by device and inode.
    package static func isJournal(_ stream: Stream) -> Bool {
        isJournal(stream.rawValue, named: variable("JOURNAL_STREAM"))
    }

    static func isJournal(_ descriptor: Int32, named name: String?) -> Bool {
        var facts = stat()
        guard let name, fstat(descriptor, &facts) == 0 else { return false }
        return name == "\(facts.st_dev):\(facts.st_ino)"
    }

    /// Whether colour is wanted: on a terminal that can show it, unless `NO_COLOR` is set to anything.
    package static func wantsColor(_ stream: Stream) -> Bool {
        wantsColor(isTerminal: isTerminal(stream), noColor: variable("NO_COLOR"), term: variable("TERM"))
    }

    static func wantsColor(isTerminal: Bool, noColor: String?, term: String?) -> Bool {
        isTerminal && noColor?.isEmpty != false && term != "dumb"
    }

    /// Characters in a line of the terminal; 80 when it is none or does not say.
    package static func width(_ stream: Stream) -> Int {
        var size = winsize()
        guard ioctl(stream.rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Lines of the terminal; 24 when it is none or does not say.
    package static func height(_ stream: Stream) -> Int {
        var size = winsize()
        guard ioctl(stream.rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else { return 24 }
        return Int(size.ws_row)
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
