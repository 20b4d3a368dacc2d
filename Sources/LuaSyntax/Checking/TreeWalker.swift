import Model

/// Walks a syntax tree once, with scopes, and gathers what it finds.
///
/// Recursion is bounded by the parser's limit on nesting.
struct TreeWalker {
    let file: String
    let catalog: APICatalog
    let daemon: DaemonTable?
    let names: ProjectNames
    let role: ScriptRole
    /// The fields of the job that a job's `run` is given, and of the ended one that `on_job` is told of.
    let jobFields: [String]
    let endedJobFields: [String]
    var configUse = ConfigUse()
    /// The script is a test, with the names that tests have.
    var isTest: Bool { role == .test }
    var scopes = Scopes()
    var contexts = [FunctionContext()]
    private var findings: [Finding] = []
    /// Globals that the script itself assigns, and its reads of names that the sandbox lacks: judged at the end,
    /// since a function may read what is assigned further down.
    private var assignedGlobals: Set<String> = []
    private var probedGlobals: Set<String> = []
    private var unknownReads: [(name: String, position: SourcePosition, locals: [String])] = []

    init(
        file: String, catalog: APICatalog, daemon: DaemonTable?, names: ProjectNames, role: ScriptRole,
        jobFields: [String], endedJobFields: [String]
    ) {
        self.file = file
        self.catalog = catalog
        self.daemon = daemon
        self.names = names
        self.role = role
        self.jobFields = jobFields
        self.endedJobFields = endedJobFields
    }

    mutating func walk(_ chunk: Block) -> [Finding] {
        visit(chunk)
        judgeGlobals()
        judgeConfig()
        return findings
    }

    // MARK: Findings

    /// Notes a finding; one that rests on a local's first value is kept back until the local's scope ends.
    mutating func report(
        _ code: Finding.Code, _ message: String, at position: SourcePosition, restingOn variable: Variable? = nil
    ) {
        let finding = Finding(file: file, position: position, code: code, message: message)
        if let variable { variable.pending.append(finding) } else { findings.append(finding) }
    }

    // MARK: Scopes

    mutating func closeScope() {
        for variable in scopes.close() {
            if variable.isUnused {
                let (code, kind) =
                    variable.isFunction ? (Finding.Code.unusedFunction, "function") : (.unusedLocal, "local")
                report(code, "unused \(kind) '\(variable.name)'", at: variable.position)
            }
            if let hider = variable.misleadingHider {
                let line = variable.position.line
                let message =
                    "this '\(variable.name)' hides the one of line \(line), which is read but never gets a value; "
                    + "leave out 'local' to set that one"
                report(.hiddenLocal, message, at: hider.position)
            }
            if !variable.isReassigned { findings += variable.pending }
        }
    }

    // MARK: Globals

    mutating func readGlobal(_ name: String, at position: SourcePosition) -> Meaning? {
        if name == "lunad" { return .api([]) }
        if Sandbox.libraries[name] != nil { return .library(name) }
        if isTest, name == "assert" { return .assertion([]) }
        if isTest, ScriptTestVocabulary.functions.contains(name) { return nil }
        let isKnown = Sandbox.globals.contains(name) || name == "_ENV" || scopes.find("_ENV") != nil
        if !isKnown, unknownReads.count <= ScriptChecker.maximumFindings {
            unknownReads.append((name, position, scopes.names))
        }
        return nil
    }

    mutating func assignGlobal(_ name: String, at position: SourcePosition) {
        guard scopes.find("_ENV") == nil else { return }
        if Sandbox.globals.contains(name) {
            report(.globalAssignment, "assignment replaces the built-in global '\(name)'", at: position)
        } else if assignedGlobals.insert(name).inserted {
            report(.globalAssignment, "assignment to the global '\(name)'; declare it with 'local'", at: position)
        }
    }

    /// A condition: a global that other Lua environments have is looked for here, not taken for granted.
    mutating func noteProbe(_ expression: Expression) {
        guard case .name(let name) = expression.kind, Sandbox.elsewhere.contains(name), scopes.find(name) == nil
        else { return }
        probedGlobals.insert(name)
    }

    private mutating func judgeConfig() {
        guard let places = daemon?.configPlaces else { return }
        for (key, place) in places where configUse.unused(of: [key]) == [key] {
            report(.unusedConfig, "config key '\(key)' is declared, but this script never reads it", at: place)
        }
    }

    private mutating func judgeGlobals() {
        let excused = assignedGlobals.union(probedGlobals)
        for read in unknownReads where !excused.contains(read.name) {
            let own = isTest ? ScriptTestVocabulary.functions : []
            let candidates = (read.locals + Sandbox.globals + own + assignedGlobals).sorted()
            let hint = Sandbox.hint(for: read.name, among: candidates)
            report(.unknownGlobal, "unknown global '\(read.name)'\(hint)", at: read.position)
        }
    }
}
