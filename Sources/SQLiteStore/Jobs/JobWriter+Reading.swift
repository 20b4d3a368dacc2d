import Model

/// What is read of the jobs while they are moved.
extension JobWriter {
    func record(_ id: Int64) throws(HostError) -> JobRecord? {
        try rows(Self.recordSQL, [.integer(id)], JobRow.record).first
    }

    private static let recordSQL = "SELECT \(JobRow.columns) FROM jobs WHERE id = ?"

    func rows<Row>(
        _ sql: String, _ parameters: [Value], _ make: (Statement) -> Row
    ) throws(HostError) -> [Row] {
        do { return try connection.rows(sql, parameters, make) } catch { throw connection.hostError(error) }
    }

    func hasUnfinishedChildren(_ id: Int64) throws(HostError) -> Bool {
        try !rows(Self.unfinishedChildSQL, [.integer(id)], { _ in () }).isEmpty
    }

    static let unfinishedChildSQL = """
        SELECT 1 FROM jobs INDEXED BY jobs_unfinished_children WHERE parent = ? AND finished_at IS NULL LIMIT 1
        """

    /// The unfinished jobs below this one, parents before their children; those below a finished one as well.
    func unfinishedBelow(_ id: Int64) throws(HostError) -> [JobRecord] {
        try rows(Self.unfinishedBelowSQL, [.integer(id)], JobRow.record)
    }

    // A child is launched after its parent, so its id is greater.
    static let unfinishedBelowSQL = """
        WITH RECURSIVE below (job) AS (
            SELECT id FROM jobs INDEXED BY jobs_by_parent WHERE parent = ?1
            UNION SELECT jobs.id FROM below JOIN jobs INDEXED BY jobs_by_parent ON parent = below.job)
        SELECT \(JobRow.columns) FROM below JOIN jobs ON id = job WHERE finished_at IS NULL ORDER BY id
        """

    /// A unique key that went to a newer job stays there.
    func refuseSecondHolder(of job: JobRecord) throws(HostError) {
        guard let key = job.uniqueKey, let holder = try unfinished(type: job.type, uniqueKey: key) else { return }
        throw HostError(
            .conflict,
            "job \(job.id) cannot be retried: job \(holder.id) has its unique key '\(key)' and is \(holder.status)")
    }

    func unfinished(type: String, uniqueKey: String) throws(HostError) -> JobRecord? {
        try rows(Self.uniqueSQL, [.string(type), .string(uniqueKey)], JobRow.record).first
    }

    static let uniqueSQL = """
        SELECT \(JobRow.columns) FROM jobs INDEXED BY jobs_unique
        WHERE type = ?1 AND unique_key = ?2 AND finished_at IS NULL
        """
}
