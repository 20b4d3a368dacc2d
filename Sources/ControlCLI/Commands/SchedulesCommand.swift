import Model
import Platform

/// Shows schedules, and makes, changes, removes and runs them.
struct SchedulesCommand: Command {
    static let declaration = CommandDeclaration(
        name: "schedules", summary: "list schedules, which launch jobs by the clock; add, change, remove or run one",
        discussion: """
            schedules [list]         all of them, with when they are due and what came of them last
            schedules show NAME      one in full, with its last runs
            schedules add NAME       make one: --type, and --cron or --every
            schedules change NAME    change what the options name, and leave the rest
            schedules remove NAME    forget it; its jobs go on
            schedules enable NAME    let it launch jobs, counting from now
            schedules disable NAME   let it launch none
            schedules run NAME       launch a job of it now
            """,
        positionals: [
            .init(
                name: "ACTION", doc: "list, show, add, change, remove, enable, disable or run (default: list)",
                presence: .optional),
            .init(name: "NAME", doc: "the schedule", presence: .optional),
        ],
        options: [
            .init(long: "type", value: "TYPE", doc: "the type of its jobs: scripts/jobs/TYPE.lua"),
            .init(
                long: "args", value: "JSON", doc: "what its jobs are given, an object such as '{\"path\": \"/srv/a\"}'"),
            .init(long: "cron", value: "LINE", doc: "due by a cron line: minute hour day month weekday"),
            .init(long: "every", value: "SECONDS", doc: "or due each so many seconds, from now on"),
            .init(long: "zone", value: "ZONE", doc: "whose clocks the line means (default: local, the host's own)"),
            .init(long: "catch-up", value: "WHICH", doc: "of those missed while no host ran: none, one or all"),
            .init(long: "overlap", value: "HOW", doc: "while the last job is not finished: skip, queue or allow"),
        ])

    private enum Action: String, CaseIterable {
        case list
        case show
        case add
        case change
        case remove
        case enable
        case disable
        case run
    }

    /// How many of the last runs `show` lists.
    private static let shownRuns = 10

    private let action: Action
    private let name: String
    private let change: [Value.Field]

    init(_ arguments: ParsedArguments) throws(UsageError) {
        action = try Self.action(arguments.positionals.first ?? "list")
        name = arguments.positionals.dropFirst().first ?? ""
        change = try Self.change(arguments.values)
        let isNamed = action != .list
        if isNamed == name.isEmpty {
            throw UsageError(
                isNamed
                    ? "schedules \(action.rawValue) needs a schedule's name" : "'\(name)' is one argument too many",
                command: "schedules")
        }
        let isChanging = action == .add || action == .change
        if !isChanging, let field = change.first {
            throw UsageError(
                "--\(Self.option(field.key)) says nothing to 'schedules \(action.rawValue)'", command: "schedules")
        }
        if action == .change, change.isEmpty {
            throw UsageError("schedules change needs something to change, such as --cron", command: "schedules")
        }
    }

    private static func action(_ word: String) throws(UsageError) -> Action {
        if let action = Action(rawValue: word) { return action }
        let words = Action.allCases.map(\.rawValue)
        let hint = DidYouMean.closest(to: word, in: words).map { "did you mean '\($0)'?" }
        throw UsageError(
            "cannot '\(word)' schedules; \(hint ?? "it is one of \(words.joined(separator: ", "))")",
            command: "schedules")
    }

    /// The fields of the request that the options stand for.
    private static func change(_ options: [String: String]) throws(UsageError) -> [Value.Field] {
        var fields: [Value.Field] = []
        for key in ["type", "cron", "zone", "catch_up", "overlap"] {
            if let text = options[option(key)] { fields.append(.init(key, .string(text))) }
        }
        if let text = options["every"] {
            guard let seconds = Double(text), seconds >= 1, seconds.isFinite else {
                throw UsageError("--every is '\(text)'; expected seconds, 1 or more", command: "schedules")
            }
            fields.append(.init("every", .number(seconds)))
        }
        if let text = options["args"] {
            guard let value = try? JSON.decode(text), case .object = value else {
                throw UsageError(
                    #"--args is no JSON object such as '{"path": "/srv/a"}'"#, command: "schedules")
            }
            fields.append(.init("args", value))
        }
        return fields
    }

    private static func option(_ key: String) -> String { key == "catch_up" ? "catch-up" : key }

    func run(in context: CommandContext) async throws(HostError) -> ExitCode {
        let client = try ControlClient(context.project)
        let address = ["api", "schedules", name]
        switch action {
        case .list: try list(try await client.call(.get, ["api", "schedules"]), context)
        case .show: try await show(client, address, context)
        case .add:
            let made = try await client.call(
                .post, ["api", "schedules"], body: .object([.init("name", .string(name))] + change))
            try tell(made, context)
        case .change: try tell(try await client.call(.patch, address, body: .object(change)), context)
        case .enable, .disable:
            try tell(
                try await client.call(.patch, address, body: ["enabled": .boolean(action == .enable)]), context)
        case .remove:
            _ = try await client.call(.delete, address)
            if context.isJSON { context.output.line("null") } else { context.output.line("Removed \(name).") }
        case .run:
            let job = try await client.call(.post, address + ["run"])
            context.output.line(context.isJSON ? try JSON.encode(job, style: .typed) : JobText.line(job))
        }
        return .done
    }

    private func list(_ schedules: Value, _ context: CommandContext) throws(HostError) {
        let list = schedules == .emptyTable ? Value.array([]) : schedules
        if context.isJSON { return context.output.line(try JSON.encode(list, style: .typed)) }
        guard case .array(let rows) = list, !rows.isEmpty else { return context.note("There are no schedules.") }
        context.output.write(ScheduleText.table(rows, now: context.clock.now()).text(for: context.output))
    }

    private func show(
        _ client: ControlClient, _ address: [String], _ context: CommandContext
    ) async throws(HostError) {
        let schedule = try await client.call(.get, address)
        if context.isJSON { return context.output.line(try JSON.encode(schedule, style: .typed)) }
        let runs = try await client.call(.get, address + ["runs"], query: [("limit", "\(Self.shownRuns)")])
        let facts = JobText.facts(schedule)
        let width = facts.map(\.0.count).max() ?? 0
        for (name, text) in facts {
            context.output.line(Paint.dim.on(name.padded(to: width), context.output) + "  " + text)
        }
        guard case .array(let rows) = runs, !rows.isEmpty else { return }
        context.output.line()
        context.output.write(ScheduleText.runs(rows).text(for: context.output))
    }

    private func tell(_ schedule: Value, _ context: CommandContext) throws(HostError) {
        context.output.line(
            context.isJSON
                ? try JSON.encode(schedule, style: .typed) : ScheduleText.line(schedule, now: context.clock.now()))
    }
}
