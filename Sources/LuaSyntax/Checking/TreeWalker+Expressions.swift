extension TreeWalker {
    /// Walks an expression; what is known of its value.
    @discardableResult
    mutating func visit(_ expression: Expression) -> Meaning? {
        switch expression.kind {
        case .nil, .boolean, .integer, .number, .string, .varargs:
            return nil
        case .name, .suffixed:
            return visitChain(expression, []).meaning
        case .parenthesised(let inner):
            return visit(inner)
        case .function(let body):
            visit(body)
        case .table(let fields):
            visitTable(fields, isDaemon: daemon?.constructor == expression.position)
        case .unary(_, let operand):
            visit(operand)
        case .operation(let first, let operands):
            visit(first)
            for operand in operands { visit(operand.right) }
        }
        return nil
    }

    private mutating func visitTable(_ fields: [TableField], isDaemon: Bool) {
        for field in fields {
            switch field.key {
            case .positional: break
            case .computed(let key): visit(key)
            case .named(let name, let position):
                if name == "__gc" { report(.error, "a metatable with __gc is refused; use __close", at: position) }
            }
            if isDaemon, case .function(let body) = field.value.kind {
                visitMethod(body, named: field.literalKey)
            } else {
                visit(field.value)
            }
        }
    }

    // MARK: Functions

    /// Walks a function that is called with the daemon as its first argument, if it says so by the name `self`.
    mutating func visitMethod(_ body: FunctionBody, named name: String?) {
        let takesSelf = body.isMethod || body.parameters.first?.name == "self"
        let told: Meaning? =
            switch (role, name) {
            case (.job, "run"), (.job, "on_cancel"): .job
            case (.daemon, "on_job"): .endedJob
            default: nil
            }
        visit(body, arguments: [takesSelf ? .daemon : nil, told])
    }

    mutating func visit(_ body: FunctionBody, arguments: [Meaning?] = [], isSession: Bool = false) {
        var parameters = body.parameters
        if body.isMethod { parameters.insert(LocalName(name: "self", position: body.position), at: 0) }
        let variables = parameters.enumerated().map { index, name in
            Variable(name, kind: .parameter, meaning: index < arguments.count ? arguments[index] : nil)
        }
        contexts.append(FunctionContext(isSession: isSession))
        visit(body.block, declaring: variables)
        contexts.removeLast()
    }

    // MARK: Chains

    /// What a chain has led to, and the local on whose first value that knowledge rests.
    struct Reached {
        var meaning: Meaning?
        var variable: Variable?
        /// How the script spells it, for messages.
        var path: [String]
    }

    /// Walks `base` and then `suffixes`; a base that is itself a chain is walked first.
    mutating func visitChain(_ base: Expression, _ suffixes: ArraySlice<Expression.Suffix>) -> Reached {
        var reached: Reached
        switch base.kind {
        case .name(let name): reached = readName(name, at: base.position)
        case .suffixed(let inner, let first): reached = visitChain(inner, first[...])
        default: reached = Reached(meaning: visit(base), variable: nil, path: [])
        }
        for suffix in suffixes { reached = follow(suffix, from: reached) }
        return reached
    }

    private mutating func readName(_ name: String, at position: SourcePosition) -> Reached {
        guard let variable = scopes.find(name) else {
            return Reached(meaning: readGlobal(name, at: position), variable: nil, path: [name])
        }
        variable.isRead = true
        return Reached(meaning: variable.meaning, variable: variable, path: [name])
    }

    private mutating func follow(_ suffix: Expression.Suffix, from owner: Reached) -> Reached {
        var next = Reached(meaning: nil, variable: owner.variable, path: [])
        switch suffix.kind {
        case .field(let name):
            next.path = owner.path + [name]
            next.meaning = readField(name, of: owner, at: suffix.position)
        case .index(let key):
            visit(key)
            if case .string(let bytes) = key.kind {
                let name = String(decoding: bytes, as: UTF8.self)
                next.path = owner.path + [name]
                next.meaning = readField(name, of: owner, at: suffix.position)
            }
        case .call(let arguments): call(owner, arguments, at: suffix.position)
        case .method(let name, let arguments): callMethod(name, of: owner, arguments, at: suffix.position)
        }
        return next
    }

    private mutating func readField(_ name: String, of owner: Reached, at position: SourcePosition) -> Meaning? {
        switch owner.meaning {
        case .api(let path):
            let full = path + [name]
            if catalog.member(full) != nil { return .api(full) }
            // Below a function nothing more can be said.
            guard case .group? = catalog.member(path) else { return nil }
            let unknown = "unknown name 'lunad.\(full.joined(separator: "."))'"
            report(.error, unknown + catalog.hint(for: full), at: position, restingOn: owner.variable)
        case .library(let library):
            guard let members = Sandbox.libraries[library], !members.contains(name) else { return nil }
            let hint = Sandbox.hint(for: name, among: members.sorted(), prefix: library + ".")
            report(.error, "unknown name '\(library).\(name)'\(hint)", at: position, restingOn: owner.variable)
        case .daemon:
            return name == "config" && daemon?.configKeys != nil ? .config : nil
        case .config:
            checkConfigKey(name, at: position, restingOn: owner.variable)
        case .database:
            guard catalog.method(name, of: "db") != nil else { return nil }
            let advice = "'\(name)' is a method: write \(owner.path.joined(separator: ".")):\(name)(…)"
            report(.error, advice, at: position, restingOn: owner.variable)
        case .job: return readField(name, ofJob: jobFields, of: owner, at: position)
        case .endedJob: return readField(name, ofJob: endedJobFields, of: owner, at: position)
        case .arguments: checkArgument(name, at: position, restingOn: owner.variable)
        case nil: break
        }
        return nil
    }

    /// A field of a job; `fields` are those that it has, none when that is not known.
    private mutating func readField(
        _ name: String, ofJob fields: [String], of owner: Reached, at position: SourcePosition
    ) -> Meaning? {
        if name == "args", case .job? = owner.meaning { return daemon?.argumentKeys == nil ? nil : .arguments }
        guard !fields.isEmpty, !fields.contains(name) else { return nil }
        var unknown = "a job has no field '\(name)'" + Sandbox.hint(for: name, among: fields.sorted())
        if case .job? = owner.meaning {
            let methods = catalog.methodNames(of: "job")
            if methods.contains(name) {
                unknown = "'\(name)' is a method: write \(owner.path.joined(separator: ".")):\(name)(…)"
            } else {
                unknown = "a job has no field '\(name)'" + Sandbox.hint(for: name, among: (fields + methods).sorted())
            }
        }
        report(.error, unknown, at: position, restingOn: owner.variable)
        return nil
    }

    private mutating func checkArgument(_ key: String, at position: SourcePosition, restingOn variable: Variable?) {
        guard let keys = daemon?.argumentKeys, !keys.contains(key) else { return }
        let hint = Sandbox.hint(for: key, among: keys.sorted())
        let advice = hint.isEmpty ? "; declare it in the table's args" : hint
        report(.error, "argument '\(key)' is not declared\(advice)", at: position, restingOn: variable)
    }

    private mutating func checkConfigKey(_ key: String, at position: SourcePosition, restingOn variable: Variable?) {
        guard let keys = daemon?.configKeys, !keys.contains(key) else { return }
        let hint = Sandbox.hint(for: key, among: keys.sorted())
        let advice = hint.isEmpty ? "; declare it in the table's config" : hint
        report(.error, "config key '\(key)' is not declared\(advice)", at: position, restingOn: variable)
    }
}
