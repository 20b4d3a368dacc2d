import Model

/// What was written down: logs, errors, activities; of one daemon, or of all.
struct RecordRoutes: Sendable {
    private static let limit = ConfigKey(
        "limit", .integer, default: 100, minimum: 1, maximum: 1_000, doc: "The most to answer with")
    static let logFilters = [
        ConfigKey(
            "level", .string, default: "debug", oneOf: LogLevel.allCases.map { .string($0.rawValue) },
            doc: "This level and above"),
        ConfigKey("text", .string, maximum: 1_000, doc: "Lines that contain this text, in any case"),
        ConfigKey("since", .string, doc: "Lines since this instant, such as 2026-01-31T12:00:00Z"),
        ConfigKey("after", .integer, minimum: 0, doc: "The lines that follow the one with this id"),
        limit,
    ]
    private static let errorFilters = [
        ConfigKey("resolved", .boolean, default: false, doc: "Also those that are over"), limit,
    ]

    let services: ControlServices

    var routes: [Route] { records(at: "/api", "of all") + records(at: "/api/daemons/{name}", "of one daemon") }

    private func records(at address: String, _ whose: String) -> [Route] {
        [
            Route(
                .get, "\(address)/logs", "Log lines \(whose), oldest first", query: Self.logFilters,
                answer: .json(.list(.logLine))
            ) {
                (call) throws(HostError) in
                var query = try Self.logQuery(call)
                query.daemon = try daemon(call)
                return try await answer { [query] (store) throws(HostError) in try store.logs(query).map(\.value) }
            },
            Route(
                .get, "\(address)/errors", "Distinct failures \(whose), latest first", query: Self.errorFilters,
                answer: .json(.list(.errorGroup))
            ) {
                (call) throws(HostError) in
                let name = try daemon(call)
                let all = call.query("resolved")?.boolValue ?? false
                let limit = Self.limit(call)
                return try await answer { (store) throws(HostError) in
                    try store.errors(of: name, includingResolved: all, limit: limit).map(\.value)
                }
            },
            Route(
                .get, "\(address)/activities", "What happened \(whose), oldest first", query: [Self.limit],
                answer: .json(.list(.activity))
            ) {
                (call) throws(HostError) in
                let name = try daemon(call)
                let limit = Self.limit(call)
                return try await answer { (store) throws(HostError) in
                    try store.activities(of: name, limit: limit).map(\.value)
                }
            },
        ]
    }

    /// The filters of a call as a query of the store.
    static func logQuery(_ call: Call) throws(HostError) -> LogQuery {
        var query = LogQuery(limit: limit(call))
        query.minimumLevel = call.query("level")?.stringValue.flatMap(LogLevel.init(rawValue:)) ?? .debug
        query.text = call.query("text")?.stringValue
        query.afterID = call.query("after")?.integerValue
        if let since = call.query("since")?.stringValue {
            guard let instant = WallTime(iso8601: since) else {
                throw HostError(
                    .invalidArgument, "since is '\(since)'; expected an instant such as 2026-01-31T12:00:00Z")
            }
            query.since = instant
        }
        return query
    }

    private static func limit(_ call: Call) -> Int { Int(call.query("limit")?.integerValue ?? 100) }

    /// The daemon whose records are asked for; `notFound` when there is none of that name.
    private func daemon(_ call: Call) throws(HostError) -> String? {
        guard let name = call.path["name"] else { return nil }
        return try services.host.daemon(named: name).name
    }

    private func answer(
        _ body: @escaping @Sendable (any Store) throws(HostError) -> [Value]
    ) async throws(HostError) -> HTTPResponse {
        try .json(.array(try await services.read(body)))
    }
}
