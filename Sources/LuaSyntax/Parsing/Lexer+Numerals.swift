extension Lexer {
    /// Reads a numeral as Lua does: everything that could belong to it is taken first, then judged.
    mutating func readNumeral() throws(SyntaxError) -> Token.Kind {
        let start = position
        let from = index
        let isHex = peek() == UInt8(ascii: "0") && (peek(1).map { $0 | 0x20 } == UInt8(ascii: "x"))
        if isHex { advance(by: 2) }
        let exponentMark = UInt8(ascii: isHex ? "p" : "e")
        while let byte = peek() {
            if byte | 0x20 == exponentMark {
                advance()
                if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { advance() }
            } else if byte.hexDigit != nil || byte == UInt8(ascii: ".") {
                advance()
            } else {
                break
            }
        }
        // A letter that touches the numeral spoils it.
        if peek()?.isNamePart == true { advance() }
        let text = source[from..<index]
        let parts = NumeralParts(text.dropFirst(isHex ? 2 : 0), isHex: isHex)
        guard let kind = parts?.value else {
            throw SyntaxError("malformed number near '\(String(decoding: text, as: UTF8.self))'", at: start)
        }
        return kind
    }
}

/// A numeral taken apart: digits before and after the point, and the exponent.
private struct NumeralParts {
    private let isHex: Bool
    private let whole: ArraySlice<UInt8>
    private let fraction: ArraySlice<UInt8>?
    private let exponent: ArraySlice<UInt8>?

    init?(_ text: ArraySlice<UInt8>, isHex: Bool) {
        self.isHex = isHex
        let mark = UInt8(ascii: isHex ? "p" : "e")
        let split = text.firstIndex { $0 | 0x20 == mark }
        let mantissa = text[text.startIndex..<(split ?? text.endIndex)]
        exponent = split.map { text[($0 + 1)...] }
        let point = mantissa.firstIndex(of: UInt8(ascii: "."))
        whole = mantissa[mantissa.startIndex..<(point ?? mantissa.endIndex)]
        fraction = point.map { mantissa[($0 + 1)...] }
        let digits = whole + (fraction ?? [])
        guard !digits.isEmpty, digits.allSatisfy({ isHex ? $0.hexDigit != nil : $0.isDigit }) else { return nil }
        if let exponent {
            let unsigned = exponent.first.map { $0 == 0x2B || $0 == 0x2D } == true ? exponent.dropFirst() : exponent
            guard !unsigned.isEmpty, unsigned.allSatisfy(\.isDigit) else { return nil }
        }
    }

    var value: Token.Kind? {
        if fraction == nil, exponent == nil {
            if isHex {
                // Hexadecimal integers wrap around, as in Lua.
                return .integer(Int64(bitPattern: whole.reduce(0 as UInt64) { $0 << 4 | UInt64($1.hexDigit ?? 0) }))
            }
            if let integer = Int64(String(decoding: whole, as: UTF8.self)) { return .integer(integer) }
        }
        return .number(isHex ? hexadecimal : decimal)
    }

    private var decimal: Double {
        let power = exponent.map(string) ?? "0"
        return Double("0\(string(whole)).\(string(fraction ?? []))0e\(power)") ?? .infinity
    }

    private var hexadecimal: Double {
        var mantissa = 0.0
        for digit in whole + (fraction ?? []) { mantissa = mantissa * 16 + Double(digit.hexDigit ?? 0) }
        let written = exponent.map { Int(string($0)) ?? ($0.first == 0x2D ? -1_000_000 : 1_000_000) } ?? 0
        let shift = max(-1_000_000, min(1_000_000, written)) - 4 * (fraction?.count ?? 0)
        return mantissa == 0 ? 0 : Double(sign: .plus, exponent: shift, significand: mantissa)
    }

    private func string(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}
