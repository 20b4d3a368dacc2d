import Model

extension TreeWalker {
    /// Walks an expression whose value goes somewhere as a whole; what is known of it.
    @discardableResult
    mutating func visit(_ expression: Expression) -> Meaning? {
        let reached = visitValue(expression)
        noteWhole(reached)
        return reached.meaning
    }

    /// Walks an expression, and leaves what becomes of its value to the caller.
    @discardableResult
    mutating func visitValue(_ expression: Expression) -> Reached {
        switch expression.kind {
        case .name, .suffixed: visitChain(expression, [])
        case .parenthesised(let inner): visitValue(inner)
        default: Reached(meaning: visitOperands(expression), variable: nil, path: [])
        }
    }

    private mutating func visitOperands(_ expression: Expression) -> Meaning? {
        switch expression.kind {
        case .nil, .boolean, .integer, .number, .varargs, .name, .suffixed, .parenthesised: break
        case .string(let text): configUse.mention(text: text)
        case .function(let body):
            visit(body)
        case .table(let fields):
            visitTable(fields, isDaemon: daemon?.constructor == expression.position)
        case .unary(let symbol, let operand):
            if symbol == nil { noteProbe(operand) }
            visit(operand)
        case .operation(let first, let operands):
            if operands.first?.symbol == nil || operands.first?.symbol == .equal { noteProbe(first) }
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
                if name == "__gc" { report(.finalizer, "a metatable with __gc is refused; use __close", at: position) }
            }
            if isDaemon, case .function(let body) = field.value.kind {
                visitMethod(body, named: field.literalKey)
            } else if isDaemon, field.literalKey == "config" {
                let use = configUse
                visit(field.value)
                configUse = use
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

    @discardableResult
    mutating func visit(
        _ body: FunctionBody, arguments: [Meaning?] = [], isSession: Bool = false, isProtected: Bool = false
    ) -> [Variable] {
        var parameters = body.parameters
        if body.isMethod { parameters.insert(LocalName(name: "self", position: body.position), at: 0) }
        let variables = parameters.enumerated().map { index, name in
            Variable(name, kind: .parameter, meaning: index < arguments.count ? arguments[index] : nil)
        }
        let isInside = isProtected || contexts.last?.isProtected == true
        contexts.append(FunctionContext(isSession: isSession, isProtected: isInside))
        visit(body.block, declaring: variables)
        contexts.removeLast()
        return variables
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
        if !variable.isBeingDefined { variable.isRead = true }
        return Reached(meaning: variable.meaning, variable: variable, path: [name])
    }

    private mutating func follow(_ suffix: Expression.Suffix, from owner: Reached) -> Reached {
        var next = Reached(meaning: nil, variable: owner.variable, path: [])
        switch suffix.kind {
        case .field(let name):
            configUse.mention(name)
            next.path = owner.path + [name]
            next.meaning = readField(name, of: owner, at: suffix.position)
        case .index(let key):
            visit(key)
            noteIndex(key, into: owner)
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
            report(.unknownName, unknown + catalog.hint(for: full), at: position, restingOn: owner.variable)
        case .library(let library):
            guard let members = Sandbox.libraries[library], !members.contains(name) else { return nil }
            let hint = Sandbox.hint(for: name, among: members.sorted(), prefix: library + ".")
            report(.unknownName, "unknown name '\(library).\(name)'\(hint)", at: position, restingOn: owner.variable)
        case .daemon:
            return name == "config" && daemon?.configKeys != nil ? .config : nil
        case .assertion(let path):
            return readAssertion(path + [name], at: position, restingOn: owner.variable)
        case .config:
            checkConfigKey(name, at: position, restingOn: owner.variable)
        case .database:
            guard catalog.method(name, of: "db") != nil else { return nil }
            let advice = "'\(name)' is a method: write \(owner.path.joined(separator: ".")):\(name)(…)"
            report(.wrongCall, advice, at: position, restingOn: owner.variable)
        case .job, .endedJob: return readJobField(name, of: owner, at: position)
        case .arguments: checkArgument(name, at: position, restingOn: owner.variable)
        case nil: break
        }
        return nil
    }

    private mutating func readJobField(_ name: String, of owner: Reached, at position: SourcePosition) -> Meaning? {
        let isEnded = if case .endedJob? = owner.meaning { true } else { false }
        if name == "args", !isEnded { return daemon?.argumentNames == nil ? nil : .arguments }
        let fields = isEnded ? endedJobFields : jobFields
        guard !fields.isEmpty, !fields.contains(name) else { return nil }
        let methods = isEnded ? [] : catalog.methodNames(of: "job")
        if methods.contains(name) {
            let advice = "'\(name)' is a method: write \(owner.path.joined(separator: ".")):\(name)(…)"
            report(.wrongCall, advice, at: position, restingOn: owner.variable)
        } else {
            let unknown = "a job has no field '\(name)'" + Sandbox.hint(for: name, among: (fields + methods).sorted())
            report(.unknownName, unknown, at: position, restingOn: owner.variable)
        }
        return nil
    }

    private mutating func checkArgument(_ key: String, at position: SourcePosition, restingOn variable: Variable?) {
        guard let names = daemon?.argumentNames, !names.contains(key) else { return }
        let hint = Sandbox.hint(for: key, among: names.sorted())
        let advice = hint.isEmpty ? "; declare it in the table's args" : hint
        report(.undeclaredConfig, "argument '\(key)' is not declared\(advice)", at: position, restingOn: variable)
    }

    /// A field of the assert of tests; words that only lead to an assertion go on.
    private mutating func readAssertion(
        _ path: [String], at position: SourcePosition, restingOn variable: Variable?
    ) -> Meaning? {
        guard let problem = ScriptTestVocabulary.problem(ofAssertion: path) else {
            return ScriptTestVocabulary.isComplete(path) ? nil : .assertion(path)
        }
        report(
            .unknownName, "unknown assertion 'assert.\(path.joined(separator: "."))'\(problem)", at: position,
            restingOn: variable)
        return nil
    }

    private mutating func checkConfigKey(_ key: String, at position: SourcePosition, restingOn variable: Variable?) {
        guard let keys = daemon?.configKeys, !keys.contains(key) else { return }
        let hint = Sandbox.hint(for: key, among: keys.sorted())
        // What was meant is not unread besides.
        if let meant = DidYouMean.closest(to: key, in: keys.sorted()) { configUse.mention(meant) }
        let advice = hint.isEmpty ? "; declare it in the table's config" : hint
        report(.undeclaredConfig, "config key '\(key)' is not declared\(advice)", at: position, restingOn: variable)
    }
}
