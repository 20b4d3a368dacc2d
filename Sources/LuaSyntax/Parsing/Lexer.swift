/// Cuts a Lua source into tokens, one at a time and each byte once.
struct Lexer {
    let source: [UInt8]
    private(set) var index = 0
    private var line = 1
    private var lineStart = 0
    /// The comments so far that speak to the checker.
    private(set) var directives: [Directive] = []

    init(_ source: [UInt8]) {
        self.source = source
    }

    var position: SourcePosition { SourcePosition(line: line, column: index - lineStart + 1) }

    mutating func next() throws(SyntaxError) -> Token {
        try skipBlanks()
        let start = index
        let position = position
        let kind = try readToken(at: position)
        return Token(kind: kind, position: position, range: start..<index)
    }

    // MARK: Moving

    func peek(_ offset: Int = 0) -> UInt8? {
        index + offset < source.count ? source[index + offset] : nil
    }

    mutating func advance(by count: Int = 1) {
        index += count
    }

    mutating func accept(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        index += 1
        return true
    }

    /// Steps over a line end in any of its four spellings, counted once.
    mutating func skipLineEnd() {
        let first = source[index]
        index += 1
        if let second = peek(), second.isLineEnd, second != first { index += 1 }
        line += 1
        lineStart = index
    }

    private mutating func skipBlanks() throws(SyntaxError) {
        while let byte = peek() {
            if byte.isLineEnd {
                skipLineEnd()
            } else if byte.isBlank {
                index += 1
            } else if byte == UInt8(ascii: "-"), peek(1) == UInt8(ascii: "-") {
                try skipComment()
            } else {
                return
            }
        }
    }

    private mutating func skipComment() throws(SyntaxError) {
        let start = position
        index += 2
        if let level = longBracketLevel() {
            _ = try readLongBracket(level: level, what: "comment", from: start)
            return
        }
        let textStart = index
        while let byte = peek(), !byte.isLineEnd { index += 1 }
        noteDirective(source[textStart..<index], at: start)
    }

    /// A comment of the form `-- lunad: TEXT`.
    struct Directive {
        var text: String
        var position: SourcePosition
        /// Nothing but blanks precedes it on its line.
        var standsAlone: Bool
    }

    private static let directiveMark = Array("lunad:".utf8)

    private mutating func noteDirective(_ comment: ArraySlice<UInt8>, at start: SourcePosition) {
        let text = comment.drop(while: \.isBlank)
        guard text.starts(with: Self.directiveMark) else { return }
        let standsAlone = source[lineStart..<lineStart + start.column - 1].allSatisfy(\.isBlank)
        let rest = String(decoding: text.dropFirst(Self.directiveMark.count), as: UTF8.self)
        directives.append(Directive(text: rest, position: start, standsAlone: standsAlone))
    }

    // MARK: Tokens

    private mutating func readToken(at start: SourcePosition) throws(SyntaxError) -> Token.Kind {
        guard let byte = peek() else { return .endOfFile }
        if byte.isNameStart { return readWord() }
        if byte.isDigit || (byte == UInt8(ascii: ".") && peek(1)?.isDigit == true) { return try readNumeral() }
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") { return .string(try readString(quote: byte)) }
        if byte == UInt8(ascii: "["), let level = longBracketLevel() {
            return .string(try readLongBracket(level: level, what: "string", from: start))
        }
        return .symbol(try readSymbol(byte, at: start))
    }

    private mutating func readWord() -> Token.Kind {
        let start = index
        while let byte = peek(), byte.isNamePart { index += 1 }
        let word = String(decoding: source[start..<index], as: UTF8.self)
        return Keyword.named[word].map { .keyword($0) } ?? .name(word)
    }

    private mutating func readSymbol(_ first: UInt8, at start: SourcePosition) throws(SyntaxError) -> Symbol {
        for length in stride(from: 3, through: 1, by: -1) where index + length <= source.count {
            let text = String(decoding: source[index..<index + length], as: UTF8.self)
            if let symbol = Symbol(rawValue: text) {
                index += length
                return symbol
            }
        }
        let shown = (0x20..<0x7F).contains(first) ? String(UnicodeScalar(first)) : "<\\\(first)>"
        throw SyntaxError("unexpected symbol near '\(shown)'", at: start)
    }
}

extension UInt8 {
    var isLineEnd: Bool { self == 0x0A || self == 0x0D }
    /// A blank that does not end the line: space, tab, vertical tab, form feed.
    var isBlank: Bool { self == 0x20 || self == 0x09 || self == 0x0B || self == 0x0C }
    var isDigit: Bool { (0x30...0x39).contains(self) }
    var isNameStart: Bool { (0x61...0x7A).contains(self | 0x20) || self == UInt8(ascii: "_") }
    var isNamePart: Bool { isNameStart || isDigit }

    /// Its value as a hexadecimal digit.
    var hexDigit: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }
}
