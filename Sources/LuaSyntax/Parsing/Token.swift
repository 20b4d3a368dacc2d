/// One lexical element with the place where it begins.
struct Token {
    enum Kind: Equatable {
        case name(String)
        case string([UInt8])
        case integer(Int64)
        case number(Double)
        case keyword(Keyword)
        case symbol(Symbol)
        case endOfFile
    }

    var kind: Kind
    var position: SourcePosition
    /// Where it stands in the source, for messages that quote it.
    var range: Range<Int>
}

/// The reserved words of Lua 5.4.
enum Keyword: String, CaseIterable {
    case and, `break`, `do`, `else`, elseif, end, `false`, `for`, function, goto, `if`, `in`
    case local, `nil`, not, or, `repeat`, `return`, then, `true`, until, `while`

    /// Finding a word among them costs one hash.
    static let named = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })
}

/// Every operator and punctuation mark of Lua 5.4.
enum Symbol: String {
    case plus = "+"
    case minus = "-"
    case star = "*"
    case slash = "/"
    case doubleSlash = "//"
    case percent = "%"
    case caret = "^"
    case hash = "#"
    case ampersand = "&"
    case tilde = "~"
    case pipe = "|"
    case shiftLeft = "<<"
    case shiftRight = ">>"
    case equal = "=="
    case notEqual = "~="
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case less = "<"
    case greater = ">"
    case assign = "="
    case openParenthesis = "("
    case closeParenthesis = ")"
    case openBrace = "{"
    case closeBrace = "}"
    case openBracket = "["
    case closeBracket = "]"
    case doubleColon = "::"
    case semicolon = ";"
    case colon = ":"
    case comma = ","
    case dot = "."
    case concatenate = ".."
    case ellipsis = "..."
}
