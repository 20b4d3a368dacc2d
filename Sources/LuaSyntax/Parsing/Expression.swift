/// An expression with the place where it begins.
struct Expression {
    var kind: Kind
    var position: SourcePosition

    /// Chains (`a.b.c()`, `1 + 2 + 3`) are flat lists, so that only real nesting makes the tree deep.
    indirect enum Kind {
        case `nil`
        case boolean(Bool)
        case integer(Int64)
        case number(Double)
        case string([UInt8])
        case varargs
        case function(FunctionBody)
        case table([TableField])
        case name(String)
        case parenthesised(Expression)
        case suffixed(Expression, [Suffix])
        case unary(Symbol?, Expression)
        /// Operators applied from left to right.
        case operation(Expression, [Operand])
    }

    /// One step of a chain: what is read from or called on the value so far.
    struct Suffix {
        var kind: Kind
        var position: SourcePosition

        enum Kind {
            case field(String)
            case index(Expression)
            case call([Expression])
            case method(String, [Expression])
        }

        var isCall: Bool {
            switch kind {
            case .call, .method: true
            case .field, .index: false
            }
        }
    }

    /// A binary operator and its right side; `and` and `or` have no symbol.
    struct Operand {
        var symbol: Symbol?
        var right: Expression
    }

    /// Whether it can give any number of values: a call or `...`.
    var isMultiple: Bool {
        switch kind {
        case .varargs: true
        case .suffixed(_, let suffixes): suffixes.last?.isCall == true
        default: false
        }
    }
}

/// One entry of a table constructor.
struct TableField {
    enum Key {
        case positional
        case named(String, SourcePosition)
        case computed(Expression)
    }

    var key: Key
    var value: Expression
}

/// What stands between `function` and its `end`.
struct FunctionBody {
    /// Declared with `:`, so it has a parameter `self` before the listed ones.
    var isMethod: Bool
    var parameters: [LocalName]
    var isVararg: Bool
    var block: Block
    var position: SourcePosition
}

/// A name that comes into being: a local, a parameter, a loop variable.
struct LocalName {
    enum Attribute: String {
        case const
        case close
    }

    var name: String
    var attribute: Attribute?
    var position: SourcePosition
}
