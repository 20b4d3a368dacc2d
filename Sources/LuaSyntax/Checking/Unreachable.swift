/// Whether what follows a statement can be reached, as far as the text alone shows it.
enum Unreachable {
    /// Functions that never return to their caller.
    static let enders: Set<String> = ["error", "lunad.stop", "lunad.fail", "lunad.retry_after"]

    /// Whether control never goes on after the statement. `isBuiltIn` tells whether a name still means what it does at
    /// first, and not a local of the script.
    static func ends(_ statement: Statement, isBuiltIn: (String) -> Bool) -> Bool {
        switch statement.kind {
        case .return, .break, .goto: true
        case .do(let block): ends(block, isBuiltIn: isBuiltIn)
        case .if(let branches, let otherwise?):
            ends(otherwise, isBuiltIn: isBuiltIn) && branches.allSatisfy { ends($0.block, isBuiltIn: isBuiltIn) }
        case .call(let call): callsEnder(call, isBuiltIn: isBuiltIn)
        default: false
        }
    }

    private static func ends(_ block: Block, isBuiltIn: (String) -> Bool) -> Bool {
        guard let last = block.statements.last else { return false }
        return ends(last, isBuiltIn: isBuiltIn)
    }

    /// `error(…)`, `lunad.stop(…)`.
    private static func callsEnder(_ call: Expression, isBuiltIn: (String) -> Bool) -> Bool {
        guard case .suffixed(let base, let suffixes) = call.kind, case .name(let first) = base.kind, isBuiltIn(first),
            case .call? = suffixes.last?.kind
        else { return false }
        var path = first
        for suffix in suffixes.dropLast() {
            guard case .field(let name) = suffix.kind else { return false }
            path += ".\(name)"
        }
        return enders.contains(path)
    }
}
