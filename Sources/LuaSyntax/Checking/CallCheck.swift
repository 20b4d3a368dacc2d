import Model

/// Compares the arguments of a call, as far as the text shows them, with a declaration.
struct CallCheck {
    let function: APIFunction
    /// How the script spells the function.
    let spelling: String
    let arguments: [Expression]

    /// What is wrong, as sentences with their places; `call` is where the call stands.
    func problems(at call: SourcePosition) -> [Problem] {
        var problems: [Problem] = []
        if let missing = missingParameter {
            let place = "argument \(missing.index + 1) (\(missing.parameter.name))"
            let needed = "\(spelling) needs \(place), \(Self.article(missing.parameter.type))"
            problems.append(Problem(place: call, code: .wrongArgument, message: needed))
        }
        let most = function.parameters.count
        if !isVariadic, let extra = arguments.dropFirst(most).first {
            let bound = most == 0 ? "no arguments" : "at most \(most) argument\(most == 1 ? "" : "s")"
            problems.append(
                Problem(place: extra.position, code: .extraArgument, message: "\(spelling) takes \(bound)"))
        }
        for (index, (argument, parameter)) in zip(arguments, function.parameters).enumerated() {
            if case .table(let fields) = argument.kind, let shape = parameter.shape.flatMap(LunadAPI.type(named:)) {
                problems += OptionCheck(shape: shape, spelling: spelling).problems(in: fields)
            }
            guard let given = argument.literalType, !given.fits(parameter) else { continue }
            let place = "argument \(index + 1) (\(parameter.name)) of \(spelling)"
            let right = Self.article(parameter.type)
            problems.append(
                Problem(
                    place: argument.position, code: .wrongArgument,
                    message: "\(place) must be \(right), not \(given.words)"))
        }
        return problems
    }

    private var isVariadic: Bool { function.parameters.last?.type == .variadic }

    private var missingParameter: (index: Int, parameter: APIFunction.Parameter)? {
        if arguments.last?.isMultiple == true { return nil }
        let index = arguments.count
        guard index < function.parameters.count else { return nil }
        let parameter = function.parameters[index]
        return parameter.isOptional || parameter.type == .variadic || parameter.type == .any ? nil : (index, parameter)
    }

    static func article(_ type: APIFunction.ParameterType) -> String {
        switch type {
        case .integer: "an integer"
        case .any, .variadic: "a value"
        default: "a \(type.rawValue)"
        }
    }
}

extension CallCheck {
    /// Something wrong with a call, and where.
    struct Problem {
        var place: SourcePosition
        var code: Finding.Code
        var message: String
    }
}

/// The type of an expression that is evident from its text.
enum LiteralType {
    case `nil`, boolean, integer, number, string, table, function
    /// Text that Lua would convert to a number.
    case numericString

    var words: String {
        switch self {
        case .nil: "nil"
        case .boolean: "a boolean"
        case .integer: "an integer"
        case .number: "a number"
        case .string, .numericString: "a string"
        case .table: "a table"
        case .function: "a function"
        }
    }

    /// Whether the binding would take it, conversions between text and numbers included.
    func fits(_ parameter: APIFunction.Parameter) -> Bool {
        if self == .nil, parameter.isOptional { return true }
        return fits(parameter.type)
    }

    func fits(_ type: APIFunction.ParameterType) -> Bool {
        switch type {
        case .any, .variadic: true
        case .string: self == .string || self == .numericString || self == .integer || self == .number
        case .number: self == .integer || self == .number || self == .numericString
        case .integer: self == .integer || self == .numericString
        case .boolean: self == .boolean
        case .table: self == .table
        case .function: self == .function
        }
    }
}

extension Expression {
    var literalType: LiteralType? {
        switch kind {
        case .nil: .nil
        case .boolean: .boolean
        case .integer: .integer
        case .number(let number): Int64(exactly: number) == nil ? .number : .integer
        case .string(let bytes): Self.looksNumeric(bytes) ? .numericString : .string
        case .table: .table
        case .function: .function
        case .parenthesised(let inner): inner.literalType
        case .unary(.minus, let inner): inner.literalType
        case .operation(_, let operands): operands.last?.symbol == .concatenate ? .string : nil
        case .varargs, .name, .suffixed, .unary: nil
        }
    }

    private static func looksNumeric(_ bytes: [UInt8]) -> Bool {
        bytes.contains(where: \.isDigit)
    }
}
