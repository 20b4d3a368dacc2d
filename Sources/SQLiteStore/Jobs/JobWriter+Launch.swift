import Model

extension JobWriter {
    func launch(_ requests: [JobRequest]) throws(HostError) -> [JobLaunch] {
        guard requests.count <= JobLimits.launches else {
            throw HostError(
                .limitExceeded,
                "\(requests.count) jobs are launched at once; at most \(JobLimits.launches) are allowed")
        }
        var launches: [JobLaunch] = []
        launches.reserveCapacity(requests.count)
        for request in requests { launches.append(try launch(request)) }
        return launches
    }

    /// Everything that is refused is refused before anything is written.
    func launch(_ request: JobRequest) throws(HostError) -> JobLaunch {
        try request.check()
        let args = try JobRow.encoded(request.args, "the arguments of '\(request.type)'")
        let now = clock.now()
        if let key = request.uniqueKey, let holder = try unfinished(type: request.type, uniqueKey: key) {
            return try settle(request, args, with: holder, now)
        }
        if let parent = request.parent { try check(parent: parent, of: request) }
        let id = try insert(request, args, now)
        for tag in Set(request.tags) {
            try run("INSERT INTO job_tags (tag, job) VALUES (?, ?)", .string(tag), .integer(id))
        }
        if request.isMonitored, let daemon = request.daemon { try monitor(id, daemon, endedAt: nil) }
        try run(
            "INSERT INTO daemon_job_history (at, daemon, job, type, action, reason) VALUES (?, ?, ?, ?, ?, ?)",
            .instant(now), .optional(request.daemon), .integer(id), .string(request.type),
            .string(JobHistory.Action.launched.rawValue), .string(Self.origin(of: request)))
        return JobLaunch(id: id, isNew: true)
    }

    private func insert(_ request: JobRequest, _ args: String, _ now: WallTime) throws(HostError) -> Int64 {
        let runAt = request.runAt.map { max($0, now) } ?? now
        try run(
            """
            INSERT INTO jobs (type, waits_for, priority, max_attempts, run_at, created_at, daemon, generation, parent,
                schedule, unique_key, tags, args)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .string(request.type), .string((runAt > now ? JobRow.Line.time : .worker).rawValue),
                .count(request.priority), .count(request.maxAttempts), .instant(runAt), .instant(now),
                .optional(request.daemon), .count(request.generation), .optional(request.parent),
                .optional(request.schedule), .optional(request.uniqueKey), try Self.tags(request), .string(args),
            ])
        return connection.lastInsertID
    }

    private static func tags(_ request: JobRequest) throws(HostError) -> Value {
        guard !request.tags.isEmpty else { return .null }
        return .string(try JobRow.encoded(.array(request.tags.map(Value.string)), "the tags of '\(request.type)'"))
    }

    private static func origin(of request: JobRequest) -> String {
        if let schedule = request.schedule { return "by the schedule '\(schedule)'" }
        if let parent = request.parent { return "by job \(parent)" }
        return request.daemon == nil ? "by hand" : "by the daemon"
    }

    // MARK: - A unique key in use

    private func settle(
        _ request: JobRequest, _ args: String, with holder: JobRecord, _ now: WallTime
    ) throws(HostError) -> JobLaunch {
        switch request.onConflict {
        case .refuse:
            throw HostError(
                .conflict,
                "job \(holder.id) of type '\(holder.type)' has the unique key '\(holder.uniqueKey ?? "")' and is "
                    + "\(holder.status)")
        case .replace where holder.status == .pending && !holder.isParked:
            try replace(holder, by: request, args, now)
        case .replace, .existing: break
        }
        if request.isMonitored, let daemon = request.daemon { try monitor(holder.id, daemon, endedAt: nil) }
        return JobLaunch(id: holder.id, isNew: false)
    }

    private func replace(
        _ holder: JobRecord, by request: JobRequest, _ args: String, _ now: WallTime
    ) throws(HostError) {
        let runAt = request.runAt.map { max($0, now) } ?? now
        try run(
            """
            UPDATE jobs SET args = ?2, run_at = ?3, waits_for = ?4, priority = ?5, max_attempts = ?6
            WHERE id = ?1 AND status = 'pending' AND waits_for <> 'children'
            """,
            .integer(holder.id), .string(args), .instant(runAt),
            .string((runAt > now ? JobRow.Line.time : .worker).rawValue), .count(request.priority),
            .count(request.maxAttempts))
    }

    /// A job that is being cancelled, or has ended, launches nothing any more: nobody would cancel it.
    private func check(parent id: Int64, of request: JobRequest) throws(HostError) {
        guard let status = try rows("SELECT status FROM jobs WHERE id = ?", [.integer(id)], { $0.text(0) ?? "" }).first
        else {
            throw HostError(.notFound, "'\(request.type)' cannot be launched: there is no job \(id) to be its parent")
        }
        guard ["pending", "running"].contains(status) else {
            throw HostError(.cancelled, "'\(request.type)' cannot be launched: its parent, job \(id), is \(status)")
        }
    }

    // MARK: - Monitoring

    /// From now on, or from before its end, the daemon hears of the job's end once.
    func monitor(job id: Int64, daemon: String) throws(HostError) {
        guard let job = try record(id) else { throw HostError(.notFound, "there is no job \(id)") }
        try monitor(id, daemon, endedAt: job.finishedAt)
    }

    private func monitor(_ job: Int64, _ daemon: String, endedAt: WallTime?) throws(HostError) {
        try run(
            "INSERT INTO job_monitors (job, daemon, ended_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            .integer(job), .string(daemon), .instant(endedAt))
    }
}
