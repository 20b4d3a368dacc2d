extension Lexer {
    /// Reads a quoted string, its escapes resolved to bytes.
    mutating func readString(quote: UInt8) throws(SyntaxError) -> [UInt8] {
        let start = position
        let from = index
        advance()
        var bytes: [UInt8] = []
        while let byte = peek() {
            switch byte {
            case quote:
                advance()
                return bytes
            case UInt8(ascii: "\\"):
                try readEscape(into: &bytes)
            case 0x0A, 0x0D:
                let text = String(decoding: source[from..<index].prefix(40), as: UTF8.self)
                throw SyntaxError("unfinished string near '\(text)'", at: start)
            default:
                bytes.append(byte)
                advance()
            }
        }
        throw SyntaxError("unfinished string near <eof>", at: start)
    }

    private mutating func readEscape(into bytes: inout [UInt8]) throws(SyntaxError) {
        let start = position
        advance()
        guard let byte = peek() else { throw SyntaxError("unfinished string near <eof>", at: start) }
        if let plain = Self.plainEscapes[byte] {
            bytes.append(plain)
            advance()
        } else if byte.isLineEnd {
            bytes.append(0x0A)
            skipLineEnd()
        } else if byte.isDigit {
            bytes.append(try readDecimalEscape(from: start))
        } else {
            advance()
            switch byte {
            case UInt8(ascii: "x"): bytes.append(try readHexEscape(from: start))
            case UInt8(ascii: "u"): bytes += try readUnicodeEscape(from: start)
            case UInt8(ascii: "z"): skipStringBlanks()
            default: throw SyntaxError("invalid escape sequence", at: start)
            }
        }
    }

    private static let plainEscapes: [UInt8: UInt8] = [
        UInt8(ascii: "a"): 7, UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10,
        UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9, UInt8(ascii: "v"): 11, UInt8(ascii: "\\"): UInt8(ascii: "\\"),
        UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "'"): UInt8(ascii: "'"),
    ]

    private mutating func skipStringBlanks() {
        while let byte = peek(), byte.isBlank || byte.isLineEnd {
            if byte.isLineEnd { skipLineEnd() } else { advance() }
        }
    }

    private mutating func readDecimalEscape(from start: SourcePosition) throws(SyntaxError) -> UInt8 {
        var code = 0
        for _ in 0..<3 {
            guard let digit = peek(), digit.isDigit else { break }
            code = code * 10 + Int(digit - 0x30)
            advance()
        }
        guard let byte = UInt8(exactly: code) else { throw SyntaxError("decimal escape too large", at: start) }
        return byte
    }

    private mutating func readHexEscape(from start: SourcePosition) throws(SyntaxError) -> UInt8 {
        guard let high = peek()?.hexDigit, let low = peek(1)?.hexDigit else {
            throw SyntaxError("hexadecimal digit expected", at: start)
        }
        advance(by: 2)
        return high << 4 | low
    }

    private mutating func readUnicodeEscape(from start: SourcePosition) throws(SyntaxError) -> [UInt8] {
        guard accept(UInt8(ascii: "{")) else { throw SyntaxError("missing '{' in \\u{xxxx}", at: start) }
        var code: UInt32 = 0
        guard peek()?.hexDigit != nil else { throw SyntaxError("hexadecimal digit expected", at: start) }
        while let digit = peek()?.hexDigit {
            guard code < 0x800_0000 else { throw SyntaxError("UTF-8 value too large", at: start) }
            code = code << 4 | UInt32(digit)
            advance()
        }
        guard accept(UInt8(ascii: "}")) else { throw SyntaxError("missing '}' in \\u{xxxx}", at: start) }
        return Self.extendedUTF8(code)
    }

    /// The bytes of a code up to 2^31 in the original UTF-8 scheme of up to six bytes, which Lua accepts.
    private static func extendedUTF8(_ code: UInt32) -> [UInt8] {
        guard code >= 0x80 else { return [UInt8(code)] }
        var rest = code
        var tail: [UInt8] = []
        var firstLimit: UInt32 = 0x3F
        while rest > firstLimit {
            tail.append(UInt8(0x80 | rest & 0x3F))
            rest >>= 6
            firstLimit >>= 1
        }
        let lead = UInt8(truncatingIfNeeded: ~firstLimit << 1) | UInt8(rest)
        return [lead] + tail.reversed()
    }

    // MARK: Long brackets

    /// How many `=` stand in the long bracket that opens here, or nil when none does.
    func longBracketLevel() -> Int? {
        guard peek() == UInt8(ascii: "[") else { return nil }
        var level = 0
        while peek(1 + level) == UInt8(ascii: "=") { level += 1 }
        return peek(1 + level) == UInt8(ascii: "[") ? level : nil
    }

    /// Reads from the opening to the closing long bracket; a line end right after the opening is left out.
    mutating func readLongBracket(level: Int, what: String, from start: SourcePosition) throws(SyntaxError) -> [UInt8] {
        advance(by: level + 2)
        if peek()?.isLineEnd == true { skipLineEnd() }
        var bytes: [UInt8] = []
        while let byte = peek() {
            if byte == UInt8(ascii: "]"), closesLongBracket(level: level) {
                advance(by: level + 2)
                return bytes
            }
            if byte.isLineEnd {
                bytes.append(0x0A)
                skipLineEnd()
            } else {
                bytes.append(byte)
                advance()
            }
        }
        throw SyntaxError("unfinished long \(what) (starting at line \(start.line)) near <eof>", at: start)
    }

    private func closesLongBracket(level: Int) -> Bool {
        guard peek(level + 1) == UInt8(ascii: "]") else { return false }
        return (0..<level).allSatisfy { peek(1 + $0) == UInt8(ascii: "=") }
    }
}
