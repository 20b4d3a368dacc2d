extension Parser {
    mutating func expressionList() throws(SyntaxError) -> [Expression] {
        var list = [try expression()]
        while try accept(.comma) { list.append(try expression()) }
        return list
    }

    mutating func expression() throws(SyntaxError) -> Expression {
        try operation(above: 0)
    }

    /// Reads an operand and every operator that binds tighter than `limit`.
    private mutating func operation(above limit: Int) throws(SyntaxError) -> Expression {
        try enterLevel()
        let first = try operand()
        var operands: [Expression.Operand] = []
        while let binary = binaryOperator, binary.left > limit {
            try advance()
            operands.append(.init(symbol: binary.symbol, right: try operation(above: binary.right)))
        }
        leaveLevel()
        return operands.isEmpty ? first : Expression(kind: .operation(first, operands), position: first.position)
    }

    private static let unaryPriority = 12

    private mutating func operand() throws(SyntaxError) -> Expression {
        let position = current.position
        switch current.kind {
        case .symbol(let symbol) where symbol == .minus || symbol == .hash || symbol == .tilde:
            try advance()
            return Expression(kind: .unary(symbol, try operation(above: Self.unaryPriority)), position: position)
        case .keyword(.not):
            try advance()
            return Expression(kind: .unary(nil, try operation(above: Self.unaryPriority)), position: position)
        default:
            return try simpleExpression()
        }
    }

    /// The operator at hand with its binding powers; a weaker right side makes it right associative.
    private var binaryOperator: (symbol: Symbol?, left: Int, right: Int)? {
        switch current.kind {
        case .keyword(.or): (nil, 1, 1)
        case .keyword(.and): (nil, 2, 2)
        case .symbol(let symbol): Self.priorities[symbol].map { (symbol, $0.left, $0.right) }
        default: nil
        }
    }

    private static let priorities: [Symbol: (left: Int, right: Int)] = [
        .less: (3, 3), .greater: (3, 3), .lessOrEqual: (3, 3), .greaterOrEqual: (3, 3), .equal: (3, 3),
        .notEqual: (3, 3), .pipe: (4, 4), .tilde: (5, 5), .ampersand: (6, 6), .shiftLeft: (7, 7), .shiftRight: (7, 7),
        .concatenate: (9, 8), .plus: (10, 10), .minus: (10, 10), .star: (11, 11), .slash: (11, 11),
        .doubleSlash: (11, 11), .percent: (11, 11), .caret: (14, 13),
    ]

    private mutating func simpleExpression() throws(SyntaxError) -> Expression {
        let position = current.position
        let kind: Expression.Kind
        switch current.kind {
        case .integer(let value): kind = .integer(value)
        case .number(let value): kind = .number(value)
        case .string(let bytes): kind = .string(bytes)
        case .keyword(.nil): kind = .nil
        case .keyword(.true): kind = .boolean(true)
        case .keyword(.false): kind = .boolean(false)
        case .symbol(.ellipsis):
            guard isInVarargFunction else { throw fault("cannot use '...' outside a vararg function") }
            kind = .varargs
        case .symbol(.openBrace):
            return try table()
        case .keyword(.function):
            try advance()
            return Expression(kind: .function(try functionBody(isMethod: false, at: position)), position: position)
        default:
            return try suffixedExpression()
        }
        try advance()
        return Expression(kind: kind, position: position)
    }

    // MARK: Chains

    mutating func suffixedExpression() throws(SyntaxError) -> Expression {
        let first = try primaryExpression()
        var suffixes: [Expression.Suffix] = []
        while let suffix = try suffix() { suffixes.append(suffix) }
        return suffixes.isEmpty ? first : Expression(kind: .suffixed(first, suffixes), position: first.position)
    }

    private mutating func primaryExpression() throws(SyntaxError) -> Expression {
        let position = current.position
        if case .name(let name) = current.kind {
            try advance()
            return Expression(kind: .name(name), position: position)
        }
        guard try accept(.openParenthesis) else { throw fault("unexpected symbol") }
        let inner = try expression()
        try expect(.closeParenthesis, closing: .openParenthesis, at: position)
        return Expression(kind: .parenthesised(inner), position: position)
    }

    private mutating func suffix() throws(SyntaxError) -> Expression.Suffix? {
        let position = current.position
        switch current.kind {
        case .symbol(.dot):
            try advance()
            let namePosition = current.position
            return Expression.Suffix(kind: .field(try expectName()), position: namePosition)
        case .symbol(.openBracket):
            try advance()
            let key = try expression()
            try expect(.closeBracket)
            return Expression.Suffix(kind: .index(key), position: position)
        case .symbol(.colon):
            try advance()
            let namePosition = current.position
            let name = try expectName()
            guard let arguments = try callArguments() else { throw expected("function arguments") }
            return Expression.Suffix(kind: .method(name, arguments), position: namePosition)
        default:
            guard let arguments = try callArguments() else { return nil }
            return Expression.Suffix(kind: .call(arguments), position: position)
        }
    }

    /// The arguments of a call in any of its three forms, or nil when no call begins here.
    private mutating func callArguments() throws(SyntaxError) -> [Expression]? {
        let position = current.position
        switch current.kind {
        case .string(let bytes):
            try advance()
            return [Expression(kind: .string(bytes), position: position)]
        case .symbol(.openBrace):
            return [try table()]
        case .symbol(.openParenthesis):
            try advance()
            let arguments = at(.closeParenthesis) ? [] : try expressionList()
            try expect(.closeParenthesis, closing: .openParenthesis, at: position)
            return arguments
        default:
            return nil
        }
    }

    // MARK: Tables and functions

    private mutating func table() throws(SyntaxError) -> Expression {
        let position = current.position
        try expect(.openBrace)
        var fields: [TableField] = []
        while !at(.closeBrace) {
            fields.append(try tableField())
            let isSeparated = try accept(.comma) ? true : try accept(.semicolon)
            guard isSeparated else { break }
        }
        try expect(.closeBrace, closing: .openBrace, at: position)
        return Expression(kind: .table(fields), position: position)
    }

    private mutating func tableField() throws(SyntaxError) -> TableField {
        let position = current.position
        if case .name(let name) = current.kind, try lookAhead() == .symbol(.assign) {
            try advance()
            try advance()
            return TableField(key: .named(name, position), value: try expression())
        }
        guard try accept(.openBracket) else { return TableField(key: .positional, value: try expression()) }
        let key = try expression()
        try expect(.closeBracket)
        try expect(.assign)
        return TableField(key: .computed(key), value: try expression())
    }

    /// Reads parameters and body after `function` and its name.
    mutating func functionBody(isMethod: Bool, at start: SourcePosition) throws(SyntaxError) -> FunctionBody {
        try expect(.openParenthesis)
        var parameters: [LocalName] = []
        var isVararg = false
        if !at(.closeParenthesis) {
            repeat {
                if try accept(.ellipsis) {
                    isVararg = true
                    break
                }
                guard case .name = current.kind else { throw expected("<name> or '...'") }
                parameters.append(try plainName())
            } while try accept(.comma)
        }
        try expect(.closeParenthesis)
        enterFunction(isVararg: isVararg)
        let body = try block()
        leaveFunction()
        try expect(.end, closing: .function, at: start)
        return FunctionBody(
            isMethod: isMethod, parameters: parameters, isVararg: isVararg, block: body, position: start)
    }
}
