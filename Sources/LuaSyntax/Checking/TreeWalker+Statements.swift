extension TreeWalker {
    /// Walks the statements in a scope of their own; `then` still sees that scope, as `until` does.
    mutating func visit(_ block: Block, declaring names: [Variable] = [], then: ((inout TreeWalker) -> Void)? = nil) {
        scopes.open()
        openLabels(of: block)
        for variable in names { scopes.declare(variable) }
        visit(block.statements)
        then?(&self)
        contexts[contexts.count - 1].labels.removeLast()
        closeScope()
    }

    /// Walks the statements, and tells the first that cannot be reached.
    private mutating func visit(_ statements: [Statement]) {
        var isReachable = true
        var isTold = false
        for (index, statement) in statements.enumerated() {
            if case .label = statement.kind { isReachable = true }
            // A `return` after a call that never comes back is a habit, not a mistake.
            if case .return = statement.kind, index > 0, case .call = statements[index - 1].kind { isReachable = true }
            if !isReachable, !isTold {
                report(.unreachable, "this is never reached", at: statement.position)
                isTold = true
            }
            visit(statement)
            if Unreachable.ends(statement, isBuiltIn: { scopes.find($0) == nil }) { isReachable = false }
        }
    }

    private mutating func visit(_ statement: Statement) {
        switch statement.kind {
        case .local(let names, let values): declare(names, values)
        case .assignment(let targets, let values): assign(targets, values)
        case .call(let call): visit(call)
        case .do(let block): visit(block)
        case .while(let condition, let block):
            visit(condition)
            visitLoop(block)
        case .repeat(let block, let condition): visitLoop(block) { walker in walker.visit(condition) }
        case .if(let branches, let otherwise):
            for branch in branches {
                noteProbe(branch.condition)
                visit(branch.condition)
                visit(branch.block)
            }
            if let otherwise { visit(otherwise) }
        case .numericFor(let name, let from, let to, let step, let block):
            visit(from)
            visit(to)
            if let step { visit(step) }
            visitLoop(block, declaring: [Variable(name, kind: .loop)])
        case .genericFor(let names, let values, let block):
            for value in values { visit(value) }
            visitLoop(block, declaring: names.map { Variable($0, kind: .loop) })
        case .function(let name, let body): defineFunction(name, body, at: statement.position)
        case .localFunction(let name, let body):
            let variable = Variable(name, kind: .local, isFunction: true)
            scopes.declare(variable)
            variable.isBeingDefined = true
            variable.parameters = visit(body)
            variable.isBeingDefined = false
        case .return(let values): visitReturned(values)
        case .break:
            guard contexts.last?.loops == 0 else { return }
            report(.strayBreak, "break outside a loop", at: statement.position)
        case .goto(let label): checkGoto(label, at: statement.position)
        case .label: break
        }
    }

    private mutating func visitLoop(
        _ block: Block, declaring names: [Variable] = [], then: ((inout TreeWalker) -> Void)? = nil
    ) {
        contexts[contexts.count - 1].loops += 1
        visit(block, declaring: names, then: then)
        contexts[contexts.count - 1].loops -= 1
    }

    // MARK: Labels

    private mutating func openLabels(of block: Block) {
        var labels: [String: SourcePosition] = [:]
        for statement in block.statements {
            guard case .label(let name) = statement.kind else { continue }
            let earlier = labels[name] ?? contexts[contexts.count - 1].labels.lazy.compactMap { $0[name] }.first
            if let earlier {
                report(.label, "label '\(name)' already defined on line \(earlier.line)", at: statement.position)
            }
            labels[name] = statement.position
        }
        contexts[contexts.count - 1].labels.append(labels)
    }

    private mutating func checkGoto(_ label: String, at position: SourcePosition) {
        let labels = contexts[contexts.count - 1].labels
        if labels.contains(where: { $0[label] != nil }) { return }
        let hint = Sandbox.hint(for: label, among: labels.flatMap(\.keys).sorted())
        report(.label, "no visible label '\(label)' for goto\(hint)", at: position)
    }

    // MARK: Names

    private mutating func declare(_ names: [LocalName], _ values: [Expression]) {
        let reached = values.map { visitValue($0) }
        for (index, name) in names.enumerated() {
            let isDaemon = daemon?.variable == name.position
            let source = index < reached.count ? reached[index] : nil
            let variable = Variable(
                name, kind: .local, meaning: isDaemon ? .daemon : source?.meaning, isEmpty: values.isEmpty)
            scopes.declare(variable)
            noteHeld(source, by: variable)
        }
        for source in reached.dropFirst(names.count) { noteWhole(source) }
    }

    /// What the chunk returns at its end is the daemon itself: it goes to the host, not out of sight.
    private mutating func visitReturned(_ values: [Expression]) {
        for value in values {
            if contexts.count == 1, case .name = value.kind { visitValue(value) } else { visit(value) }
        }
    }

    private mutating func assign(_ targets: [Expression], _ values: [Expression]) {
        for (index, target) in targets.enumerated() {
            let owner = assignTarget(target)
            guard index < values.count else { continue }
            if case .function(let body) = values[index].kind, case .daemon? = owner {
                visitMethod(body, named: target.lastField)
            } else {
                visit(values[index])
            }
        }
        for value in values.dropFirst(targets.count) { visit(value) }
    }

    /// Walks what is assigned to; for a direct field, hands back what its table is.
    private mutating func assignTarget(_ target: Expression) -> Meaning? {
        switch target.kind {
        case .name(let name):
            assignName(name, at: target.position)
            return nil
        case .suffixed(let base, let suffixes):
            let owner = visitChain(base, suffixes.dropLast())
            if case .index(let key)? = suffixes.last?.kind { visit(key) }
            switch owner.meaning {
            case .api: report(.readOnly, "the lunad table is read-only", at: target.position, restingOn: owner.variable)
            case .config:
                let advice = "config is read-only in the script; keep what changes in self.state"
                report(.readOnly, advice, at: target.position, restingOn: owner.variable)
            default: break
            }
            return owner.meaning
        default:
            return nil
        }
    }

    private mutating func assignName(_ name: String, at position: SourcePosition) {
        guard let variable = scopes.find(name) else { return assignGlobal(name, at: position) }
        variable.isReassigned = true
        if variable.attribute != nil {
            report(.constAssignment, "attempt to assign to const variable '\(name)'", at: position)
        }
    }

    private mutating func defineFunction(
        _ name: Statement.FunctionName, _ body: FunctionBody, at position: SourcePosition
    ) {
        guard !name.fields.isEmpty else {
            assignName(name.base, at: position)
            visit(body)
            return
        }
        let base = Expression(kind: .name(name.base), position: position)
        let fields = name.fields.dropLast().map { Expression.Suffix(kind: .field($0), position: position) }
        let owner = visitChain(base, fields[...])
        if case .api? = owner.meaning {
            report(.readOnly, "the lunad table is read-only", at: position, restingOn: owner.variable)
        }
        if case .daemon? = owner.meaning {
            visitMethod(body, named: name.fields.last)
        } else {
            visit(body)
        }
    }
}

extension Expression {
    /// The name at the end of `a.b.name`.
    fileprivate var lastField: String? {
        guard case .suffixed(_, let suffixes) = kind, case .field(let name)? = suffixes.last?.kind else { return nil }
        return name
    }
}
