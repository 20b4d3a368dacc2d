import Model

/// Moves jobs in the database, inside a transaction that is already open: each change with all that follows from it.
// @unchecked: touched only by the holder of the writer's turn.
final class JobWriter: @unchecked Sendable {
    let connection: Connection
    let clock: any HostClock
    /// How many claims were given; each has a number of its own.
    var claims: Int64 = 0
    /// How far finished jobs were looked through for what is old.
    var prunePlaces: [JobStatus: PrunePlace] = [:]
    /// The statements of moves, by what they set.
    private var moveTexts: [UInt32: String] = [:]

    init(connection: Connection, clock: any HostClock) {
        self.connection = connection
        self.clock = clock
    }

    // MARK: - Transitions

    func apply(_ transition: JobTransition) throws(HostError) -> JobOutcome {
        guard let job = try record(transition.id) else { return JobOutcome(isApplied: false, job: nil) }
        var isHeldUp = false
        if case .park = transition { isHeldUp = try hasUnfinishedChildren(job.id) }
        let now = clock.now()
        guard let next = JobMachine.after(transition, job, hasUnfinishedChildren: isHeldUp, now: now) else {
            return JobOutcome(isApplied: false, job: job)
        }
        var outcome = JobOutcome(isApplied: true, job: next)
        switch transition {
        case .progress: try writeProgress(next)
        case .checkpoint: try writeCheckpoint(next)
        case .process:
            try run("UPDATE jobs SET pid = ?2 WHERE id = ?1", .integer(job.id), .optional(next.pid.map(Int64.init)))
        case .retryByHand:
            try refuseSecondHolder(of: job)
            try move(job, to: next, now)
            try run("UPDATE job_monitors SET ended_at = NULL, delivered_at = NULL WHERE job = ?", .integer(job.id))
        default: try move(job, to: next, now)
        }
        if let fault = transition.fault { try record(fault, of: job, now) }
        if next.status.isTerminal { try ended(next, &outcome, now) }
        if case .cancel(_, let reason) = transition { try cancelBelow(job, reason, &outcome, now) }
        return outcome
    }

    /// Cancels all that the job launched, top down, so that no parent goes on because its children went first.
    private func cancelBelow(
        _ job: JobRecord, _ reason: String, _ outcome: inout JobOutcome, _ now: WallTime
    ) throws(HostError) {
        for child in try unfinishedBelow(job.id) {
            guard
                let next = JobMachine.after(
                    .cancel(id: child.id, reason: reason), child, hasUnfinishedChildren: false, now: now)
            else { continue }
            try move(child, to: next, now)
            outcome.others.append(next)
            if next.status.isTerminal { try ended(next, &outcome, now) }
        }
    }

    /// Takes every job that another boot left running; the jobs as they were.
    func rescueOrphans(boot: String, poisonLimit: Int) throws(HostError) -> [JobRecord] {
        let now = clock.now()
        var orphans: [JobRecord] = []
        for status in [JobStatus.running, .cancelling] {
            orphans += try rows(Self.orphansSQL, [.string(status.rawValue)], JobRow.record)
        }
        orphans.removeAll { $0.claim?.hasPrefix(boot + ":") == true }
        var outcome = JobOutcome(isApplied: true, job: nil)
        for orphan in orphans {
            guard let next = JobMachine.rescued(orphan, poisonLimit: poisonLimit, now: now) else { continue }
            try move(orphan, to: next, now)
            guard next.status.isTerminal else { continue }
            if let error = next.error, next.status == .failed { try record(JobFault(error), of: orphan, now) }
            try ended(next, &outcome, now)
        }
        return orphans
    }

    static let orphansSQL = "SELECT \(JobRow.columns) FROM jobs INDEXED BY jobs_by_status WHERE status = ?1"

    // MARK: - What follows from an end

    private func ended(_ job: JobRecord, _ outcome: inout JobOutcome, _ now: WallTime) throws(HostError) {
        try recordEnd(of: job, now)
        outcome.listeners.formUnion(try owe(job, now))
        if let parent = try parentThatMayGoOn(after: job), let next = JobMachine.resumed(parent) {
            try move(parent, to: next, now)
            outcome.others.append(next)
        }
    }

    private func recordEnd(of job: JobRecord, _ now: WallTime) throws(HostError) {
        switch job.status {
        case .completed: try record(.finished, of: job, because: "attempt \(job.attempt)", now)
        case .failed:
            try record(
                .failed, of: job, because: [job.reason, job.error].compactMap(\.self).joined(separator: ": "), now)
        case .cancelled: try record(.cancelled, of: job, because: job.reason ?? "cancelled", now)
        case .pending, .running, .cancelling: break
        }
    }

    func record(
        _ action: JobHistory.Action, of job: JobRecord, because reason: String, _ now: WallTime
    ) throws(HostError) {
        try run(
            "INSERT INTO daemon_job_history (at, daemon, job, type, action, reason) VALUES (?, ?, ?, ?, ?, ?)",
            .instant(now), .optional(job.daemon), .integer(job.id), .string(job.type), .string(action.rawValue),
            .clipped(reason))
    }

    private func record(_ fault: JobFault, of job: JobRecord, _ now: WallTime) throws(HostError) {
        try run(
            "INSERT INTO job_errors (job, attempt, at, message, traceback) VALUES (?, ?, ?, ?, ?)",
            .integer(job.id), .count(job.attempt), .instant(now), .clipped(fault.message),
            .clipped(fault.traceback, to: JobLimits.tracebackBytes))
    }

    /// The job's end is owed to those that monitor it from now on; who they are.
    private func owe(_ job: JobRecord, _ now: WallTime) throws(HostError) -> [String] {
        let daemons = try rows(
            "SELECT daemon FROM job_monitors WHERE job = ? AND delivered_at IS NULL", [.integer(job.id)]
        ) { $0.text(0) ?? "" }
        for daemon in daemons {
            try run(
                "UPDATE job_monitors SET ended_at = ?3 WHERE job = ?1 AND daemon = ?2", .integer(job.id),
                .string(daemon), .instant(now))
        }
        return daemons
    }

    private func parentThatMayGoOn(after job: JobRecord) throws(HostError) -> JobRecord? {
        guard let id = job.parent, try !hasUnfinishedChildren(id) else { return nil }
        return try record(id)
    }

    // MARK: - Writing rows

    /// Writes what a move along an arrow changes, where the job is still as it was read.
    func move(_ job: JobRecord, to next: JobRecord, _ now: WallTime) throws(HostError) {
        guard let move = try JobMove(job, to: next, now: now, texts: &moveTexts) else { return }
        try run(move.sql, move.values)
        guard connection.changes == 1 else {
            throw HostError(.internal, "job \(job.id) was moved by somebody else in the same moment")
        }
    }

    private func writeProgress(_ job: JobRecord) throws(HostError) {
        try run(
            "UPDATE jobs SET done = ?2, total = ?3, message = ?4 WHERE id = ?1",
            .integer(job.id), .optional(job.done), .optional(job.total), .clipped(job.message))
    }

    private func writeCheckpoint(_ job: JobRecord) throws(HostError) {
        let text = try JobRow.encoded(job.checkpoint ?? .null, "the checkpoint of job \(job.id) (\(job.type))")
        try run("UPDATE jobs SET checkpoint = ?2 WHERE id = ?1", .integer(job.id), .string(text))
    }

    func run(_ sql: String, _ parameters: [Value]) throws(HostError) {
        do { try connection.run(sql, parameters) } catch { throw connection.hostError(error) }
    }

    func run(_ sql: String, _ parameters: Value...) throws(HostError) { try run(sql, parameters) }
}
