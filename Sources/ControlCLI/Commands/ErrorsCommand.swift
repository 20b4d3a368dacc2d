import Model
import Platform

/// Shows what failed, each distinct failure once, and says that one is taken care of.
struct ErrorsCommand: Command {
    static let declaration = CommandDeclaration(
        name: "errors", summary: "show what failed and how often, or say that it is taken care of",
        discussion: """
            Failures that differ in numbers alone are one, known by its fingerprint. A resolved one that comes again is shown
            again. Showing reads the project's database, so it also works when no host is running.
            """,
        positionals: [.init(name: "NAME", doc: "only this daemon's failures", presence: .optional)],
        options: [
            .init(long: "all", doc: "also those that are resolved"),
            .init(long: "resolve", value: "FINGERPRINT", doc: "this failure is taken care of"),
            .init(long: "limit", short: "n", value: "N", doc: "at most so many (default: 50)"),
        ])

    private static let mostGroups = 10_000

    private let name: String?
    private let includesResolved: Bool
    private let resolved: String?
    private let limit: Int

    init(_ arguments: ParsedArguments) throws(UsageError) {
        name = arguments.positionals.first
        includesResolved = arguments.has("all")
        resolved = arguments.values["resolve"]
        let word = arguments.values["limit"] ?? "50"
        guard let limit = Int(word), (1...Self.mostGroups).contains(limit) else {
            throw UsageError("--limit is '\(word)'; expected a number from 1 to \(Self.mostGroups)", command: "errors")
        }
        self.limit = limit
    }

    func run(in context: CommandContext) async throws(HostError) -> ExitCode {
        if let resolved { return try await resolve(resolved, in: context) }
        let view = try HostView(context.project, clock: context.clock)
        defer { view.store.close() }
        if let name { _ = try view.daemon(named: name) }
        let groups = try view.store.errors(
            ErrorQuery(daemon: name, includingResolved: includesResolved, limit: limit))
        if context.isJSON {
            context.output.line(try JSON.encode(.array(groups.map(\.value)), style: .typed))
        } else if groups.isEmpty {
            context.note(includesResolved ? "Nothing has failed." : "Nothing failed that is not taken care of.")
        } else {
            show(groups, in: context)
        }
        return .done
    }

    private func resolve(_ fingerprint: String, in context: CommandContext) async throws(HostError) -> ExitCode {
        let group = try await ControlClient(context.project).call(
            .post, ["api", "errors", fingerprint, "resolve"], query: name.map { [("daemon", $0)] } ?? [])
        if context.isJSON {
            context.output.line(try JSON.encode(group, style: .typed))
        } else {
            context.note("Resolved: \(TerminalText.escape(group["message"]?.stringValue ?? fingerprint))")
        }
        return .done
    }

    private func show(_ groups: [StoredError], in context: CommandContext) {
        let now = context.clock.now()
        var table = TextTable(["DAEMON", "LAST", "COUNT", "KIND", "WHERE", "FINGERPRINT", "WHAT"], numeric: [2])
        for group in groups {
            let report = group.report
            let place = report.file.map { file in report.line.map { "\(file):\($0)" } ?? file } ?? "-"
            table.add([
                .init(text: TerminalText.escape(report.daemon)),
                .init(text: Ages.ago(report.at, now: now)),
                .init(text: "\(group.count)"),
                .init(text: report.kind),
                .init(text: TerminalText.escape(place)),
                .init(text: report.fingerprint, paint: .dim),
                .init(
                    text: TerminalText.escape(report.message) + (group.resolvedAt == nil ? "" : " (resolved)"),
                    paint: group.resolvedAt == nil ? nil : .dim),
            ])
        }
        context.output.write(table.text(for: context.output))
    }
}
