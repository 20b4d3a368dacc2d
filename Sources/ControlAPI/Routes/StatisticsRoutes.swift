import Model

/// Numbers to draw charts from.
struct StatisticsRoutes: Sendable {
    private static let longest = Duration.seconds(86_400)
    private static let usual = Duration.seconds(3_600)

    private static let shape = Shape.object(
        "Statistics",
        [
            "bucket_seconds": .integer,
            "buckets": .list(
                .object(
                    "StatisticsBucket",
                    [
                        "at": .instant, "steps": .integer, "errors": .integer, "step_seconds_p50": .optional(.number),
                        "step_seconds_max": .optional(.number), "lag_seconds_max": .optional(.number),
                        "memory_bytes": .integer, "jobs_completed": .integer, "jobs_failed": .integer,
                    ])),
        ])

    let services: ControlServices

    var routes: [Route] {
        [
            Route(
                .get, "/api/statistics",
                "Steps, errors, memory and jobs over time: by 10 seconds up to an hour back, by 5 minutes up to a day",
                query: [
                    ConfigKey(
                        "since", .string, isInstant: true, doc: "From this instant on; an hour ago, if not given"),
                    ConfigKey("daemon", .string, doc: "Of this daemon instead of all together"),
                ], answer: .json(Self.shape)
            ) { (call) throws(HostError) in
                let since = call.query("since")?.stringValue.flatMap(WallTime.init(iso8601:))
                let span = since.map { services.clock.now() - $0 } ?? Self.usual
                return try .json(
                    try services.requireStatistics().statistics(
                        of: call.query("daemon")?.stringValue, span: min(max(span, .zero), Self.longest)
                    ).value)
            }
        ]
    }
}
