import Model

/// Schedules, as people look at them and change them, and the job types that they launch.
struct ScheduleRoutes: Sendable {
    let services: ControlServices

    var routes: [Route] {
        [
            Route(.get, "/api/schedules", "All schedules, by name", answer: .json(.list(.schedule))) {
                (_) throws(HostError) in
                try .json(.array(try await services.requireSchedules().schedules().map(\.value)))
            },
            Route(
                .post, "/api/schedules", "Make a schedule",
                body: .fields(
                    [
                        ConfigKey("name", .string, minimum: 1, isRequired: true, doc: "What it is called")
                    ] + Self.fields), answer: .json(.schedule, 201)
            ) { (call) throws(HostError) in
                let schedules = try services.requireSchedules()
                let name = call.field("name")?.stringValue ?? ""
                return try .json(try await schedules.addSchedule(name, Self.change(call)).value, status: 201)
            },
            Route(.get, "/api/schedules/{name}", "One schedule", answer: .json(.schedule)) { (call) throws(HostError) in
                try .json(try await services.requireSchedules().schedule(named: call.parameter("name")).value)
            },
            Route(
                .put, "/api/schedules/{name}", "Make a schedule, or put it in the place of the one there",
                body: .fields(Self.fields), answer: .json(.schedule)
            ) { (call) throws(HostError) in
                let schedules = try services.requireSchedules()
                return try .json(
                    try await schedules.putSchedule(call.parameter("name"), Self.change(call)).value)
            },
            Route(
                .patch, "/api/schedules/{name}", "Change what is given of a schedule", body: .fields(Self.fields),
                answer: .json(.schedule)
            ) { (call) throws(HostError) in
                let schedules = try services.requireSchedules()
                return try .json(
                    try await schedules.changeSchedule(call.parameter("name"), Self.change(call)).value)
            },
            Route(.delete, "/api/schedules/{name}", "Forget a schedule; its jobs go on", answer: .nothing) {
                (call) throws(HostError) in
                try await services.requireSchedules().removeSchedule(call.parameter("name"))
                return .noContent
            },
            Route(.post, "/api/schedules/{name}/run", "Launch a job of a schedule now", answer: .json(.job, 201)) {
                (call) throws(HostError) in
                let job = try await services.requireSchedules().runSchedule(call.parameter("name"))
                return try .json(job.value, status: 201)
            },
            Route(
                .get, "/api/schedules/{name}/runs", "What became of its occurrences, newest first",
                query: [
                    ConfigKey(
                        "limit", .integer, default: 100, minimum: 1, maximum: 1_000, doc: "The most to answer with")
                ], answer: .json(.list(.scheduleRun))
            ) { (call) throws(HostError) in
                let runs = try await services.requireSchedules().runs(
                    ofSchedule: call.parameter("name"), limit: Int(call.query("limit")?.integerValue ?? 100))
                return try .json(.array(runs.map(\.value)))
            },
            Route(.get, "/api/job-types", "What each job type takes, by name", answer: .json(.list(.jobType))) {
                (_) throws(HostError) in
                try .json(.array(try services.requireJobTypes().jobTypes().map(\.value)))
            },
            Route(.get, "/api/job-types/{type}", "What a job type takes", answer: .json(.jobType)) {
                (call) throws(HostError) in
                try .json(try services.requireJobTypes().jobType(named: call.parameter("type")).value)
            },
        ]
    }

    private static let fields = [
        ConfigKey("type", .string, minimum: 1, doc: "The type of its jobs: scripts/jobs/TYPE.lua"),
        ConfigKey("args", .table, doc: "What its jobs are given"),
        ConfigKey("cron", .string, minimum: 1, doc: "A cron line, such as 0 3 * * *"),
        ConfigKey("every", .number, minimum: 1, doc: "Or an interval in seconds"),
        ConfigKey("zone", .string, doc: "The zone whose clocks the cron line means; local: the host's own"),
        ConfigKey(
            "catch_up", .string, oneOf: ScheduleRecord.CatchUp.allCases.map { .string($0.rawValue) },
            doc: "What becomes of occurrences that were missed"),
        ConfigKey(
            "overlap", .string, oneOf: ScheduleRecord.Overlap.allCases.map { .string($0.rawValue) },
            doc: "What becomes of one that comes while the last one's job is not finished"),
        ConfigKey("enabled", .boolean, doc: "Whether it launches jobs by itself"),
    ]

    private static func change(_ call: Call) -> ScheduleChange {
        ScheduleChange(
            type: call.field("type")?.stringValue, args: call.field("args"), cron: call.field("cron")?.stringValue,
            every: call.field("every")?.doubleValue, zone: call.field("zone")?.stringValue,
            catchUp: call.field("catch_up")?.stringValue.flatMap(ScheduleRecord.CatchUp.init),
            overlap: call.field("overlap")?.stringValue.flatMap(ScheduleRecord.Overlap.init),
            isEnabled: call.field("enabled")?.boolValue)
    }
}
