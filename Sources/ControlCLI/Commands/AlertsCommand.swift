import Model
import Platform

/// Shows alerts, and acknowledges them.
struct AlertsCommand: Command {
    static let declaration = CommandDeclaration(
        name: "alerts", summary: "show what somebody should look at, or acknowledge it",
        discussion: """
            alerts [list]   those that last; with --all also those that are over
            alerts ack ID…  somebody knows of it

            An alert is raised once and resolves by itself. The list needs no host.
            """,
        positionals: [
            .init(
                name: "ACTION", doc: "list or ack (default: list)", presence: .optional,
                completion: .words(Action.allCases.map(\.rawValue))),
            .init(
                name: "ID", doc: "the alerts to acknowledge", presence: .repeated,
                completion: .byAction(["ack": .activeAlerts])),
        ],
        options: [
            .init(long: "all", doc: "list: also those that are over"),
            .init(long: "limit", short: "n", value: "N", doc: "list: at most this many (default: 100)"),
        ])

    private enum Action: String, CaseIterable {
        case list
        case ack
    }

    private let action: Action
    private let ids: [String]
    private let phase: Alert.Phase
    private let limit: Int

    init(_ arguments: ParsedArguments) throws(UsageError) {
        let word = arguments.positionals.first ?? "list"
        guard let action = Action(rawValue: word) else {
            let near = DidYouMean.closest(to: word, in: Action.allCases.map(\.rawValue))
            let hint = near.map { "did you mean '\($0)'?" } ?? "expected list or ack"
            throw UsageError("unknown action '\(word)'; \(hint)", command: "alerts")
        }
        self.action = action
        ids = Array(arguments.positionals.dropFirst())
        phase = arguments.has("all") ? .all : .active
        if action == .ack, ids.isEmpty { throw UsageError("alerts ack needs an alert's number", command: "alerts") }
        if action == .list, let extra = ids.first {
            throw UsageError("'\(extra)' is one argument too many", command: "alerts")
        }
        guard let limit = Int(arguments.values["limit"] ?? "100"), (1...10_000).contains(limit) else {
            throw UsageError("--limit must be a whole number from 1 to 10000", command: "alerts")
        }
        self.limit = limit
    }

    func run(in context: CommandContext) async throws(HostError) -> ExitCode {
        switch action {
        case .list: try list(in: context)
        case .ack: try await acknowledge(in: context)
        }
    }

    private func list(in context: CommandContext) throws(HostError) -> ExitCode {
        let view = try HostView(context.project, clock: context.clock)
        defer { view.store.close() }
        if !view.isHostRunning { context.note("No host is running here; this is what the last one left.") }
        let alerts = try view.store.alerts(phase, limit: limit)
        if context.isJSON {
            context.output.line(alerts.isEmpty ? "[]" : try JSON.encode(.array(alerts.map(\.value))))
        } else if alerts.isEmpty {
            context.note(phase == .all ? "There has been no alert." : "Nothing is wrong that lunad knows of.")
        } else {
            show(alerts, in: context)
        }
        return .done
    }

    private func show(_ alerts: [Alert], in context: CommandContext) {
        let now = context.clock.now()
        var table = TextTable(["ID", "RAISED", "STATE", "WHAT"], numeric: [0])
        for alert in alerts {
            let (state, paint): (String, Paint) =
                if let resolvedAt = alert.resolvedAt {
                    ("over since \(Ages.words(now - resolvedAt))", .dim)
                } else {
                    alert.acknowledgedAt == nil ? ("active", .red) : ("acknowledged", .yellow)
                }
            table.add([
                .init(text: "\(alert.id)"), .init(text: Ages.ago(alert.raisedAt, now: now)),
                .init(text: state, paint: paint), .init(text: TerminalText.escape(alert.message)),
            ])
        }
        context.output.write(table.text(for: context.output))
    }

    private func acknowledge(in context: CommandContext) async throws(HostError) -> ExitCode {
        let client = try ControlClient(context.project)
        var acknowledged: [Value] = []
        for id in ids {
            let alert = try await client.call(.post, ["api", "alerts", id, "acknowledge"])
            acknowledged.append(alert)
            if !context.isJSON {
                let message = TerminalText.escape(alert["message"]?.stringValue ?? "")
                context.output.line("\(id) is acknowledged: \(message)")
            }
        }
        if context.isJSON { context.output.line(try JSON.encode(.array(acknowledged), style: .typed)) }
        return .done
    }
}
