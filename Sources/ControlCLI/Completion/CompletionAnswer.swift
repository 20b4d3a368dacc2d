import LuaRuntime
import Model
import Platform
import SQLiteStore

/// The words that fit a question, from the declarations and from the project's own files and database; no host is asked.
struct CompletionAnswer {
    /// What a shell is to do by itself.
    enum Kind: String {
        case words
        case files
        case folders
    }

    struct Candidate: Hashable {
        var word: String
        var doc: String
    }

    /// The most candidates of one kind that are offered.
    private static let limit = 1_000
    private static let jobLimit = 50
    /// Completing waits no longer for a script to say its config keys.
    private static let loadTimeout = Duration.seconds(1)

    private(set) var kind = Kind.words
    private(set) var candidates: [Candidate] = []

    private let project: ProjectFolder
    private let context: CommandContext

    init(_ question: CompletionQuestion, commands: [CommandDeclaration], context: CommandContext) {
        self.context = context
        project = ProjectFolder(path: question.folder ?? context.folder)
        switch question.asked {
        case .option: candidates = Self.options(question)
        case .value(.files): kind = .files
        case .value(.folders): kind = .folders
        case .value(.commands): candidates = commands.map { Candidate(word: $0.name, doc: $0.summary) }
        // What cannot be read has no candidates: completing is no place for errors.
        case .value(let completion): candidates = (try? values(completion, question)) ?? []
        }
        let given = Set(question.positionals)
        candidates = candidates.filter { $0.word.hasPrefix(question.start) && !given.contains($0.word) }
        for index in candidates.indices { candidates[index].word = question.prefix + candidates[index].word }
    }

    private static func options(_ question: CompletionQuestion) -> [Candidate] {
        question.options.filter { !question.given.contains($0.long) }.map {
            Candidate(word: "--\($0.long)", doc: $0.doc)
        }
    }

    private func values(_ completion: Completion, _ question: CompletionQuestion) throws(HostError) -> [Candidate] {
        switch completion {
        case .words(let words): return words.map { Candidate(word: $0, doc: "") }
        case .daemons: return try daemons()
        case .scripts: return try Self.named(ScriptCatalog(folder: project).types())
        case .jobTypes: return try Self.named(ScriptCatalog(folder: project).jobTypes())
        case .jobs(let statuses): return try jobs(statuses)
        case .activeAlerts: return try alerts()
        case .generations: return try generations(of: question.positionals.first)
        case .configKeys: return try configKeys(of: question.positionals.first)
        case .nothing, .files, .folders, .commands, .byAction: return []
        }
    }

    private static func named(_ names: [String]) -> [Candidate] {
        names.filter(ScriptCatalog.isValid).prefix(limit).map { Candidate(word: $0, doc: "") }
    }

    private func daemons() throws(HostError) -> [Candidate] {
        guard let view = try? HostView(project, clock: context.clock) else {
            return Self.named(try ScriptCatalog(folder: project).types())
        }
        defer { view.store.close() }
        // A row that was put there by hand may have any name, also one that a shell would run.
        return try view.daemons().filter { ScriptCatalog.isValid(name: $0.name) }.prefix(Self.limit).map {
            Candidate(word: $0.name, doc: $0.status.rawValue)
        }
    }

    private func jobs(_ statuses: Set<JobStatus>) throws(HostError) -> [Candidate] {
        let view = try HostView(project, clock: context.clock)
        defer { view.store.close() }
        var query = JobQuery(limit: Self.jobLimit)
        query.statuses = statuses
        return try view.store.jobs(query).map {
            Candidate(word: "\($0.id)", doc: TerminalText.escape("\($0.type) \($0.status.rawValue)"))
        }
    }

    private func alerts() throws(HostError) -> [Candidate] {
        let view = try HostView(project, clock: context.clock)
        defer { view.store.close() }
        return try view.store.alerts(.active, limit: Self.jobLimit).filter { $0.acknowledgedAt == nil }.map {
            Candidate(word: "\($0.id)", doc: TerminalText.escape($0.message.shortened(to: 80)))
        }
    }

    private func generations(of daemon: String?) throws(HostError) -> [Candidate] {
        guard let daemon else { return [] }
        let view = try HostView(project, clock: context.clock)
        defer { view.store.close() }
        return try view.store.versions(of: daemon).prefix(Self.limit).map {
            Candidate(word: "\($0.generation)", doc: TerminalText.escape($0.reason.shortened(to: 80)))
        }
    }

    private func configKeys(of daemon: String?) throws(HostError) -> [Candidate] {
        guard let daemon else { return [] }
        let view = try? HostView(project, clock: context.clock)
        defer { view?.store.close() }
        let type = (try? view?.daemon(named: daemon).type) ?? daemon
        let source = try ScriptCatalog(folder: project).source(of: type)
        let trial = ScriptTrial(project: project, clock: context.clock, timeout: Self.loadTimeout)
        let (table, hooks) = try trial.declared(source.bytes, name: source.path)
        let declaration = try DaemonDeclaration.parse(table: table, hooks: hooks, file: source.path).get()
        return declaration.config.keys.map {
            Candidate(word: "\($0.name)=", doc: TerminalText.escape(($0.doc ?? "").shortened(to: 80)))
        }
    }

    /// The kind on a line of its own, then one line a candidate: the word, a tabulator, what it is.
    var text: String {
        ":\(kind.rawValue)\n" + candidates.map { "\($0.word)\t\($0.doc)\n" }.joined()
    }
}
