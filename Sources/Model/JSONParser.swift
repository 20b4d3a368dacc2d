/// Reads one JSON document from UTF-8 bytes by recursive descent, as deep as `maxDepth`.
struct JSONParser {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let style: JSON.Style
    private let maxDepth: Int
    private var position = 0

    /// The bytes must stay valid while the parser is used.
    init(_ bytes: UnsafeBufferPointer<UInt8>, style: JSON.Style, maxDepth: Int) {
        self.bytes = bytes
        self.style = style
        self.maxDepth = maxDepth
    }

    mutating func document() throws(HostError) -> Value {
        let value = try value(depth: 0)
        guard next() == nil else { throw unexpected("the end of the text") }
        return value
    }

    private mutating func value(depth: Int) throws(HostError) -> Value {
        switch next() {
        case UInt8(ascii: "{"): return try object(depth: try deeper(depth))
        case UInt8(ascii: "["): return try array(depth: try deeper(depth))
        case UInt8(ascii: "\""): return .string(try string())
        case let byte? where byte == UInt8(ascii: "-") || isDigit(byte): return try number()
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: throw unexpected("a value")
        }
    }

    private func deeper(_ depth: Int) throws(HostError) -> Int {
        if depth < maxDepth { return depth + 1 }
        throw failure("nested deeper than \(maxDepth) levels", code: .limitExceeded)
    }

    private mutating func word(_ word: StaticString, _ value: Value) throws(HostError) -> Value {
        let expected = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard bytes[position...].starts(with: expected) else { throw unexpected("a value") }
        position += expected.count
        return value
    }

    // MARK: tables

    private mutating func array(depth: Int) throws(HostError) -> Value {
        position += 1
        if take(UInt8(ascii: "]")) { return .emptyTable }
        var elements: [Value] = []
        repeat {
            elements.append(try value(depth: depth))
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw unexpected("',' or ']'") }
        return .array(elements)
    }

    private mutating func object(depth: Int) throws(HostError) -> Value {
        position += 1
        if take(UInt8(ascii: "}")) { return .emptyTable }
        var fields = JSONFields()
        repeat {
            guard next() == UInt8(ascii: "\"") else { throw unexpected("a key in double quotes") }
            let start = position
            var key = try string()
            guard take(UInt8(ascii: ":")) else { throw unexpected("':'") }
            if style == .typed, key.utf8.first == UInt8(ascii: "$") {
                if key.utf8.dropFirst().first == UInt8(ascii: "$") {
                    key.removeFirst()
                } else if fields.isEmpty {
                    return try tagged(key, at: start, depth: depth)
                } else {
                    throw failure("the tag \"\(key)\" must stand alone in its object", at: start)
                }
            }
            fields.set(key, try value(depth: depth))
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw unexpected("',' or '}'") }
        return .object(fields.list)
    }

    /// What follows `{"$tag":`, up to the closing brace.
    private mutating func tagged(_ tag: String, at start: Int, depth: Int) throws(HostError) -> Value {
        let value: Value
        switch tag {
        case "$bytes":
            guard next() == UInt8(ascii: "\"") else { throw unexpected("base64 text") }
            let textStart = position
            guard let decoded = Base64.decode(try string().utf8) else {
                throw failure("expected base64 text", at: textStart)
            }
            value = .bytes(decoded)
        case "$number":
            guard next() == UInt8(ascii: "\"") else { throw unexpected("\"nan\", \"inf\" or \"-inf\"") }
            let textStart = position
            switch try string() {
            case "nan": value = .number(.nan)
            case "inf": value = .number(.infinity)
            case "-inf": value = .number(-.infinity)
            default: throw failure("expected \"nan\", \"inf\" or \"-inf\"", at: textStart)
            }
        case "$map": value = .map(try entries(depth: depth))
        default: throw failure("unknown tag \"\(tag)\": expected \"$bytes\", \"$number\" or \"$map\"", at: start)
        }
        guard take(UInt8(ascii: "}")) else { throw unexpected("'}'") }
        return value
    }

    private mutating func entries(depth: Int) throws(HostError) -> [Value.Entry] {
        guard take(UInt8(ascii: "[")) else { throw unexpected("'['") }
        if take(UInt8(ascii: "]")) { return [] }
        var entries: [Value.Entry] = []
        repeat {
            guard take(UInt8(ascii: "[")) else { throw unexpected("'['") }
            let key = try value(depth: depth)
            guard take(UInt8(ascii: ",")) else { throw unexpected("','") }
            entries.append(Value.Entry(key, try value(depth: depth)))
            guard take(UInt8(ascii: "]")) else { throw unexpected("']'") }
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw unexpected("',' or ']'") }
        return entries
    }

    // MARK: numbers

