import Model

/// Walks a syntax tree once, with scopes, and gathers what it finds.
///
/// Recursion is bounded by the parser's limit on nesting.
struct TreeWalker {
    let file: String
    let catalog: APICatalog
    let daemon: DaemonTable?
    let role: ScriptRole
    /// The fields of the job that a job's `run` is given, and of the ended one that `on_job` is told of.
    let jobFields: [String]
    let endedJobFields: [String]
    var scopes = Scopes()
    var contexts = [FunctionContext()]
    private var findings: [Finding] = []
    /// Globals that the script itself assigns, and its reads of names that the sandbox lacks: judged at the end,
    /// since a function may read what is assigned further down.
    private var assignedGlobals: Set<String> = []
    private var unknownReads: [(name: String, position: SourcePosition, locals: [String])] = []

    init(
        file: String, catalog: APICatalog, daemon: DaemonTable?, role: ScriptRole, jobFields: [String],
        endedJobFields: [String]
    ) {
        self.file = file
        self.catalog = catalog
        self.daemon = daemon
        self.role = role
        self.jobFields = jobFields
        self.endedJobFields = endedJobFields
    }

    mutating func walk(_ chunk: Block) -> [Finding] {
        visit(chunk)
        judgeGlobals()
        return findings
    }

    // MARK: Findings

    /// Notes a finding; one that rests on a local's first value is kept back until the local's scope ends.
    mutating func report(
        _ severity: Finding.Severity, _ message: String, at position: SourcePosition,
        restingOn variable: Variable? = nil
    ) {
        let finding = Finding(file: file, position: position, severity: severity, message: message)
        if let variable { variable.pending.append(finding) } else { findings.append(finding) }
    }

    // MARK: Scopes

    mutating func closeScope() {
        for variable in scopes.close() {
            if variable.isUnused {
                report(.warning, "unused local '\(variable.name)'", at: variable.position)
            }
            if !variable.isReassigned { findings += variable.pending }
        }
    }

    // MARK: Globals

    mutating func readGlobal(_ name: String, at position: SourcePosition) -> Meaning? {
        if name == "lunad" { return .api([]) }
        if Sandbox.libraries[name] != nil { return .library(name) }
        let isKnown = Sandbox.globals.contains(name) || name == "_ENV" || scopes.find("_ENV") != nil
        if !isKnown, unknownReads.count <= ScriptChecker.maximumFindings {
            unknownReads.append((name, position, scopes.names))
        }
        return nil
    }

    mutating func assignGlobal(_ name: String, at position: SourcePosition) {
        guard scopes.find("_ENV") == nil else { return }
        if Sandbox.globals.contains(name) {
            report(.warning, "assignment replaces the built-in global '\(name)'", at: position)
        } else if assignedGlobals.insert(name).inserted {
            report(.warning, "assignment to the global '\(name)'; declare it with 'local'", at: position)
        }
    }

    private mutating func judgeGlobals() {
        for read in unknownReads where !assignedGlobals.contains(read.name) {
            let candidates = (read.locals + Sandbox.globals + assignedGlobals).sorted()
            let hint = Sandbox.hint(for: read.name, among: candidates)
            report(.error, "unknown global '\(read.name)'\(hint)", at: read.position)
        }
    }
}
