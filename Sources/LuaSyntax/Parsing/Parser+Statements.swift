extension Parser {
    mutating func block() throws(SyntaxError) -> Block {
        var statements: [Statement] = []
        while !isAtBlockEnd {
            if at(.return) {
                statements.append(try returnStatement())
                break
            }
            try enterLevel()
            if let statement = try statement() { statements.append(statement) }
            leaveLevel()
        }
        return Block(statements: statements)
    }

    private var isAtBlockEnd: Bool {
        switch current.kind {
        case .endOfFile, .keyword(.else), .keyword(.elseif), .keyword(.end), .keyword(.until): true
        default: false
        }
    }

    /// One statement, or nil for a lone semicolon.
    private mutating func statement() throws(SyntaxError) -> Statement? {
        let position = current.position
        guard let kind = try statementKind(at: position) else { return nil }
        return Statement(kind: kind, position: position)
    }

    private mutating func statementKind(at position: SourcePosition) throws(SyntaxError) -> Statement.Kind? {
        switch current.kind {
        case .symbol(.semicolon):
            try advance()
            return nil
        case .symbol(.doubleColon):
            return try label()
        case .keyword(let keyword):
            return try keywordStatement(keyword, at: position)
        default:
            return try expressionStatement()
        }
    }

    private mutating func keywordStatement(
        _ keyword: Keyword, at position: SourcePosition
    ) throws(SyntaxError) -> Statement.Kind {
        switch keyword {
        case .if: return try ifStatement(at: position)
        case .while: return try whileStatement(at: position)
        case .do: return try doStatement(at: position)
        case .for: return try forStatement(at: position)
        case .repeat: return try repeatStatement(at: position)
        case .function: return try functionStatement()
        case .local: return try localStatement()
        case .break:
            try advance()
            return .break
        case .goto:
            try advance()
            return .goto(try expectName())
        default: return try expressionStatement()
        }
    }

    private mutating func label() throws(SyntaxError) -> Statement.Kind {
        try advance()
        let name = try expectName()
        try expect(.doubleColon)
        return .label(name)
    }

    private mutating func ifStatement(at start: SourcePosition) throws(SyntaxError) -> Statement.Kind {
        var branches: [Statement.Branch] = []
        repeat {
            try advance()
            let condition = try expression()
            try expect(.then)
            branches.append(Statement.Branch(condition: condition, block: try block()))
        } while at(.elseif)
        let otherwise: Block? = try accept(.else) ? try block() : nil
        try expect(.end, closing: .if, at: start)
        return .if(branches, otherwise: otherwise)
    }

    private mutating func whileStatement(at start: SourcePosition) throws(SyntaxError) -> Statement.Kind {
        try advance()
        let condition = try expression()
        try expect(.do)
        let body = try block()
        try expect(.end, closing: .while, at: start)
        return .while(condition, body)
    }

    private mutating func doStatement(at start: SourcePosition) throws(SyntaxError) -> Statement.Kind {
        try advance()
        let body = try block()
        try expect(.end, closing: .do, at: start)
        return .do(body)
    }

    private mutating func repeatStatement(at start: SourcePosition) throws(SyntaxError) -> Statement.Kind {
        try advance()
        let body = try block()
        try expect(.until, closing: .repeat, at: start)
        return .repeat(body, until: try expression())
    }

    private mutating func forStatement(at start: SourcePosition) throws(SyntaxError) -> Statement.Kind {
        try advance()
        var names = [try plainName()]
        if try accept(.assign) {
            let from = try expression()
            try expect(.comma)
            let to = try expression()
            let step: Expression? = try accept(.comma) ? try expression() : nil
            return .numericFor(names[0], from: from, to: to, step: step, try loopBody(at: start))
        }
        guard at(.comma) || at(.in) else { throw expected("'=' or 'in'") }
        while try accept(.comma) { names.append(try plainName()) }
        try expect(.in)
        let values = try expressionList()
        return .genericFor(names, in: values, try loopBody(at: start))
    }

    private mutating func loopBody(at start: SourcePosition) throws(SyntaxError) -> Block {
        try expect(.do)
        let body = try block()
        try expect(.end, closing: .for, at: start)
        return body
    }

    private mutating func functionStatement() throws(SyntaxError) -> Statement.Kind {
        let start = current.position
        try advance()
        var name = Statement.FunctionName(base: try expectName(), fields: [], isMethod: false)
        while try accept(.dot) { name.fields.append(try expectName()) }
        if try accept(.colon) {
            name.fields.append(try expectName())
            name.isMethod = true
        }
        return .function(name, try functionBody(isMethod: name.isMethod, at: start))
    }

    private mutating func localStatement() throws(SyntaxError) -> Statement.Kind {
        try advance()
        let start = current.position
        if try accept(.function) {
            let name = try plainName()
            return .localFunction(name, try functionBody(isMethod: false, at: start))
        }
        var names: [LocalName] = []
        repeat {
            var name = try plainName()
            name.attribute = try attribute()
            names.append(name)
        } while try accept(.comma)
        return .local(names, try accept(.assign) ? try expressionList() : [])
    }

    private mutating func attribute() throws(SyntaxError) -> LocalName.Attribute? {
        guard try accept(.less) else { return nil }
        let position = current.position
        let word = try expectName()
        try expect(.greater)
        guard let attribute = LocalName.Attribute(rawValue: word) else {
            throw SyntaxError("unknown attribute '\(word)'", at: position)
        }
        return attribute
    }

    mutating func plainName() throws(SyntaxError) -> LocalName {
        let position = current.position
        return LocalName(name: try expectName(), attribute: nil, position: position)
    }

    private mutating func returnStatement() throws(SyntaxError) -> Statement {
        let position = current.position
        try advance()
        let values = isAtBlockEnd || at(.semicolon) ? [] : try expressionList()
        _ = try accept(.semicolon)
        return Statement(kind: .return(values), position: position)
    }

    /// A call, or an assignment to what can be assigned to.
    private mutating func expressionStatement() throws(SyntaxError) -> Statement.Kind {
        let first = try suffixedExpression()
        guard at(.assign) || at(.comma) else {
            guard case .suffixed(_, let suffixes) = first.kind, suffixes.last?.isCall == true else {
                throw fault("syntax error")
            }
            return .call(first)
        }
        var targets = [try assignable(first)]
        while try accept(.comma) { targets.append(try assignable(try suffixedExpression())) }
        try expect(.assign)
        return .assignment(targets, try expressionList())
    }

    private func assignable(_ expression: Expression) throws(SyntaxError) -> Expression {
        switch expression.kind {
        case .name: return expression
        case .suffixed(_, let suffixes) where suffixes.last?.isCall == false: return expression
        default: throw fault("syntax error")
        }
    }
}
