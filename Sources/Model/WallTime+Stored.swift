extension WallTime {
    /// Reads exactly the form that `iso8601` writes for the years 0 to 9999, such as `2026-11-24T22:49:33.123Z`; nil for
    /// anything else, also when it is an instant in another form. Cost: a few nanoseconds; databases hold many.
    package init?(stored bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count == 24, let year = bytes.number(0, 4), bytes[4] == UInt8(ascii: "-"),
            let month = bytes.number(5, 2), bytes[7] == UInt8(ascii: "-"), let day = bytes.number(8, 2),
            bytes[10] == UInt8(ascii: "T"), let hour = bytes.number(11, 2), bytes[13] == UInt8(ascii: ":"),
            let minute = bytes.number(14, 2), bytes[16] == UInt8(ascii: ":"), let second = bytes.number(17, 2),
            bytes[19] == UInt8(ascii: "."), let millisecond = bytes.number(20, 3), bytes[23] == UInt8(ascii: "Z")
        else { return nil }
        let parts = CivilTime(
            year: year, month: month, day: day, hour: hour, minute: minute, second: second, millisecond: millisecond)
        guard parts.isValid else { return nil }
        self = parts.instant()
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// The number that `count` digits from `start` on say; nil when one of them is no digit.
    fileprivate func number(_ start: Int, _ count: Int) -> Int? {
        var number = 0
        for place in start..<start + count {
            let digit = Int(self[place]) - 48
            guard (0...9).contains(digit) else { return nil }
            number = number * 10 + digit
        }
        return number
    }
}
