import Model

/// The moment that `--since` names: a span back from now (`90s`, `10m`, `2h`, `3d`), a date, or an instant in UTC.
enum LogMoment {
    private static let units: [Character: Double] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800]

    /// Nil when `text` names no moment.
    static func parse(_ text: String, now: WallTime) -> WallTime? {
        if let unit = text.last.flatMap({ units[$0] }), let count = Double(text.dropLast()), count >= 0 {
            let span = Duration.saturating(seconds: count * unit)
            return WallTime(milliseconds: max(0, now.milliseconds - span.wholeNanoseconds / 1_000_000))
        }
        return WallTime(iso8601: text)
    }
}
