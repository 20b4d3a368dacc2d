import LuaRuntime
import LuaSyntax
import Model
import Platform

/// Finds what is wrong with a project's Lua files: by reading each, and by loading those that declare something.
struct ScriptInspector {
    private let project: ProjectFolder
    private let clock: any HostClock
    private let timeout: Duration
    private let names: ProjectNames

    /// `timeout` bounds the loading of one script.
    init(project: ProjectFolder, clock: any HostClock, timeout: Duration) throws(HostError) {
        names = try project.names()
        self.project = project
        self.clock = clock
        self.timeout = timeout
    }

    /// The findings in one file, in the order of its text. Throws only when it cannot be read.
    func inspect(_ file: ProjectFile) throws(HostError) -> [Finding] {
        let source = try Files.read(file.path, limit: ScriptCatalog.sourceLimit)
        let functions = functions(of: file.part)
        let checker = ScriptChecker(
            functions: functions, names: names, role: file.part.role,
            jobFields: LunadAPI.type(named: "JobRun")?.names ?? [],
            endedJobFields: LunadAPI.type(named: "Job")?.names ?? [])
        var findings = checker.check(source, file: file.name)
        let canLoad = !findings.contains { $0.isSyntaxError }
        if canLoad, file.part != .module, file.part != .test {
            findings += try news(in: try declared(file, source, functions), findings, source)
        }
        return findings.sorted()
    }

    /// What loading told beyond the reading: not the same line's failure in other words, nor what a comment silences.
    private func news(
        in declared: [Finding], _ known: [Finding], _ source: [UInt8]
    ) throws(HostError) -> [Finding] {
        let lines = Set(known.filter { $0.severity == .error }.compactMap { $0.position?.line })
        return IgnoreComments(source: source).filter(
            declared.filter { finding in
                guard finding.code == .loading, let line = finding.position?.line else { return true }
                return !lines.contains(line) || known.allSatisfy { $0.file != finding.file }
            })
    }

    /// What such a file finds as `lunad`.
    private func functions(of part: ProjectFile.Part) -> [APIFunction] {
        switch part {
        case .settings: []
        case .test: LunadAPI.forTests
        case .daemon, .job, .module: LunadAPI.functions
        }
    }

    private func declared(
        _ file: ProjectFile, _ source: [UInt8], _ functions: [APIFunction]
    ) throws(HostError) -> [Finding] {
        let trial = ScriptTrial(project: project, functions: functions, clock: clock, timeout: timeout)
        switch try trial.load(source, name: file.name) {
        case .declared(let table, let functions):
            let problems = problems(of: file.part, table, functions)
            guard !problems.isEmpty else { return [] }
            let map = DeclarationMap(source: source)
            return problems.map { problem in
                Finding(
                    file: file.name, position: map.position(ofProblem: problem), code: .declaration, message: problem)
            }
        case .failed(let message, let place, let line):
            let position = line.map { SourcePosition(line: $0, column: 1) }
            let text = message.withoutPlace(file: place, line: line)
            return [Finding(file: place ?? file.name, position: position, code: .loading, message: text)]
        case .undecided(let function):
            let text = "calls lunad.\(function) while it loads, so what it declares was not checked; do it in a hook"
            return [Finding(file: file.name, position: nil, code: .notChecked, message: text)]
        }
    }

    private func problems(of part: ProjectFile.Part, _ table: Value, _ functions: Set<String>) -> [String] {
        switch part {
        case .settings: HostSettings.problems(table: table)
        case .daemon: DaemonDeclaration.problems(table: table, hooks: functions)
        case .job: JobDeclaration.problems(table: table, hooks: functions)
        case .module, .test: []
        }
    }
}

extension String {
    /// The message without the `file:line: ` that Lua puts in front.
    fileprivate func withoutPlace(file: String?, line: Int?) -> String {
        guard let file, let line else { return self }
        let place = "\(file):\(line): "
        return hasPrefix(place) ? String(dropFirst(place.count)) : self
    }
}

extension ProjectFile.Part {
    fileprivate var role: ScriptRole {
        switch self {
        case .daemon: .daemon
        case .job: .job
        case .test: .test
        case .module, .settings: .other
        }
    }
}
