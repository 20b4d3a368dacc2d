import Model

/// What was written down: logs, activities, what became of jobs; of one daemon, or of all.
struct RecordRoutes: Sendable {
    static let limit = ConfigKey(
        "limit", .integer, default: 100, minimum: 1, maximum: 1_000, doc: "The most to answer with")
    private static let after = ConfigKey(
        "after", .integer, minimum: 0, doc: "The first ones that follow the one with this id, instead of the newest")
    private static let before = ConfigKey(
        "before", .integer, minimum: 1, doc: "Only those older than the one with this id")

    static let logFilters = [
        ConfigKey(
            "level", .string, default: "debug", oneOf: LogLevel.allCases.map { .string($0.rawValue) },
            doc: "This level and above"),
        ConfigKey("text", .string, maximum: 1_000, doc: "Lines that contain this text, in any case"),
        ConfigKey("since", .string, isInstant: true, doc: "Lines since this instant"),
        after, before, limit,
    ]
    private static let activityFilters = [
        ConfigKey("kind", .string, doc: "Only this kind: status, config, operator, …"), after, before, limit,
    ]

    let services: ControlServices

    var routes: [Route] {
        records(at: "/api", "of all") + records(at: "/api/daemons/{name}", "of one daemon") + [jobHistory]
    }

    private func records(at address: String, _ whose: String) -> [Route] {
        [
            Route(
                .get, "\(address)/logs", "Log lines \(whose), oldest first", query: Self.logFilters,
                answer: .json(.list(.logLine))
            ) { (call) throws(HostError) in
                var query = Self.logQuery(call)
                query.daemon = try services.daemon(of: call)
                return try await answer { [query] (store) throws(HostError) in try store.logs(query).map(\.value) }
            },
            Route(
                .get, "\(address)/activities", "What happened \(whose), oldest first", query: Self.activityFilters,
                answer: .json(.list(.activity))
            ) { (call) throws(HostError) in
                let query = ActivityQuery(
                    daemon: try services.daemon(of: call), kind: call.query("kind")?.stringValue,
                    afterID: call.query("after")?.integerValue, beforeID: call.query("before")?.integerValue,
                    limit: Self.limit(call))
                return try await answer { (store) throws(HostError) in try store.activities(query).map(\.value) }
            },
            Route(
                .get, "\(address)/history", "What became of jobs that were launched, \(whose), newest first",
                query: [Self.limit], answer: .json(.list(.jobHistory))
            ) { (call) throws(HostError) in
                let name = try services.daemon(of: call)
                return try await history(of: name, job: nil, call)
            },
        ]
    }

    private var jobHistory: Route {
        Route(
            .get, "/api/jobs/{id}/history", "What became of a job, newest first", query: [Self.limit],
            answer: .json(.list(.jobHistory))
        ) { (call) throws(HostError) in
            let job = try await services.requireJobs().job(try JobRoutes.id(call))
            return try await history(of: nil, job: job.id, call)
        }
    }

    private func history(of daemon: String?, job: Int64?, _ call: Call) async throws(HostError) -> HTTPResponse {
        let jobs = try services.requireJobs()
        return try .json(.array(try await jobs.history(of: daemon, job: job, limit: Self.limit(call)).map(\.value)))
    }

    /// The filters of a call as a query of the store.
    static func logQuery(_ call: Call) -> LogQuery {
        var query = LogQuery(limit: limit(call))
        query.minimumLevel = call.query("level")?.stringValue.flatMap(LogLevel.init(rawValue:)) ?? .debug
        query.text = call.query("text")?.stringValue
        query.afterID = call.query("after")?.integerValue
        query.beforeID = call.query("before")?.integerValue
        query.since = call.query("since")?.stringValue.flatMap(WallTime.init(iso8601:))
        return query
    }

    static func limit(_ call: Call) -> Int { Int(call.query("limit")?.integerValue ?? 100) }

    private func answer(
        _ body: @escaping @Sendable (any Store) throws(HostError) -> [Value]
    ) async throws(HostError) -> HTTPResponse {
        try .json(.array(try await services.read(body)))
    }
}
