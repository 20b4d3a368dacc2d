import Model
import Platform

/// Shows what the daemons and the host logged, and follows it as it grows.
struct LogsCommand: Command {
    static let declaration = CommandDeclaration(
        name: "logs", summary: "show and follow the log",
        discussion: """
            Shows the newest matching lines, oldest first. Reads the project's database, so it also works when no host
            is running. With --json: one object a line.
            """,
        positionals: [.init(name: "NAME", doc: "only this daemon's lines", presence: .optional)],
        options: [
            .init(long: "follow", short: "f", doc: "wait for further lines and show them as they come"),
            .init(long: "level", short: "l", value: "LEVEL", doc: "this level and above: debug, info, warn, error"),
            .init(
                long: "since", value: "TIME",
                doc: "lines since then: 90s, 10m, 2h or 3d ago, 2026-01-31, 2026-01-31T12:00:00 (UTC)"),
            .init(long: "grep", value: "TEXT", doc: "lines that contain this text, in any case"),
            .init(long: "limit", short: "n", value: "N", doc: "at most this many lines to begin with (default: 100)"),
        ])

    private static let mostLines = 1_000_000
    /// How many lines one read of a follower takes.
    private static let batch = 1_000

    private let name: String?
    private let follows: Bool
    private let level: LogLevel
    private let since: String?
    private let text: String?
    private let limit: Int

    init(_ arguments: ParsedArguments) throws(UsageError) {
        name = arguments.positionals.first
        follows = arguments.has("follow")
        level = try Self.level(arguments.values["level"])
        since = arguments.values["since"]
        text = arguments.values["grep"]
        limit = try Self.limit(arguments.values["limit"])
    }

    private static func level(_ word: String?) throws(UsageError) -> LogLevel {
        guard let word else { return .debug }
        if let level = LogLevel(rawValue: word.lowercased()) { return level }
        let words = LogLevel.allCases.map(\.rawValue)
        let hint = DidYouMean.closest(to: word, in: words).map { "did you mean '\($0)'?" }
        throw UsageError(
            "there is no level '\(word)'; \(hint ?? "it is one of \(words.joined(separator: ", "))")", command: "logs")
    }

    private static func limit(_ word: String?) throws(UsageError) -> Int {
        guard let word else { return 100 }
        guard let limit = Int(word), (0...mostLines).contains(limit) else {
            throw UsageError("--limit is '\(word)'; expected a number from 0 to \(mostLines)", command: "logs")
        }
        return limit
    }

    func run(in context: CommandContext) throws(HostError) -> ExitCode {
        let view = try HostView(context.project, clock: context.clock)
        defer { view.store.close() }
        if let name { _ = try view.daemon(named: name) }
        var query = LogQuery(daemon: name, minimumLevel: level, since: try moment(context), text: text, limit: limit)
        guard follows else {
            try show(try view.store.logs(query), in: context)
            return .done
        }
        var watch = try DatabaseWatch(database: context.project.database)
        let newest = try view.store.logs(LogQuery(limit: 1)).last?.id ?? 0
        let lines = try view.store.logs(query)
        try show(lines, in: context)
        query.afterID = max(newest, lines.last?.id ?? 0)
        query.limit = Self.batch
        while true {
            try watch.waitForNextLook()
            try showNew(&query, view, context)
        }
    }

    private func showNew(_ query: inout LogQuery, _ view: HostView, _ context: CommandContext) throws(HostError) {
        while true {
            let lines = try view.store.logs(query)
            try show(lines, in: context)
            guard let last = lines.last else { return }
            query.afterID = last.id
            if lines.count < Self.batch { return }
        }
    }

    private func moment(_ context: CommandContext) throws(HostError) -> WallTime? {
        guard let since else { return nil }
        if let moment = LogMoment.parse(since, now: context.clock.now()) { return moment }
        throw HostError(
            .invalidArgument, "--since is '\(since)'; expected a span such as 10m, a date, or a time in UTC")
    }

    private func show(_ lines: [StoredLog], in context: CommandContext) throws(HostError) {
        let formatter = LogFormatter(context.isJSON ? .json : .text(color: context.output.hasColour))
        for line in lines { context.output.line(formatter.line(for: line.entry)) }
    }
}
