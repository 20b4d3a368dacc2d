/// A text with places for arguments: `{name}` stands for that argument, `{{` and `}}` for the braces themselves.
struct ArgumentTemplate: Sendable, Hashable {
    enum Part: Sendable, Hashable {
        case text(String)
        case argument(String)
    }

    let parts: [Part]

    /// Throws `invalidArgument` with what is wrong with a brace.
    init(_ text: String) throws(HostError) {
        var parts: [Part] = []
        var literal = ""
        var rest = Substring(text)
        while let character = rest.popFirst() {
            switch character {
            case "{" where rest.first == "{", "}" where rest.first == "}":
                rest.removeFirst()
                literal.append(character)
            case "{":
                guard let end = rest.firstIndex(of: "}") else {
                    throw HostError(.invalidArgument, "has a { without a }; write {{ for the brace itself")
                }
                let name = String(rest[..<end])
                guard !name.isEmpty, !name.contains("{") else {
                    throw HostError(
                        .invalidArgument, "has {\(name)}, which names no argument; write {{ for the brace itself")
                }
                if !literal.isEmpty { parts.append(.text(literal)) }
                literal = ""
                parts.append(.argument(name))
                rest = rest[rest.index(after: end)...]
            case "}": throw HostError(.invalidArgument, "has a } without a {; write }} for the brace itself")
            default: literal.append(character)
            }
        }
        if !literal.isEmpty { parts.append(.text(literal)) }
        self.parts = parts
    }

    /// The arguments it names, in order.
    var names: [String] {
        parts.compactMap { part in
            if case .argument(let name) = part { name } else { nil }
        }
    }

    /// The text with each argument's own text in its place, whatever is in it. Throws `invalidArgument` for an argument
    /// that is missing or has no text.
    func filled(with args: Value) throws(HostError) -> String {
        var text = ""
        for part in parts {
            switch part {
            case .text(let literal): text += literal
            case .argument(let name): text += try Self.text(of: name, args[name] ?? .null)
            }
        }
        return text
    }

    private static func text(of name: String, _ value: Value) throws(HostError) -> String {
        switch value {
        case .string(let text): return text
        case .integer(let integer): return integer.description
        case .number(let number): return number.luaText
        case .boolean(let flag): return flag ? "true" : "false"
        case .null: throw HostError(.invalidArgument, "the command needs the argument '\(name)', which is missing")
        case .bytes:
            throw HostError(.invalidArgument, "the argument '\(name)' is no UTF-8 text, which the command needs")
        case .array, .object, .map:
            throw HostError(
                .invalidArgument,
                "the argument '\(name)' is a table; the command needs a string, a number or a boolean")
        }
    }
}
