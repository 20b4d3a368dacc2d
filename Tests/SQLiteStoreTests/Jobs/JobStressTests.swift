import Model
import Synchronization
import Testing

@testable import SQLiteStore

@Suite("what holds of the queue when many threads use it at once")
struct JobStressTests {
    private static let jobs = 600

    /// What the threads saw, for the invariants.
    private struct Seen {
        var problems: [String] = []
        /// Claims that are held now, by job.
        var running: [Int64: String] = [:]
        /// How often a transition to a terminal status was acknowledged, by job.
        var ends: [Int64: Int] = [:]
    }

    @Test("each job ends exactly once and never runs twice at once, whatever races")
    func races() throws {
        let folder = try TemporaryFolder()
        let clock = StandingClock()
        let store = try SQLiteStore.open(path: folder["lunad.db"], clock: clock)
        defer { store.close() }
        let seen = Mutex(Seen())
        let left = Atomic<Int>(Self.jobs)
        var threads: [WorkerThread] = []
        for number in 0..<8 {
            threads.append(
                try WorkerThread {
                    do {
                        switch number {
                        case 0..<2: try Self.launch(store, number)
                        case 2: try Self.cancel(store, seen, left)
                        default: try Self.work(store, seen, left, clock)
                        }
                    } catch {
                        seen.withLock { $0.problems.append("\(error)") }
                        left.store(0, ordering: .sequentiallyConsistent)
                    }
                })
        }
        for thread in threads { thread.join() }
        let (problems, ends) = seen.withLock { ($0.problems, $0.ends) }
        #expect(problems == [])
        #expect(ends.count == Self.jobs && ends.values.allSatisfy { $0 == 1 })
        try expectAllEnded(in: store)
    }

    private func expectAllEnded(in store: SQLiteStore) throws {
        let counts = try store.countJobs()
        #expect(counts.filter { !$0.key.isTerminal }.isEmpty && counts.values.reduce(0, +) == Self.jobs)
        let uneven = try store.rows(
            """
            SELECT job FROM daemon_job_history GROUP BY job
            HAVING sum(action = 'LAUNCHED') <> 1 OR sum(action <> 'LAUNCHED') <> 1
            """)
        #expect(uneven == [])
        let mismatched = try store.rows(
            """
            SELECT jobs.id FROM jobs JOIN daemon_job_history ON job = jobs.id AND action <> 'LAUNCHED'
            WHERE action <> CASE status WHEN 'completed' THEN 'FINISHED' ELSE upper(status) END
            """)
        #expect(mismatched == [])
        #expect(try store.undelivered(to: "d", limit: 10_000).count == Self.jobs)
    }

    /// Launches half of the jobs: some alone, some in sessions.
    private static func launch(_ store: SQLiteStore, _ number: Int) throws {
        let request = JobRequest(type: "t\(number)", daemon: "d", isMonitored: true)
        for round in 0..<jobs / 4 {
            try store.inSession { session in _ = try session.launch(request) }
            let answer = Answer<Result<[JobLaunch], HostError>>()
            store.launch([request]) { answer.give($0) }
            _ = try answer.wait("launch \(round)").get()
        }
    }

    private static func apply(_ transition: JobTransition, _ store: SQLiteStore) throws -> JobOutcome {
        let answer = Answer<Result<JobOutcome, HostError>>()
        store.apply(transition) { answer.give($0) }
        return try answer.wait("\(transition)").get()
    }

    /// Cancels every seventh job again and again, until all have ended.
    private static func cancel(_ store: SQLiteStore, _ seen: borrowing Mutex<Seen>, _ left: borrowing Atomic<Int>)
        throws
    {
        var id: Int64 = 0
        while left.load(ordering: .sequentiallyConsistent) > 0 {
            id = (id + 7) % Int64(jobs + 7)
            let outcome = try apply(.cancel(id: id, reason: "by hand"), store)
            if outcome.isApplied, outcome.job?.status == .cancelled { note(id, seen, left) }
        }
    }

    private static func note(_ id: Int64, _ seen: borrowing Mutex<Seen>, _ left: borrowing Atomic<Int>) {
        seen.withLock { $0.ends[id, default: 0] += 1 }
        left.subtract(1, ordering: .sequentiallyConsistent)
    }

    /// Claims a few at a time and brings each run to some end.
    private static func work(
        _ store: SQLiteStore, _ seen: borrowing Mutex<Seen>, _ left: borrowing Atomic<Int>, _ clock: StandingClock
    ) throws {
        while left.load(ordering: .sequentiallyConsistent) > 0 {
            let answer = Answer<Result<JobClaim, HostError>>()
            store.claim(limit: 3, gate: JobGate(), boot: "boot") { answer.give($0) }
            for job in try answer.wait("a claim").get().jobs { try run(job, store, seen, left, clock) }
        }
    }

    private static func run(
        _ job: JobRecord, _ store: SQLiteStore, _ seen: borrowing Mutex<Seen>, _ left: borrowing Atomic<Int>,
        _ clock: StandingClock
    ) throws {
        let claim = job.claim ?? ""
        seen.withLock { seen in
            if let other = seen.running[job.id] { seen.problems.append("job \(job.id) runs twice: \(other), \(claim)") }
            seen.running[job.id] = claim
        }
        _ = try apply(.progress(id: job.id, claim: claim, done: 1, total: 2, message: nil), store)
        seen.withLock { $0.running[job.id] = nil }
        let fault = JobFault("broken")
        let transition: JobTransition =
            switch (job.id + Int64(job.attempt)) % 5 {
            case 0: .fail(id: job.id, claim: claim, error: fault, reason: nil)
            case 1 where job.attempt < 3: .retry(id: job.id, claim: claim, error: fault, runAt: clock.now())
            // The serial in the claim differs each time, so that a job is not given back for ever.
            case 2 where claim.utf8.last == UInt8(ascii: "2"): .release(id: job.id, claim: claim, reason: "again")
            default: .complete(id: job.id, claim: claim, result: .integer(job.id))
            }
        var outcome = try apply(transition, store)
        if !outcome.isApplied {
            outcome = try apply(.cancelled(id: job.id, claim: claim, reason: "it ended"), store)
            if !outcome.isApplied { seen.withLock { $0.problems.append("job \(job.id) was lost: \(transition)") } }
        }
        if outcome.isApplied, outcome.job?.status.isTerminal == true { note(job.id, seen, left) }
    }
}
