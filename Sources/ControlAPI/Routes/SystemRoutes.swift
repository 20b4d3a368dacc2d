import Model

/// The host itself: whether it lives, what it counts, what happens in it.
struct SystemRoutes: Sendable {
    let services: ControlServices

    var routes: [Route] {
        [
            Route(
                .get, "/health", "Whether the host lives", answer: .json(.object(["status": .text, "version": .text]))
            ) {
                (_) throws(HostError) in
                try .json(["status": "alive", "version": .string(LunadVersion.current)])
            },
            Route(
                .get, "/ready", "Whether the host can do its work, or why not",
                answer: .json(Self.readinessShape, 200, 503)
            ) {
                (_) throws(HostError) in
                try await readiness()
            },
            Route(
                .get, "/metrics",
                "What is counted and measured, in Prometheus' text format, or OpenMetrics when asked for",
                answer: .text("text/plain")
            ) {
                (call) throws(HostError) in
                try await metrics(accept: call.headers["accept"] ?? "")
            },
            Route(
                .get, "/api/events", "What happens, as server-sent events; resumes after Last-Event-ID",
                query: [
                    ConfigKey("after", .integer, minimum: 0, doc: "Begin with what followed this event"),
                    ConfigKey("follow", .boolean, default: true, doc: "Go on with what happens"),
                    ConfigKey("daemon", .string, doc: "Only what concerns this daemon"),
                    ConfigKey("kind", .string, doc: "Only these kinds, separated by commas"),
                ], answer: .events
            ) { (call) throws(HostError) in HTTPResponse(events: try Self.selection(call)) },
        ]
    }

    private static let readinessShape = Shape.object(["ready": .boolean, "reasons": .list(.text)])

    private func readiness() async throws(HostError) -> HTTPResponse {
        var reasons = services.host.unreadiness()
        do throws(HostError) {
            _ = try await services.read { (store) throws(HostError) in try store.activities(of: nil, limit: 1).count }
        } catch {
            reasons.append("the database does not answer: \(error)")
        }
        return try .json(
            ["ready": .boolean(reasons.isEmpty), "reasons": .array(reasons.map { .string($0) })],
            status: reasons.isEmpty ? 200 : 503)
    }

    /// OpenMetrics for those who ask for it, as Prometheus does.
    private func metrics(accept: String) async throws(HostError) -> HTTPResponse {
        let jobs = try await services.jobs?.countJobs()
        let families = RecordMetrics.make(daemons: services.host.daemons(), jobs: jobs)
        let measured = try await services.metrics?.metrics() ?? []
        let format = accept.contains("application/openmetrics-text") ? MetricsText.Format.openMetrics : .prometheus
        let text = MetricsText.make(families + measured, format)
        return HTTPResponse(status: 200, type: format.contentType, body: Array(text.utf8))
    }

    private static func selection(_ call: Call) throws(HostError) -> EventSelection {
        var selection = EventSelection(after: call.query("after")?.integerValue)
        // What a reconnecting browser knows is newer than the address that it began with.
        if let header = call.headers["last-event-id"], !header.isEmpty {
            guard let id = Int64(header), id >= 0 else {
                throw HostError(.invalidArgument, "Last-Event-ID is '\(header)'; expected the number of an event")
            }
            selection.after = id
        }
        selection.follows = call.query("follow")?.boolValue ?? true
        selection.daemon = call.query("daemon")?.stringValue
        if let kinds = call.query("kind")?.stringValue { selection.kinds = try Self.kinds(kinds) }
        return selection
    }

    private static func kinds(_ text: String) throws(HostError) -> Set<HostEvent.Kind> {
        var kinds: Set<HostEvent.Kind> = []
        for word in text.split(separator: ",") {
            guard let kind = HostEvent.Kind(rawValue: String(word)) else {
                let words = HostEvent.Kind.allCases.map(\.rawValue)
                let hint = DidYouMean.hint(for: String(word), in: words)
                throw HostError(
                    .invalidArgument, "kind is '\(word)'\(hint); expected one of \(words.joined(separator: ", "))")
            }
            kinds.insert(kind)
        }
        return kinds
    }
}
