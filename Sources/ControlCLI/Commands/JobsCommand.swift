import Model
import Platform

/// Shows jobs, launches them and tells them what to do.
struct JobsCommand: Command {
    static let declaration = CommandDeclaration(
        name: "jobs", summary: "list jobs, show one, run, cancel or retry one",
        discussion: """
            jobs [list]            the newest jobs
            jobs show ID           one job in full
            jobs logs ID           its log lines and its program's output
            jobs run TYPE [JSON]   launch a job with these arguments, an object such as '{"path": "/srv/a"}'
            jobs cancel ID         ask it to end
            jobs retry ID          run a failed or cancelled job again
            """,
        positionals: [
            .init(
                name: "ACTION", doc: "list, show, logs, run, cancel or retry (default: list)", presence: .optional,
                completion: .words(Action.allCases.map(\.rawValue))),
            .init(
                name: "ID|TYPE", doc: "the job, or the type to run", presence: .optional,
                completion: .byAction([
                    "show": .jobs([]), "logs": .jobs([]), "run": .jobTypes,
                    "cancel": .jobs([.pending, .running]), "retry": .jobs([.failed, .cancelled]),
                ])),
            .init(name: "JSON", doc: "the arguments of the job to run", presence: .optional),
        ],
        options: [
            .init(long: "type", value: "TYPE", doc: "list: only of this type"),
            .init(long: "status", value: "STATUS", doc: "list: only of these statuses, separated by commas"),
            .init(long: "daemon", value: "NAME", doc: "list: only those that this daemon launched"),
            .init(long: "limit", short: "n", value: "N", doc: "list: at most this many (default: 20)"),
            .init(long: "wait", short: "w", doc: "run: wait for its end, and be 1 when it does not complete"),
            .init(long: "priority", value: "N", doc: "run: higher goes first (default: 0)"),
            .init(long: "unique", value: "KEY", doc: "run: launch none while an unfinished job has this key"),
        ])

    private enum Action: String, CaseIterable {
        case list
        case show
        case logs
        case run
        case cancel
        case retry
    }

    private let action: Action
    private let subject: String
    private let json: String?
    private let options: [String: String]
    private let waits: Bool
    private let priority: Int64

    init(_ arguments: ParsedArguments) throws(UsageError) {
        let words = arguments.positionals
        action = try Self.action(words.first ?? "list")
        subject = words.count > 1 ? words[1] : ""
        json = words.count > 2 ? words[2] : nil
        options = arguments.values
        waits = arguments.has("wait")
        priority = try Self.priority(arguments.values["priority"])
        if action != .list, subject.isEmpty {
            throw UsageError(
                "jobs \(action.rawValue) needs \(action == .run ? "a type" : "a job's number")", command: "jobs")
        }
        if action == .list, !subject.isEmpty || action != .run && json != nil {
            throw UsageError("'\(json ?? subject)' is one argument too many", command: "jobs")
        }
        if action != .list, action != .run, Int64(subject) == nil {
            throw UsageError("'\(subject)' is no job's number", command: "jobs")
        }
    }

    private static func action(_ word: String) throws(UsageError) -> Action {
        if let action = Action(rawValue: word) { return action }
        let words = Action.allCases.map(\.rawValue)
        let hint = DidYouMean.closest(to: word, in: words).map { "did you mean '\($0)'?" }
        throw UsageError(
            "cannot '\(word)' jobs; \(hint ?? "it is one of \(words.joined(separator: ", "))")", command: "jobs")
    }

    private static func priority(_ word: String?) throws(UsageError) -> Int64 {
        guard let word else { return 0 }
        guard let number = Int64(word) else {
            throw UsageError("--priority is '\(word)'; expected a whole number", command: "jobs")
        }
        return number
    }

    func run(in context: CommandContext) async throws(HostError) -> ExitCode {
        let client = try ControlClient(context.project)
        switch action {
        case .list: try await list(client, context)
        case .show: try show(try await client.call(.get, ["api", "jobs", subject]), context)
        case .logs: try await logs(client, context)
        case .run: return try await launch(client, context)
        case .cancel, .retry:
            let job = try await client.call(.post, ["api", "jobs", subject, action.rawValue])
            if context.isJSON { try show(job, context) } else { context.output.line(JobText.line(job)) }
        }
        return .done
    }

    // MARK: - Reading

    private func list(_ client: ControlClient, _ context: CommandContext) async throws(HostError) {
        let query = ["type", "status", "daemon"].map { ($0, options[$0]) } + [("limit", options["limit"] ?? "20")]
        let answer = try await client.call(.get, ["api", "jobs"], query: query)
        if context.isJSON { return context.output.line(try JSON.encode(answer.asList, style: .typed)) }
        guard case .array(let jobs) = answer.asList, !jobs.isEmpty else { return context.note("No such jobs.") }
        context.output.write(JobText.table(jobs, now: context.clock.now()).text(for: context.output))
    }

    private func show(_ job: Value, _ context: CommandContext) throws(HostError) {
        if context.isJSON { return context.output.line(try JSON.encode(job, style: .typed)) }
        let rows = JobText.facts(job)
        let width = rows.map(\.0.count).max() ?? 0
        for (name, text) in rows {
            context.output.line(Paint.dim.on(name.padded(to: width), context.output) + "  " + text)
        }
    }

    private func logs(_ client: ControlClient, _ context: CommandContext) async throws(HostError) {
        let answer = try await client.call(.get, ["api", "jobs", subject, "logs"], query: [("limit", "1000")])
        if context.isJSON { return context.output.line(try JSON.encode(answer, style: .typed)) }
        if case .array(let lines)? = answer["lines"] {
            for line in lines {
                let level = (line["level"]?.stringValue ?? "").padded(to: 6)
                context.output.line("\(line["at"]?.stringValue ?? "")  \(level)\(JobText.text(line, "message"))")
            }
        }
        for name in ["output", "error_output"] {
            let text = answer[name]?.stringValue ?? ""
            if !text.isEmpty { context.output.write(TerminalText.escape(text, continuation: "\n")) }
            if !text.isEmpty, !text.hasSuffix("\n") { context.output.line() }
        }
    }

    // MARK: - Running

    private func launch(_ client: ControlClient, _ context: CommandContext) async throws(HostError) -> ExitCode {
        var body: [Value.Field] = [.init("type", .string(subject)), .init("priority", .integer(priority))]
        if let json { body.append(.init("args", try arguments(json))) }
        if let key = options["unique"] { body.append(.init("unique_key", .string(key))) }
        var job = try await client.call(.post, ["api", "jobs"], body: .object(body))
        if waits {
            context.note("Job \(job["id"]?.shown() ?? "") is on its way.")
            job = try await JobWait(client: client, screen: context.isQuiet ? nil : context.messages).end(of: job)
        }
        if context.isJSON { try show(job, context) } else { context.output.line(JobText.line(job)) }
        return !waits || job["status"] == "completed" ? .done : .failed
    }

    private func arguments(_ text: String) throws(HostError) -> Value {
        do {
            let value = try JSON.decode(text)
            if case .object = value { return value }
        } catch {
            throw HostError(.invalidArgument, "the job's arguments are not JSON: \(error.message)")
        }
        throw HostError(.invalidArgument, #"the job's arguments must be a JSON object such as '{"path": "/srv/a"}'"#)
    }
}

extension Value {
    /// An empty list, which JSON reads as an empty table, as the list it was.
    fileprivate var asList: Value { self == .emptyTable ? .array([]) : self }
}
