/// The visible locals, innermost last: look-up by name costs one hash.
struct Scopes {
    private var visible: [String: [Variable]] = [:]
    private var declared: [[Variable]] = []

    mutating func open() { declared.append([]) }

    /// Ends the innermost scope and hands back what was declared in it.
    mutating func close() -> [Variable] {
        let variables = declared.popLast() ?? []
        for variable in variables { visible[variable.name]?.removeLast() }
        return variables
    }

    mutating func declare(_ variable: Variable) {
        if variable.kind == .local, !variable.isEmpty, let outer = find(variable.name), outer.hiddenBy == nil {
            outer.hiddenBy = variable
        }
        visible[variable.name, default: []].append(variable)
        declared[declared.count - 1].append(variable)
    }

    func find(_ name: String) -> Variable? { visible[name]?.last }

    var names: [String] { visible.filter { !$0.value.isEmpty }.map(\.key) }
}

/// What is particular to the function that is being walked.
struct FunctionContext {
    /// It is the function given to `lunad.session`, in which nothing may wait.
    var isSession = false
    /// Errors in it are caught: it is given to `pcall`, or inside such a function.
    var isProtected = false
    var loops = 0
    /// The labels of each open block.
    var labels: [[String: SourcePosition]] = []
}
