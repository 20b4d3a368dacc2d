import Model

extension TreeWalker {
    mutating func call(_ callee: Reached, _ arguments: [Expression], at position: SourcePosition) {
        guard case .api(let path)? = callee.meaning, let member = catalog.member(path) else {
            checkRequire(callee, arguments)
            visitArguments(of: callee, arguments)
            return
        }
        let name = (["lunad"] + path).joined(separator: ".")
        guard case .function(let function) = member else {
            report(.wrongCall, "'\(name)' is a table, not a function", at: position, restingOn: callee.variable)
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
                return report(.unknownName, unknown, at: position, restingOn: owner.variable)
            }
            check(method, spelling: spelling, arguments, at: position, restingOn: owner.variable)
        case .job:
            guard let method = catalog.method(name, of: "job") else {
                let unknown = "a job has no method '\(name)'\(catalog.hint(forMethod: name, of: "job"))"
                return report(.unknownName, unknown, at: position, restingOn: owner.variable)
            }
            let spelling = "\(owner.path.joined(separator: ".")):\(name)"
            check(method, spelling: spelling, arguments, at: position, restingOn: owner.variable)
        case .endedJob:
            let advice = "the job that on_job is told of has ended and has no methods such as '\(name)'"
            report(.wrongCall, advice, at: position, restingOn: owner.variable)
        case .api(let path):
            let full = (["lunad"] + path + [name]).joined(separator: ".")
            guard catalog.member(path + [name]) != nil else {
                let unknown = "unknown name '\(full)'" + catalog.hint(for: path + [name])
                return report(.unknownName, unknown, at: position, restingOn: owner.variable)
            }
            report(.wrongCall, "call it with a dot: \(full)(…)", at: position, restingOn: owner.variable)
        default: break
        }
    }

    private mutating func check(
        _ function: APIFunction, spelling: String, _ arguments: [Expression], at position: SourcePosition,
        restingOn variable: Variable?
    ) {
        let check = CallCheck(function: function, spelling: spelling, arguments: arguments)
        for problem in check.problems(at: position) {
            report(problem.code, problem.message, at: problem.place, restingOn: variable)
        }
        if function.shortName == "launch" { checkLaunch(arguments, restingOn: variable) }
        if function.waits, contexts.last?.isSession == true {
            let advice = "\(spelling) waits, and nothing may wait inside a session: it holds the database's one writer"
            report(.waitsInSession, advice, at: position, restingOn: variable)
        }
    }

    /// The job type and its arguments, against the project's own.
    private mutating func checkLaunch(_ arguments: [Expression], restingOn variable: Variable?) {
        guard let types = names.jobTypes, case .string(let bytes)? = arguments.first?.kind, let place = arguments.first
        else { return }
        let type = String(decoding: bytes, as: UTF8.self)
        guard let declared = types[type] else {
            let meant = DidYouMean.closest(to: type, in: types.keys.sorted()).map { "; did you mean '\($0)'?" } ?? ""
            let message = "there is no job type '\(type)' (scripts/jobs/\(type).lua)\(meant)"
            return report(.unknownJobType, message, at: place.position, restingOn: variable)
        }
        guard let declared, arguments.count > 1, case .table(let fields) = arguments[1].kind else { return }
        for field in fields {
            guard let key = field.literalKey, !declared.contains(key) else { continue }
            let meant = DidYouMean.closest(to: key, in: declared.sorted()).map { "; did you mean '\($0)'?" }
            let advice =
                meant ?? "; it declares \(declared.isEmpty ? "none" : declared.sorted().joined(separator: ", "))"
            let message = "the job type '\(type)' has no argument '\(key)'\(advice)"
            report(.unknownOption, message, at: field.position, restingOn: variable)
        }
    }

    /// A module that is required by a literal name must be there, unless the script is ready to do without it.
    private mutating func checkRequire(_ callee: Reached, _ arguments: [Expression]) {
        guard callee.path == ["require"], callee.variable == nil, scopes.find("_ENV") == nil,
            contexts.last?.isProtected != true, let modules = names.modules,
            case .string(let bytes)? = arguments.first?.kind, let place = arguments.first
        else { return }
        let name = String(decoding: bytes, as: UTF8.self)
        if modules.contains(name) || Sandbox.libraries[name] != nil || name == "_G" || name == "lunad" { return }
        let meant = DidYouMean.closest(to: name, in: modules.sorted()).map { "; did you mean '\($0)'?" } ?? ""
        let path = name.split(separator: ".").joined(separator: "/")
        report(.unknownModule, "there is no module '\(name)' (scripts/lib/\(path).lua)\(meant)", at: place.position)
    }

    /// Walks the arguments of a function that the script has from elsewhere, or defines itself.
    private mutating func visitArguments(of callee: Reached, _ arguments: [Expression]) {
        let isProtector = callee.variable == nil && (callee.path == ["pcall"] || callee.path == ["xpcall"])
        let function = callee.path.count == 1 && callee.variable?.isFunction == true ? callee.variable : nil
        for (index, argument) in arguments.enumerated() {
            if isProtector, case .function(let body) = argument.kind {
                visit(body, isProtected: true)
            } else {
                let reached = visitValue(argument)
                if let function { noteHanded(reached, to: function, at: index) } else { noteWhole(reached) }
            }
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