    private mutating func number() throws(HostError) -> Value {
        let start = position
        if peek() == UInt8(ascii: "-") { position += 1 }
        if peek() == UInt8(ascii: "0") {
            position += 1
            if let byte = peek(), isDigit(byte) { throw failure("a number must not begin with 0", at: start) }
        } else {
            try digits()
        }
        var isFloat = false
        if peek() == UInt8(ascii: ".") {
            isFloat = true
            position += 1
            try digits()
        }
        if let byte = peek(), byte | 0x20 == UInt8(ascii: "e") {
            isFloat = true
            position += 1
            if let sign = peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        if !isFloat, let integer = integer(bytes[start..<position]) { return .integer(integer) }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let number = Double(text), number.isFinite else {
            throw failure("the number is too large for a 64-bit float", at: start)
        }
        return .number(number)
    }

    /// The number that a sign and digits say; nil when 64 bits do not hold it.
    private func integer(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Int64? {
        let isNegative = text.first == UInt8(ascii: "-")
        var number: Int64 = 0
        for byte in text.dropFirst(isNegative ? 1 : 0) {
            let digit = Int64(byte - UInt8(ascii: "0"))
            let (tenfold, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, carried) =
                isNegative ? tenfold.subtractingReportingOverflow(digit) : tenfold.addingReportingOverflow(digit)
            if overflow || carried { return nil }
            number = sum
        }
        return number
    }

    private mutating func digits() throws(HostError) {
        guard let byte = peek(), isDigit(byte) else { throw unexpected("a digit") }
        while let byte = peek(), isDigit(byte) { position += 1 }
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    // MARK: strings

    /// Reads from the opening quote, which is at `position`, to past the closing one.
    private mutating func string() throws(HostError) -> String {
        let start = position
        position += 1
        var unescaped: [UInt8] = []
        var runStart = position
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "\""):
                let run = bytes[runStart..<position]
                position += 1
                let text =
                    if unescaped.isEmpty {
                        String(validating: run, as: UTF8.self)
                    } else {
                        String(validating: unescaped + run, as: UTF8.self)
                    }
                if let text { return text }
                throw failure("the string is not valid UTF-8", at: start)
            case UInt8(ascii: "\\"):
                unescaped.append(contentsOf: bytes[runStart..<position])
                try appendEscape(to: &unescaped)
                runStart = position
            case 0..<0x20: throw failure("a control character in a string must be written as an escape")
            default: position += 1
            }
        }
        throw failure("the string has no closing quote", at: start)
    }

    private mutating func appendEscape(to out: inout [UInt8]) throws(HostError) {
        let start = position
        position += 1
        guard let letter = peek() else { throw unexpected("an escape") }
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(letter)
        case UInt8(ascii: "b"): out.append(8)
        case UInt8(ascii: "f"): out.append(12)
        case UInt8(ascii: "n"): out.append(10)
        case UInt8(ascii: "r"): out.append(13)
        case UInt8(ascii: "t"): out.append(9)
        case UInt8(ascii: "u"): out.append(contentsOf: Array(String(try scalar(from: start)).utf8))
        default: throw failure(#"unknown escape: expected one of \" \\ \/ \b \f \n \r \t \u"#, at: start)
        }
    }

    /// The character of a `\uXXXX` escape, or of two that make a surrogate pair; the digits are at `position`.
    private mutating func scalar(from start: Int) throws(HostError) -> Character {
        var code = try fourHexDigits()
        if (0xD800..<0xDC00).contains(code), bytes[position...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) {
            position += 2
            let low = try fourHexDigits()
            guard (0xDC00..<0xE000).contains(low) else { throw failure("half of a surrogate pair", at: start) }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw failure("half of a surrogate pair", at: start) }
        return Character(scalar)
    }

    private mutating func fourHexDigits() throws(HostError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw unexpected("four hexadecimal digits")
            }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }

    // MARK: positions

    private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

    /// The next byte that is not white space.
    private mutating func next() -> UInt8? {
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): position += 1
            default: return byte
            }
        }
        return nil
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next() == byte else { return false }
        position += 1
        return true
    }

    private func unexpected(_ expected: String) -> HostError {
        guard let byte = peek() else { return failure("expected \(expected), but the text ends") }
        guard byte >= 0x20, byte < 0x7F else { return failure("expected \(expected)") }
        return failure("expected \(expected), found '\(Character(Unicode.Scalar(byte)))'")
    }

    private func failure(_ reason: String, at place: Int? = nil, code: HostError.Code = .invalidArgument) -> HostError {
        let before = bytes[..<(place ?? position)]
        let lineFeed = UInt8(ascii: "\n")
        let line = before.reduce(into: 1) { if $1 == lineFeed { $0 += 1 } }
        let lineStart = before.lastIndex(of: lineFeed).map { $0 + 1 } ?? 0
        // Columns count characters: bytes that continue one are left out.
        let column = before[lineStart...].reduce(into: 1) { if $1 & 0xC0 != 0x80 { $0 += 1 } }
        return HostError(code, "invalid JSON at line \(line), column \(column): \(reason)")
    }
}
