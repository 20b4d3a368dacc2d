import Model

extension JobWriter {
    /// The most jobs that one call deletes; more wait for the next call.
    static let maxPruned = 1_000

    /// Deletes finished jobs beyond their age, with errors, output, tags and monitors; how many went.
    ///
    /// A job whose end some daemon has not heard yet is kept as long as the status that is kept for longest. Parents
    /// with unfinished children stay.
    func prune(_ retention: JobRetention, now: WallTime) throws(HostError) -> Int {
        let longest = max(retention.completed, retention.cancelled, retention.failed)
        var gone = 0
        for (status, age) in [
            (JobStatus.completed, retention.completed), (.cancelled, retention.cancelled), (.failed, retention.failed),
        ] where gone < Self.maxPruned {
            let old = try rows(
                """
                SELECT id FROM jobs INDEXED BY jobs_finished WHERE status = ?1 AND finished_at < ?2
                    AND finished_at IS NOT NULL
                    AND (finished_at < ?3
                        OR NOT EXISTS (SELECT 1 FROM job_monitors WHERE job = jobs.id AND delivered_at IS NULL))
                    AND NOT EXISTS (
                        SELECT 1 FROM jobs AS child WHERE child.parent = jobs.id AND child.finished_at IS NULL)
                ORDER BY finished_at LIMIT ?4
                """,
                [
                    .string(status.rawValue), .instant(before(now, age)), .instant(before(now, longest)),
                    .count(Self.maxPruned - gone),
                ]
            ) { $0.integer(0) }
            for job in old { try delete(job) }
            gone += old.count
        }
        return gone
    }

    private func before(_ now: WallTime, _ age: Duration) -> WallTime { now + (.zero - age) }

    private func delete(_ job: Int64) throws(HostError) {
        try run("DELETE FROM jobs WHERE id = ?", .integer(job))
        try run("DELETE FROM job_errors WHERE job = ?", .integer(job))
        try run("DELETE FROM job_monitors WHERE job = ?", .integer(job))
        try run("DELETE FROM job_output WHERE job = ?", .integer(job))
        try run("DELETE FROM job_tags WHERE job = ?", .integer(job))
    }
}
