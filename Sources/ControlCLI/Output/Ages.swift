import Model

/// Spans of time in words: the two largest units that matter.
enum Ages {
    static func words(_ span: Duration) -> String {
        let seconds = max(0, span.wholeNanoseconds / 1_000_000_000)
        switch seconds {
        case ..<60: return "\(seconds) s"
        case ..<3_600: return pair(seconds / 60, "min", seconds % 60, "s")
        case ..<86_400: return pair(seconds / 3_600, "h", seconds % 3_600 / 60, "min")
        default: return pair(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h")
        }
    }

    private static func pair(_ large: Int64, _ largeUnit: String, _ small: Int64, _ smallUnit: String) -> String {
        small == 0 || large >= 10 ? "\(large) \(largeUnit)" : "\(large) \(largeUnit) \(small) \(smallUnit)"
    }

    /// `3 s ago`; a dash for never.
    static func ago(_ instant: WallTime?, now: WallTime) -> String {
        instant.map { "\(words(now - $0)) ago" } ?? "-"
    }

    /// `in 3 s`, `due` when the moment has come; a dash for never.
    static func ahead(_ instant: WallTime?, now: WallTime) -> String {
        guard let instant else { return "-" }
        return instant > now ? "in \(words(instant - now))" : "due"
    }
}
