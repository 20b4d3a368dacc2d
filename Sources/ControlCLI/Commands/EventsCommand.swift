import Model
import Platform

/// Shows what happens in the host.
struct EventsCommand: Command {
    static let declaration = CommandDeclaration(
        name: "events", summary: "show what happened lately in the host, or follow it",
        discussion: """
            Status changes, log lines and jobs, as the running host remembers them. With --json: one object a line.
            """,
        positionals: [.init(name: "NAME", doc: "only what concerns this daemon", presence: .optional)],
        options: [
            .init(long: "follow", short: "f", doc: "show what happens from now on, as it happens"),
            .init(
                long: "kind", value: "KIND", doc: "only these, separated by commas: daemon, removed, log, job, alert",
                completion: .words(HostEvent.Kind.allCases.map(\.rawValue))),
        ])

    private let name: String?
    private let follows: Bool
    private let kinds: String?

    init(_ arguments: ParsedArguments) {
        name = arguments.positionals.first
        follows = arguments.has("follow")
        kinds = arguments.values["kind"]
    }

    func run(in context: CommandContext) async throws(HostError) -> ExitCode {
        let client = try ControlClient(context.project)
        let query = [("daemon", name), ("kind", kinds), ("follow", follows ? nil : "false")]
        try await client.events(query) { event in
            context.output.line(context.isJSON ? Self.object(event) : Self.text(event))
            return true
        }
        if follows { throw HostError(.unavailable, "the host has ended") }
        return .done
    }

    private static func object(_ event: ServerSentEvent) -> String {
        // The data is JSON already, on one line.
        #"{"id":\#(event.id.isEmpty ? "null" : event.id),"kind":"\#(event.kind)","data":\#(event.data)}"#
    }

    private static func text(_ event: ServerSentEvent) -> String {
        let data = (try? JSON.decode(event.data, style: .typed)) ?? .null
        func field(_ name: String) -> String { TerminalText.escape(data[name]?.stringValue ?? "") }
        let what =
            switch event.kind {
            case "daemon": "\(field("name")) \(field("status")): \(field("reason"))"
            case "removed": "\(field("name")) is gone"
            case "log": "\(field("daemon")) \(field("level")): \(field("message"))"
            case "job": "\(data["id"]?.shown() ?? "") \(field("type")) \(field("status")) \(field("message"))"
            case "alert": "\(data["resolved_at"]?.stringValue == nil ? "" : "over: ")\(field("message"))"
            case "missed": "events before this are no longer known"
            default: TerminalText.escape(event.data)
            }
        return event.kind.padded(to: 8) + what
    }
}
