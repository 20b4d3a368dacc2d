/// Reads a chunk of Lua 5.4 into a syntax tree by recursive descent, in time linear in its length.
struct Parser {
    /// How deep statements and expressions may nest: Lua's own bound, which also bounds every walk of the tree.
    static let maximumDepth = 200

    private var lexer: Lexer
    private(set) var current: Token
    private var ahead: Token?
    private var depth = 0
    /// One entry a function being read: whether it may use `...`.
    private var varargFunctions = [true]

    /// The tree of a whole chunk, or its first fault.
    static func parse(_ source: [UInt8]) throws(SyntaxError) -> Block {
        var parser = try Parser(source)
        let block = try parser.block()
        guard parser.current.kind == .endOfFile else { throw parser.expected("<eof>") }
        return block
    }

    private init(_ source: [UInt8]) throws(SyntaxError) {
        lexer = Lexer(source)
        current = try lexer.next()
    }

    // MARK: Tokens

    mutating func advance() throws(SyntaxError) {
        if let token = ahead {
            current = token
            ahead = nil
        } else {
            current = try lexer.next()
        }
    }

    mutating func lookAhead() throws(SyntaxError) -> Token.Kind {
        if let ahead { return ahead.kind }
        let token = try lexer.next()
        ahead = token
        return token.kind
    }

    func at(_ symbol: Symbol) -> Bool { current.kind == .symbol(symbol) }
    func at(_ keyword: Keyword) -> Bool { current.kind == .keyword(keyword) }

    mutating func accept(_ symbol: Symbol) throws(SyntaxError) -> Bool {
        guard at(symbol) else { return false }
        try advance()
        return true
    }

    mutating func accept(_ keyword: Keyword) throws(SyntaxError) -> Bool {
        guard at(keyword) else { return false }
        try advance()
        return true
    }

    mutating func expect(_ symbol: Symbol) throws(SyntaxError) {
        guard try accept(symbol) else { throw expected("'\(symbol.rawValue)'") }
    }

    mutating func expect(_ keyword: Keyword) throws(SyntaxError) {
        guard try accept(keyword) else { throw expected("'\(keyword.rawValue)'") }
    }

    /// Expects what closes `opening`, and names that one when it stands on another line.
    mutating func expect(_ keyword: Keyword, closing opening: Keyword, at start: SourcePosition) throws(SyntaxError) {
        guard try !accept(keyword) else { return }
        throw unclosed("'\(keyword.rawValue)'", opening: opening.rawValue, at: start)
    }

    mutating func expect(_ symbol: Symbol, closing opening: Symbol, at start: SourcePosition) throws(SyntaxError) {
        guard try !accept(symbol) else { return }
        throw unclosed("'\(symbol.rawValue)'", opening: opening.rawValue, at: start)
    }

    mutating func expectName() throws(SyntaxError) -> String {
        guard case .name(let name) = current.kind else { throw expected("<name>") }
        try advance()
        return name
    }

    // MARK: Faults

    func expected(_ what: String) -> SyntaxError { fault("\(what) expected") }

    func fault(_ message: String) -> SyntaxError {
        SyntaxError("\(message) near \(currentText)", at: current.position)
    }

    private func unclosed(_ what: String, opening: String, at start: SourcePosition) -> SyntaxError {
        start.line == current.position.line
            ? expected(what) : fault("\(what) expected (to close '\(opening)' at line \(start.line))")
    }

    private var currentText: String {
        guard current.kind != .endOfFile else { return "<eof>" }
        let text = lexer.source[current.range]
        let shown = String(decoding: text.prefix(40), as: UTF8.self)
        return text.count > 40 ? "'\(shown)...'" : "'\(shown)'"
    }

    // MARK: Bounds

    mutating func enterLevel() throws(SyntaxError) {
        depth += 1
        guard depth <= Self.maximumDepth else {
            throw SyntaxError("nested too deeply (limit is \(Self.maximumDepth) levels)", at: current.position)
        }
    }

    mutating func leaveLevel() { depth -= 1 }

    mutating func enterFunction(isVararg: Bool) { varargFunctions.append(isVararg) }
    mutating func leaveFunction() { varargFunctions.removeLast() }
    var isInVarargFunction: Bool { varargFunctions.last == true }
}
