import Model

/// Jobs: what waits, runs and has ended, and what they are told.
struct JobRoutes: Sendable {
    let services: ControlServices

    var routes: [Route] {
        [
            Route(
                .get, "/api/jobs", "Jobs, newest first",
                query: [
                    ConfigKey("type", .string, doc: "Only of this type"),
                    ConfigKey("status", .string, doc: "Only of these statuses, separated by commas"),
                    ConfigKey("daemon", .string, doc: "Only those that this daemon launched"),
                    ConfigKey("parent", .integer, doc: "Only children of this job"),
                    ConfigKey("tag", .string, doc: "Only those with this tag"),
                    ConfigKey("before", .integer, doc: "Only those with a smaller id"),
                    ConfigKey(
                        "limit", .integer, default: 100, minimum: 1, maximum: 1_000, doc: "The most to answer with"),
                ], answer: .json(.list(.job))
            ) { (call) throws(HostError) in
                let jobs = try await services.requireJobs().jobs(try Self.query(call))
                return try .json(.array(jobs.map(\.value)))
            },
            Route(.post, "/api/jobs", "Launch a job", body: .fields(Self.requestFields), answer: .json(.job, 200, 201))
            {
                (call) throws(HostError) in
                let jobs = try services.requireJobs()
                let launch = try await jobs.launch(
                    Self.request(call), attempts: call.field("max_attempts")?.integerValue.map { Int($0) })
                return try .json(try await jobs.job(launch.id).value, status: launch.isNew ? 201 : 200)
            },
            Route(.get, "/api/jobs/{id}", "One job", answer: .json(.job)) { (call) throws(HostError) in
                try .json(try await services.requireJobs().job(try Self.id(call)).value)
            },
            Route(
                .post, "/api/jobs/{id}/cancel", "Ask a job to end",
                body: .fields([ConfigKey("reason", .string, default: "by an operator", maximum: 500)]),
                answer: .json(.job)
            ) { (call) throws(HostError) in
                let reason = call.field("reason")?.stringValue ?? ""
                return try .json(try await services.requireJobs().cancel(try Self.id(call), reason: reason).value)
            },
            Route(.post, "/api/jobs/{id}/retry", "Run a failed or cancelled job again", answer: .json(.job)) {
                (call) throws(HostError) in
                try .json(try await services.requireJobs().retry(try Self.id(call)).value)
            },
            Route(
                .get, "/api/jobs/{id}/logs", "A job's log lines and its program's output",
                query: RecordRoutes.logFilters, answer: .json(.jobLogs)
            ) { (call) throws(HostError) in try await logs(call) },
        ]
    }

    private func logs(_ call: Call) async throws(HostError) -> HTTPResponse {
        let jobs = try services.requireJobs()
        let job = try await jobs.job(try Self.id(call))
        var query = RecordRoutes.logQuery(call)
        query.job = job.id
        let lines = try await services.read { [query] (store) throws(HostError) in try store.logs(query) }
        let output = try await jobs.output(of: job.id)
        return try .json([
            "lines": .array(lines.map(\.value)),
            "output": .string(String(decoding: output.out, as: UTF8.self)),
            "error_output": .string(String(decoding: output.err, as: UTF8.self)),
        ])
    }

    // MARK: - Reading requests

    static func id(_ call: Call) throws(HostError) -> Int64 {
        let text = call.parameter("id")
        guard let id = Int64(text), id > 0 else {
            throw HostError(.notFound, "there is no job '\(text)'; jobs are numbered from 1")
        }
        return id
    }

    private static func query(_ call: Call) throws(HostError) -> JobQuery {
        var query = JobQuery(limit: Int(call.query("limit")?.integerValue ?? 100))
        query.type = call.query("type")?.stringValue
        query.daemon = call.query("daemon")?.stringValue
        query.parent = call.query("parent")?.integerValue
        query.tag = call.query("tag")?.stringValue
        query.beforeID = call.query("before")?.integerValue
        for word in call.query("status")?.stringValue?.split(separator: ",") ?? [] {
            guard let status = JobStatus(rawValue: String(word)) else {
                let words = JobStatus.allCases.map(\.rawValue)
                let hint = DidYouMean.hint(for: String(word), in: words)
                throw HostError(
                    .invalidArgument, "status is '\(word)'\(hint); expected one of \(words.joined(separator: ", "))")
            }
            query.statuses.insert(status)
        }
        return query
    }

    private static let requestFields = [
        ConfigKey("type", .string, minimum: 1, isRequired: true, doc: "The job's type: scripts/jobs/TYPE.lua"),
        ConfigKey("args", .table, default: .emptyTable, doc: "What the job is given"),
        ConfigKey(
            "priority", .integer, default: 0, minimum: Double(JobLimits.priorities.lowerBound),
            maximum: Double(JobLimits.priorities.upperBound), doc: "Higher goes first"),
        ConfigKey("run_at", .string, isInstant: true, doc: "Not before this instant"),
        ConfigKey(
            "max_attempts", .integer, minimum: Double(JobLimits.attempts.lowerBound),
            maximum: Double(JobLimits.attempts.upperBound)),
        ConfigKey(
            "unique_key", .string, minimum: 1, maximum: Double(JobLimits.uniqueKeyBytes),
            doc: "One unfinished job at a time has it"),
        ConfigKey(
            "on_conflict", .string, default: "existing",
            oneOf: JobRequest.Conflict.allCases.map { .string($0.rawValue) },
            doc: "What happens when an unfinished job has the unique key"),
        ConfigKey("tags", .list, of: .string, maximum: Double(JobLimits.tags), doc: "Words to find it by"),
    ]

    private static func request(_ call: Call) -> JobRequest {
        var request = JobRequest(type: call.field("type")?.stringValue ?? "", args: call.field("args") ?? .emptyTable)
        request.priority = Int(call.field("priority")?.integerValue ?? 0)
        request.uniqueKey = call.field("unique_key")?.stringValue
        request.onConflict = call.field("on_conflict")?.stringValue.flatMap(JobRequest.Conflict.init) ?? .existing
        request.tags = call.texts("tags")
        if let instant = call.field("run_at")?.stringValue.flatMap(WallTime.init(iso8601:)) { request.runAt = instant }
        return request
    }
}
