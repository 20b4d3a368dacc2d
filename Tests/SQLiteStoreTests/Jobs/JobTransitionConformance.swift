import Model
import Testing

@testable import SQLiteStore

@Suite("what every store's queue does with a transition")
struct JobTransitionConformance {
    private static let fault = JobFault("broken", traceback: "in run")

    /// A new job in that status, and the claim that it has or had.
    private func make(_ status: JobStatus, _ bench: JobBench) throws -> (id: Int64, claim: String) {
        let id = try bench.add(JobRequest(type: "a", daemon: "d"))
        if status == .pending { return (id, "boot:none") }
        let claim = try bench.claimOne().claim
        let transition: JobTransition? =
            switch status {
            case .pending, .running: nil
            case .cancelling: .cancel(id: id, reason: "by hand")
            case .completed: .complete(id: id, claim: claim, result: 5)
            case .failed: .fail(id: id, claim: claim, error: Self.fault, reason: nil)
            case .cancelled: .cancelled(id: id, claim: claim, reason: "it ended")
            }
        if let transition { #expect(try bench.apply(transition).isApplied) }
        return (id, claim)
    }

    private func transitions(_ id: Int64, _ claim: String, _ now: WallTime) -> [JobTransition] {
        [
            .complete(id: id, claim: claim, result: 1),
            .fail(id: id, claim: claim, error: Self.fault, reason: "no attempt is left"),
            .retry(id: id, claim: claim, error: Self.fault, runAt: now + .seconds(5)),
            .release(id: id, claim: claim, reason: "the host stops"),
            .park(id: id, claim: claim, checkpoint: ["at": 1]), .cancel(id: id, reason: "by hand"),
            .cancelled(id: id, claim: claim, reason: "it ended"), .retryByHand(id: id),
            .progress(id: id, claim: claim, done: 1, total: 2, message: "half"),
            .checkpoint(id: id, claim: claim, data: ["at": 2]), .process(id: id, claim: claim, pid: 4_242),
        ]
    }

    @Test(
        "every transition from every status does what the machine says, and a refused one nothing",
        arguments: StoreKind.allCases, JobStatus.allCases)
    func table(_ kind: StoreKind, _ status: JobStatus) throws {
        try JobBench.with(kind) { bench in
            for place in transitions(0, "", bench.now).indices {
                for isStale in [false, true] {
                    let (id, claim) = try make(status, bench)
                    let transition = transitions(id, isStale ? "boot:stale" : claim, bench.now)[place]
                    let before = try bench.job(id)
                    let history = try bench.history(id)
                    let faults = try bench.store.faults(of: id).count
                    let expected = JobMachine.after(
                        transition, before, hasUnfinishedChildren: false, now: bench.now)
                    let outcome = try bench.apply(transition)
                    #expect(outcome.isApplied == (expected != nil), "\(transition) from \(status)")
                    #expect(outcome.job == expected ?? before, "\(transition) from \(status)")
                    #expect(try bench.job(id) == expected ?? before, "\(transition) from \(status)")
                    let ended = expected.map { $0.status.isTerminal } ?? false
                    #expect(try bench.history(id).count == history.count + (ended ? 1 : 0), "\(transition)")
                    let newFaults = expected != nil && transition.fault != nil ? 1 : 0
                    #expect(try bench.store.faults(of: id).count == faults + newFaults, "\(transition)")
                    _ = try bench.apply(.cancel(id: id, reason: "by hand"))
                }
            }
        }
    }

    @Test("a transition of a job that does not exist is not applied", arguments: StoreKind.allCases)
    func missing(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            for transition in transitions(99, "boot:1", bench.now) {
                let outcome = try bench.apply(transition)
                #expect(outcome == JobOutcome(isApplied: false, job: nil))
            }
        }
    }

