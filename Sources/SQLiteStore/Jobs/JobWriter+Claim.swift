import Model

extension JobWriter {
    /// How many jobs whose time has come join the line in one claim; more join it in the next.
    static let maxStaged = 1_000

    /// Moves jobs to running, best first, as many as there is room for and as far as the gate admits them.
    ///
    /// Cost: some index seeks for each type that waits, and for each job that is taken; what waits behind them is not
    /// looked at.
    func claim(for claimant: JobClaimant) throws(HostError) -> JobClaim {
        let room = claimant.room()
        let now = clock.now()
        let timed = try stage(now)
        var claimed: [JobRecord] = []
        let choice = try choose(room.limit, room.gate)
        for candidate in choice.jobs {
            guard let job = try record(candidate) else { continue }
            claims += 1
            guard let next = JobMachine.claimed(job, claim: "\(claimant.boot):\(claims)", now: now) else { continue }
            try move(job, to: next, now)
            claimed.append(next)
        }
        let blocked = choice.gate.blocked(among: []).union(choice.heldBack)
        return JobClaim(
            jobs: claimed, heldBack: choice.heldBack, limit: room.limit,
            nextDue: try earliestDue(timed.filter { !blocked.contains($0) }))
    }

    /// The claim of what rides along with another write; nil when nobody claims.
    func claimAlong(for claimant: JobClaimant?) throws(HostError) -> JobClaim? {
        guard let claimant else { return nil }
        return try claim(for: claimant)
    }

    private func earliestDue(_ types: [String]) throws(HostError) -> WallTime? {
        var earliest: WallTime?
        for type in types {
            guard let due = try rows(Self.nextDueSQL, [.string(type)], { $0.instant(0) }).first ?? nil else { continue }
            earliest = min(earliest ?? due, due)
        }
        return earliest
    }

    static let nextDueSQL = """
        SELECT run_at FROM jobs INDEXED BY jobs_waiting_for_time WHERE waits_for = 'time' AND type = ?1
        ORDER BY run_at LIMIT 1
        """

    /// Brings those whose time has come into the line for a worker; the types of which some were waiting for theirs.
    private func stage(_ now: WallTime) throws(HostError) -> [String] {
        var room = Self.maxStaged
        let types = try types(waitingFor: .time)
        for type in types where room > 0 {
            try run(Self.stageSQL, .string(type), .instant(now), .count(room))
            room -= connection.changes
        }
        return types
    }

    static let stageSQL = """
        UPDATE jobs SET waits_for = 'worker' WHERE id IN (
            SELECT id FROM jobs INDEXED BY jobs_waiting_for_time
            WHERE waits_for = 'time' AND type = ?1 AND run_at <= ?2 ORDER BY run_at LIMIT ?3)
        """

    private func types(waitingFor line: JobRow.Line) throws(HostError) -> [String] {
        try rows(line == .worker ? Self.workerTypesSQL : Self.timeTypesSQL, []) { $0.text(0) ?? "" }
    }

    private static let workerTypesSQL = typesSQL(.worker)
    private static let timeTypesSQL = typesSQL(.time)

    /// The types with jobs in a line: one index seek each.
    static func typesSQL(_ line: JobRow.Line) -> String {
        let next = """
            SELECT type FROM jobs INDEXED BY jobs_waiting_for_\(line.rawValue) WHERE waits_for = '\(line.rawValue)'
            """
        return """
            WITH RECURSIVE found (type) AS (
                SELECT * FROM (\(next) ORDER BY type LIMIT 1)
                UNION ALL
                SELECT (\(next) AND type > found.type ORDER BY type LIMIT 1) FROM found WHERE found.type IS NOT NULL)
            SELECT type FROM found WHERE type IS NOT NULL
            """
    }

    // MARK: - Choosing

    /// A type's line, read from its head as far as needed.
    private struct Queue {
        struct Candidate {
            var id: Int64
            var priority: Int64
            var runAt: String

            func goesBefore(_ other: Candidate) -> Bool {
                if priority != other.priority { return priority > other.priority }
                return (runAt, id) < (other.runAt, other.id)
            }
        }

        var type: String
        var head: [Candidate] = []
        /// How many were read, and whether there are more.
        var read = 0
        var isAtEnd = false
        var next = 0
    }

    private static let firstRead = 8

    /// The best candidates of all types together; each is counted by the gate before the next is chosen. And the types of
    /// which none may be chosen only because an older job of another waits for its turn. And the gate as it is then.
    private func choose(
        _ limit: Int, _ gate: JobGate
    ) throws(HostError) -> (jobs: [Int64], heldBack: Set<String>, gate: JobGate) {
        guard limit > 0 else { return ([], [], gate) }
        var gate = gate
        var queues = try types(waitingFor: .worker).map { Queue(type: $0) }
        var chosen: [Int64] = []
        var heldBack: Set<String> = []
        while chosen.count < limit {
            let heads = try queues.indices.map { (place) throws(HostError) in try head(of: &queues[place], limit) }
            let reserving = queues.indices.filter { heads[$0] != nil && gate.reserves(queues[$0].type) }
            heldBack = []
            var best: (place: Int, candidate: Queue.Candidate)?
            for (place, queue) in queues.enumerated() where gate.admits(queue.type) {
                guard let candidate = heads[place] else { continue }
                let isHeldBack = reserving.contains { other in
                    gate.conflict(queue.type, queues[other].type) && heads[other]?.goesBefore(candidate) == true
                }
                if isHeldBack {
                    heldBack.insert(queue.type)
                } else if best.map({ candidate.goesBefore($0.candidate) }) ?? true {
                    best = (place, candidate)
                }
            }
            guard let best else { break }
            queues[best.place].next += 1
            gate.start(queues[best.place].type)
            chosen.append(best.candidate.id)
        }
        return (chosen, heldBack, gate)
    }

    private func head(of queue: inout Queue, _ limit: Int) throws(HostError) -> Queue.Candidate? {
        if queue.next == queue.head.count, !queue.isAtEnd {
            // Twice as many each time, so that what is skipped again adds up to no more than is read.
            let count = min(max(Self.firstRead, queue.read), limit)
            queue.head = try rows(
                Self.lineSQL, [.string(queue.type), .count(count), .count(queue.read)]
            ) { Queue.Candidate(id: $0.integer(0), priority: $0.integer(1), runAt: $0.text(2) ?? "") }
            queue.read += queue.head.count
            queue.isAtEnd = queue.head.count < count
            queue.next = 0
        }
        return queue.next < queue.head.count ? queue.head[queue.next] : nil
    }

    /// A stretch of one type's line, best first.
    static let lineSQL = """
        SELECT id, priority, run_at FROM jobs INDEXED BY jobs_waiting_for_worker
        WHERE waits_for = 'worker' AND type = ?1 ORDER BY priority DESC, run_at, id LIMIT ?2 OFFSET ?3
        """
}
