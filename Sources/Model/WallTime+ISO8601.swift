extension WallTime {
    /// In UTC with milliseconds, such as `2026-11-24T22:49:33.123Z`; sorts as text as it does in time (years 0 to 9999).
    package var iso8601: String {
        let parts = CivilTime(self)
        guard (0...9_999).contains(parts.year) else { return "\(parts.year.padded(4))\(parts.iso8601Tail)" }
        // Every stored line has such a text: the common case is built in place.
        return String(unsafeUninitializedCapacity: 24) { buffer in
            buffer.put(parts.year, at: 0, digits: 4, then: "-")
            buffer.put(parts.month, at: 5, digits: 2, then: "-")
            buffer.put(parts.day, at: 8, digits: 2, then: "T")
            buffer.put(parts.hour, at: 11, digits: 2, then: ":")
            buffer.put(parts.minute, at: 14, digits: 2, then: ":")
            buffer.put(parts.second, at: 17, digits: 2, then: ".")
            buffer.put(parts.millisecond, at: 20, digits: 3, then: "Z")
            return 24
        }
    }

    /// Reads `YYYY-MM-DD`, optionally followed by `T` or a space and `HH:MM`, `:SS`, a fraction, and `Z` or `±HH:MM`.
    ///
    /// Without a zone it is UTC. A fraction is cut to milliseconds. Nil for anything else, also for impossible dates.
    package init?(iso8601 text: String) {
        var reader = DigitReader(text)
        guard let year = reader.digits(4), reader.take("-"), let month = reader.digits(2), reader.take("-"),
            let day = reader.digits(2)
        else { return nil }
        var parts = CivilTime(year: year, month: month, day: day)
        var offset = 0
        if !reader.isAtEnd {
            guard reader.take("T") || reader.take("t") || reader.take(" "), reader.time(into: &parts),
                let zone = reader.zone()
            else { return nil }
            offset = zone
        }
        guard parts.isValid, reader.isAtEnd else { return nil }
        self = parts.instant(offset: offset)
    }
}

extension CivilTime {
    /// What follows the year.
    fileprivate var iso8601Tail: String {
        "-\(month.padded(2))-\(day.padded(2))T\(hour.padded(2)):\(minute.padded(2)):\(second.padded(2))"
            + ".\(millisecond.padded(3))Z"
    }
}

extension UnsafeMutableBufferPointer<UInt8> {
    /// Writes `number` with leading zeros and a mark behind it.
    fileprivate func put(_ number: Int, at place: Int, digits: Int, then mark: Unicode.Scalar) {
        var rest = number
        for position in stride(from: place + digits - 1, through: place, by: -1) {
            self[position] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        self[place + digits] = UInt8(ascii: mark)
    }
}

/// Reads fixed-width numbers off the front of a text.
private struct DigitReader {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = text[...].utf8 }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }

    mutating func digits(_ count: Int) -> Int? {
        var number = 0
        for _ in 0..<count {
            guard let digit = digit() else { return nil }
            number = number * 10 + digit
        }
        return number
    }

    /// `HH:MM`, `HH:MM:SS` or `HH:MM:SS.fraction`.
    mutating func time(into parts: inout CivilTime) -> Bool {
        guard let hour = digits(2), take(":"), let minute = digits(2) else { return false }
        parts.hour = hour
        parts.minute = minute
        guard take(":") else { return true }
        guard let second = digits(2) else { return false }
        parts.second = second
        guard take(".") else { return true }
        guard let first = digit() else { return false }
        parts.millisecond = first * 100 + (digit() ?? 0) * 10 + (digit() ?? 0)
        while digit() != nil {}
        return true
    }

    /// Seconds east of UTC: of `Z`, `±HH:MM`, or of nothing.
    mutating func zone() -> Int? {
        if isAtEnd || take("Z") || take("z") { return 0 }
        let sign = take("+") ? 1 : take("-") ? -1 : 0
        guard sign != 0, let hours = digits(2), take(":"), let minutes = digits(2), hours < 24, minutes < 60 else {
            return nil
        }
        return sign * (hours * 3_600 + minutes * 60)
    }

    private mutating func digit() -> Int? {
        guard let byte = rest.first, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
        rest = rest.dropFirst()
        return Int(byte - UInt8(ascii: "0"))
    }
}