    @Test("a failed attempt is tried again at its time, and every error is kept", arguments: StoreKind.allCases)
    func retries(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let id = try bench.add(JobRequest(type: "a", daemon: "d"))
            for attempt in 1...2 {
                let (job, claim) = try bench.claimOne()
                #expect(job.attempt == attempt)
                let fault = JobFault("error \(attempt)", traceback: "trace \(attempt)")
                _ = try bench.apply(.retry(id: id, claim: claim, error: fault, runAt: bench.now + .seconds(5)))
                #expect(try bench.claim().isEmpty)
                bench.clock.move(.seconds(5))
            }
            let (_, claim) = try bench.claimOne()
            _ = try bench.apply(.fail(id: id, claim: claim, error: JobFault("error 3"), reason: "no attempt is left"))
            let faults = try bench.store.faults(of: id)
            #expect(faults.map(\.attempt) == [1, 2, 3])
            #expect(faults.map(\.fault.message) == ["error 1", "error 2", "error 3"])
            #expect(faults.map(\.fault.traceback) == ["trace 1", "trace 2", nil])
            let job = try bench.job(id)
            #expect(job.status == .failed && job.error == "error 3" && job.reason == "no attempt is left")
            let history = try bench.store.history(of: "d", job: id, limit: 10)
            #expect(history.map(\.action) == [.failed, .launched])
            #expect(history.map(\.reason) == ["no attempt is left: error 3", "by the daemon"])
        }
    }

    @Test("an interruption by the host costs no attempt and keeps the checkpoint", arguments: StoreKind.allCases)
    func releases(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let id = try bench.add("a")
            for _ in 1...3 {
                let (job, claim) = try bench.claimOne()
                #expect(job.attempt == 1)
                _ = try bench.apply(.checkpoint(id: id, claim: claim, data: ["at": 7]))
                _ = try bench.apply(.release(id: id, claim: claim, reason: "the host stops"))
            }
            let job = try bench.claimOne().job
            #expect(job.checkpoint == ["at": 7])
            #expect(try bench.history(id) == ["LAUNCHED"])
        }
    }

    @Test("a cancelled pending job never runs, and a finished one is not cancelled", arguments: StoreKind.allCases)
    func cancels(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let id = try bench.add(JobRequest(type: "a", daemon: "d"))
            let outcome = try bench.apply(.cancel(id: id, reason: "by hand"))
            #expect(outcome.isApplied && outcome.job?.status == .cancelled && outcome.job?.reason == "by hand")
            #expect(try bench.claim().isEmpty)
            #expect(try !bench.apply(.cancel(id: id, reason: "again")).isApplied)
            #expect(try bench.job(id).reason == "by hand")
            #expect(try bench.history(id) == ["LAUNCHED", "CANCELLED"])
        }
    }

    // MARK: - Orphans

    @Test("what another boot left running is taken over by the rules, once", arguments: StoreKind.allCases)
    func rescues(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let running = try make(.running, bench)
            let cancelling = try make(.cancelling, bench)
            _ = try make(.completed, bench)
            let pending = try make(.pending, bench).id
            let mine = try bench.claim(1, boot: "next")
            #expect(mine.map(\.id) == [pending])
            let before = try [running.id, cancelling.id].map { try bench.job($0) }
            #expect(try bench.rescue() == before)
            #expect(try bench.status(running.id) == .pending)
            #expect(try bench.status(cancelling.id) == .cancelled)
            #expect(try bench.job(running.id).attempt == 0)
            #expect(try bench.status(pending) == .running)
            #expect(try bench.history(cancelling.id) == ["LAUNCHED", "CANCELLED"])
            #expect(try bench.rescue().isEmpty)
            for transition in transitions(running.id, running.claim, bench.now) where transition.claim != nil {
                #expect(try !bench.apply(transition).isApplied)
            }
        }
    }

    @Test("a boot whose name begins like another's is another", arguments: StoreKind.allCases)
    func bootNames(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let id = try bench.add("a")
            _ = try bench.claim(1, boot: "boot1")
            #expect(try bench.rescue(boot: "boot").map(\.id) == [id])
        }
    }

    @Test(
        "a job killed three times without an outcome has failed, with the reason poison", arguments: StoreKind.allCases)
    func poison(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let id = try bench.add(JobRequest(type: "a", daemon: "d", isMonitored: true))
            for boot in 1...3 {
                #expect(try bench.claim(1, boot: "boot \(boot)").map(\.attempt) == [1])
                _ = try bench.rescue(boot: "boot \(boot + 1)")
            }
            let job = try bench.job(id)
            #expect(job.status == .failed && job.reason == "poison" && job.kills == 3)
            #expect(try bench.store.faults(of: id).count == 1)
            #expect(try bench.history(id) == ["LAUNCHED", "FAILED"])
            #expect(try bench.store.undelivered(to: "d", limit: 9).map(\.id) == [id])
            #expect(try bench.apply(.retryByHand(id: id)).job?.kills == 0)
            #expect(try bench.claim().map(\.id) == [id])
        }
    }
}
