import Model

/// What a beginning typed at the console could become: names of the API, of Lua's libraries, and the fields of the
/// daemon's own tables as they are now.
struct ConsoleCompletion: Sendable {
    let client: ControlClient
    let daemon: String

    private static let mostCandidates = 200

    func candidates(for beginning: String) -> [String] {
        guard let dot = beginning.lastIndex(where: { $0 == "." || $0 == ":" }) else {
            return (Self.names + fields(of: "_G")).filter { $0.hasPrefix(beginning) }.uniqued
        }
        let path = beginning[..<dot]
        let stem = beginning[beginning.index(after: dot)...]
        guard Self.isPath(path) else { return [] }
        let names = path == "lunad" || path.hasPrefix("lunad.") ? Self.members(of: path) : fields(of: path)
        return names.filter { $0.hasPrefix(stem) }.map { "\(beginning[...dot])\($0)" }.uniqued
    }

    private static let names = ["self", "lunad", "self.state", "self.config", "return", "function", "local"]

    /// Of the API's table, which is known without asking.
    private static func members(of path: Substring) -> [String] {
        let prefix = path == "lunad" ? "" : path.dropFirst("lunad.".count) + "."
        return LunadAPI.functions.compactMap { function in
            guard !function.name.contains(":"), function.name.hasPrefix(prefix) else { return nil }
            return String(function.name.dropFirst(prefix.count).prefix { $0 != "." })
        }
    }

    /// Asks the daemon itself; nothing when it does not answer.
    private func fields(of path: some StringProtocol) -> [String] {
        let code = """
            (function(t) local names = {} if type(t) == 'table' then for name in pairs(t) do
            if type(name) == 'string' and #names < \(Self.mostCandidates) then names[#names + 1] = name end end end
            return table.concat(names, ' ') end)(\(path))
            """.replacing("\n", with: " ")
        let body: Value = ["code": .string(code)]
        guard let answer = try? client.callHere(.post, ["api", "daemons", daemon, "eval"], body: body),
            case .array(let values)? = answer["values"], let text = values.first?.stringValue
        else { return [] }
        return text.dropFirst().dropLast().split(separator: " ").map(String.init).sorted()
    }

    /// Names joined by dots: nothing that could do something.
    private static func isPath(_ text: Substring) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
            guard let first = part.first, first.isLetter || first == "_" else { return false }
            return part.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
        }
    }
}

extension [String] {
    /// Each once, in order.
    fileprivate var uniqued: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
