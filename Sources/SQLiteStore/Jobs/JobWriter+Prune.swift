import Model

extension JobWriter {
    /// The most jobs that one call deletes, and that it looks at for each status; more wait for the next call.
    static let maxPruned = 1_000
    static let maxExamined = 2_000

    /// How far one status was looked through: the next call goes on behind it, past the jobs that must stay.
    struct PrunePlace {
        var finishedAt = ""
        var id: Int64 = 0
    }

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
            gone += try prune(
                status, before: now + (.zero - age), unheardBefore: now + (.zero - longest),
                atMost: Self.maxPruned - gone)
        }
        return gone
    }

    private func prune(
        _ status: JobStatus, before: WallTime, unheardBefore: WallTime, atMost: Int
    ) throws(HostError) -> Int {
        var place = prunePlaces[status] ?? PrunePlace()
        let old = try rows(
            Self.oldSQL,
            [
                .string(status.rawValue), .string(place.finishedAt), .integer(place.id), .instant(before),
                .instant(unheardBefore), .count(Self.maxExamined),
            ]
        ) { (id: $0.integer(0), finishedAt: $0.text(1) ?? "", stays: $0.integer(2) != 0) }
        var gone = 0
        for job in old where gone < atMost {
            place = PrunePlace(finishedAt: job.finishedAt, id: job.id)
            guard !job.stays else { continue }
            try delete(job.id)
            gone += 1
        }
        prunePlaces[status] = old.count < Self.maxExamined && place.id == old.last?.id ? nil : place
        return gone
    }

    /// A stretch of one status's jobs that are old enough to go, and whether each must stay all the same.
    static let oldSQL = """
        SELECT id, finished_at,
            finished_at >= ?5 AND EXISTS (SELECT 1 FROM job_monitors WHERE job = jobs.id AND delivered_at IS NULL)
            OR EXISTS (
                SELECT 1 FROM jobs AS child INDEXED BY jobs_unfinished_children
                WHERE child.parent = jobs.id AND child.finished_at IS NULL)
        FROM jobs INDEXED BY jobs_finished
        WHERE status = ?1 AND finished_at IS NOT NULL AND (finished_at, id) > (?2, ?3) AND finished_at < ?4
        ORDER BY finished_at, id LIMIT ?6
        """

    private func delete(_ job: Int64) throws(HostError) {
        try run("DELETE FROM jobs WHERE id = ?", .integer(job))
        try run("DELETE FROM job_errors WHERE job = ?", .integer(job))
        try run("DELETE FROM job_monitors WHERE job = ?", .integer(job))
        try run("DELETE FROM job_output WHERE job = ?", .integer(job))
        try run("DELETE FROM job_tags WHERE job = ?", .integer(job))
    }
}
