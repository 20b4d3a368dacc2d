/// Bytes as text of the standard base64 alphabet, padded.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")

    /// Appends the text for `bytes`.
    static func append(_ bytes: [UInt8], to out: inout [UInt8]) {
        out.reserveCapacity(out.count + (bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var group: UInt32 = 0
            for offset in 0..<3 {
                group = group << 8 | (offset < count ? UInt32(bytes[start + offset]) : 0)
            }
            for position in 0..<4 {
                let index = Int(group >> UInt32(18 - 6 * position) & 63)
                out.append(position <= count ? alphabet[index] : padding)
            }
        }
    }

    /// The bytes that `text` stands for; nil when it is not exactly what `append` would have written.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var group: UInt32 = 0
        var digits = 0
        var paddings = 0
        for character in text {
            if character == padding {
                paddings += 1
                group <<= 6
            } else {
                guard paddings == 0, let digit = value(of: character) else { return nil }
                group = group << 6 | digit
            }
            digits += 1
            guard digits.isMultiple(of: 4) else { continue }
            bytes.append(UInt8(truncatingIfNeeded: group >> 16))
            if paddings < 2 { bytes.append(UInt8(truncatingIfNeeded: group >> 8)) }
            if paddings < 1 { bytes.append(UInt8(truncatingIfNeeded: group)) }
            guard paddings <= 2, hasNoStrayBits(group, paddings) else { return nil }
            group = 0
        }
        return bytes
    }

    private static func hasNoStrayBits(_ group: UInt32, _ paddings: Int) -> Bool {
        group & (paddings == 2 ? 0xFFFF : paddings == 1 ? 0xFF : 0) == 0
    }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
