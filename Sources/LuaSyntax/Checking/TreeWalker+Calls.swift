import Model

extension TreeWalker {
    mutating func call(_ callee: Reached, _ arguments: [Expression], at position: SourcePosition) {
        guard case .api(let path)? = callee.meaning, let member = catalog.member(path) else {
            for argument in arguments { visit(argument) }
            return
        }
        let name = (["lunad"] + path).joined(separator: ".")
        guard case .function(let function) = member else {
            report(.error, "'\(name)' is a table, not a function", at: position, restingOn: callee.variable)
            for argument in arguments { visit(argument) }
            return
        }
        check(function, spelling: name, arguments, at: position, restingOn: callee.variable)
        visitArguments(of: function, arguments)
    }

    mutating func callMethod(
        _ name: String, of owner: Reached, _ arguments: [Expression], at position: SourcePosition
    ) {
        defer { for argument in arguments { visit(argument) } }
        switch owner.meaning {
        case .database:
            let spelling = "\(owner.path.joined(separator: ".")):\(name)"
            guard let method = catalog.method(name, of: "db") else {
                let unknown = "a database handle has no method '\(name)'\(catalog.hint(forMethod: name, of: "db"))"
                return report(.error, unknown, at: position, restingOn: owner.variable)
            }
            check(method, spelling: spelling, arguments, at: position, restingOn: owner.variable)
        case .job:
            guard let method = catalog.method(name, of: "job") else {
                let unknown = "a job has no method '\(name)'\(catalog.hint(forMethod: name, of: "job"))"
                return report(.error, unknown, at: position, restingOn: owner.variable)
            }
            let spelling = "\(owner.path.joined(separator: ".")):\(name)"
            check(method, spelling: spelling, arguments, at: position, restingOn: owner.variable)
        case .endedJob:
            let advice = "the job that on_job is told of has ended and has no methods: '\(name)' is none of its fields"
            report(.error, advice, at: position, restingOn: owner.variable)
        case .api(let path):
            let full = (["lunad"] + path + [name]).joined(separator: ".")
            guard catalog.member(path + [name]) != nil else {
                let unknown = "unknown name '\(full)'" + catalog.hint(for: path + [name])
                return report(.error, unknown, at: position, restingOn: owner.variable)
            }
            report(.error, "call it with a dot: \(full)(…)", at: position, restingOn: owner.variable)
        default: break
        }
    }

    private mutating func check(
        _ function: APIFunction, spelling: String, _ arguments: [Expression], at position: SourcePosition,
        restingOn variable: Variable?
    ) {
        let check = CallCheck(function: function, spelling: spelling, arguments: arguments)
        for (place, severity, message) in check.problems(at: position) {
            report(severity, message, at: place, restingOn: variable)
        }
        if function.waits, contexts.last?.isSession == true {
            let advice = "\(spelling) waits, and nothing may wait inside a session: it holds the database's one writer"
            report(.error, advice, at: position, restingOn: variable)
        }
    }

    /// Walks the arguments; the function given to `lunad.session` gets the database handle.
    private mutating func visitArguments(of function: APIFunction, _ arguments: [Expression]) {
        for (index, argument) in arguments.enumerated() {
            if function.name == "session", index == 0, case .function(let body) = argument.kind {
                visit(body, arguments: [.database], isSession: true)
            } else {
                visit(argument)
            }
        }
    }
}
