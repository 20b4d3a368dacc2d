import Model

/// Reads jobs on one snapshot.
struct JobReader {
    /// How deep children's children count for their parent's progress.
    private static let depth = 5

    let connection: Connection

    func job(_ id: Int64) throws(HostError) -> JobRecord? {
        guard let job = try records("WHERE id = ?", [.integer(id)]).first else { return nil }
        return try withProgress(job)
    }

    /// Newest first. Cost: index seeks for each status asked for, and what is read; a second condition is a filter.
    func find(_ query: JobQuery) throws(HostError) -> [JobRecord] {
        var found: [JobRecord] = []
        if query.statuses.isEmpty {
            found = try find(query, nil)
        } else {
            for status in query.statuses { found += try find(query, status) }
            found = Array(found.sorted { $0.id > $1.id }.prefix(max(0, query.limit)))
        }
        var jobs: [JobRecord] = []
        for job in found { jobs.append(try withProgress(job)) }
        return jobs
    }

    private func find(_ query: JobQuery, _ status: JobStatus?) throws(HostError) -> [JobRecord] {
        var conditions: [String] = []
        var parameters: [Value] = []
        func add(_ condition: String, _ value: Value) {
            parameters.append(value)
            conditions.append(condition + " ?\(parameters.count)")
        }
        if let type = query.type { add("type =", .string(type)) }
        if let status { add("status =", .string(status.rawValue)) }
        if let daemon = query.daemon { add("daemon =", .string(daemon)) }
        if let parent = query.parent { add("parent =", .integer(parent)) }
        if let beforeID = query.beforeID { add("id <", .integer(beforeID)) }
        if let tag = query.tag {
            parameters.append(.string(tag))
            conditions.append("id IN (SELECT job FROM job_tags WHERE tag = ?\(parameters.count))")
        }
        parameters.append(.count(max(0, query.limit)))
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        return try records("\(filter) ORDER BY id DESC LIMIT ?\(parameters.count)", parameters)
    }

    private func records(_ condition: String, _ parameters: [Value]) throws(HostError) -> [JobRecord] {
        do {
            return try connection.rows(
                "SELECT \(JobRow.columns) FROM jobs \(condition)", parameters, JobRow.record)
        } catch { throw connection.hostError(error) }
    }

    // MARK: - Progress of parents

    /// A parent that says nothing of its own is as far as its children are together. Cost: the number of children.
    private func withProgress(_ job: JobRecord) throws(HostError) -> JobRecord {
        guard !job.status.isTerminal, job.total == nil else { return job }
        let sum = try childrenProgress(of: job.id, depth: Self.depth)
        guard sum.count > 0 else { return job }
        var told = job
        told.done = sum.done
        told.total = Double(sum.count)
        return told
    }

    private func childrenProgress(of parent: Int64, depth: Int) throws(HostError) -> (done: Double, count: Int) {
        let ended: Int64
        let open: [(id: Int64, done: Double?, total: Double?)]
        do {
            ended =
                try connection.integer(
                    "SELECT count(*) FROM jobs WHERE parent = ? AND finished_at IS NOT NULL", .integer(parent)) ?? 0
            open = try connection.rows(
                "SELECT id, done, total FROM jobs WHERE parent = ? AND finished_at IS NULL", [.integer(parent)]
            ) { ($0.integer(0), $0.double(1), $0.double(2)) }
        } catch { throw connection.hostError(error) }
        var done = Double(ended)
        for child in open {
            if let total = child.total, total > 0 {
                done += min(max((child.done ?? 0) / total, 0), 1)
            } else if depth > 1 {
                let below = try childrenProgress(of: child.id, depth: depth - 1)
                if below.count > 0 { done += below.done / Double(below.count) }
            }
        }
        return (done, Int(ended) + open.count)
    }
}
