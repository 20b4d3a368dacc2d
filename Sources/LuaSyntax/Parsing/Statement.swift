/// A list of statements that share a scope.
struct Block {
    var statements: [Statement]
}

/// A statement with the place where it begins.
struct Statement {
    var kind: Kind
    var position: SourcePosition

    indirect enum Kind {
        case local([LocalName], [Expression])
        case assignment([Expression], [Expression])
        case call(Expression)
        case `do`(Block)
        case `while`(Expression, Block)
        case `repeat`(Block, until: Expression)
        case `if`([Branch], otherwise: Block?)
        case numericFor(LocalName, from: Expression, to: Expression, step: Expression?, Block)
        case genericFor([LocalName], in: [Expression], Block)
        case function(FunctionName, FunctionBody)
        case localFunction(LocalName, FunctionBody)
        case `return`([Expression])
        case `break`
        case goto(String)
        case label(String)
    }

    /// One `if` or `elseif` with what it guards.
    struct Branch {
        var condition: Expression
        var block: Block
    }

    /// The name in `function a.b:c()`: `a` is the base, `b` and `c` follow.
    struct FunctionName {
        var base: String
        var fields: [String]
        var isMethod: Bool
    }
}
