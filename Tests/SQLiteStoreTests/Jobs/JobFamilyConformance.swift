import Model
import Testing

@testable import SQLiteStore

@Suite("what every store's queue does with parents and children")
struct JobFamilyConformance {
    private func child(of parent: Int64, _ bench: JobBench) throws -> Int64 {
        try bench.add(JobRequest(type: "child", parent: parent))
    }

    /// A parent that waits for `count` children.
    private func make(_ count: Int, _ bench: JobBench) throws -> (parent: Int64, children: [Int64]) {
        let id = try bench.add("parent")
        let claim = try bench.claimOne().claim
        let children = try (0..<count).map { _ in try child(of: id, bench) }
        let outcome = try bench.apply(.park(id: id, claim: claim, checkpoint: ["children": .integer(Int64(count))]))
        #expect(outcome.isApplied && outcome.job?.isParked == (count > 0))
        return (id, children)
    }

    @Test(
        "a parked parent is claimed again when its last child has ended, however each ended",
        arguments: StoreKind.allCases)
    func resumes(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let (parent, children) = try make(3, bench)
            let claims = Dictionary(uniqueKeysWithValues: try bench.claim().map { ($0.id, $0.claim ?? "") })
            #expect(Set(claims.keys) == Set(children))
            var others: [[JobStatus]] = []
            for (place, id) in children.enumerated() {
                let claim = claims[id] ?? ""
                let transition: JobTransition =
                    switch place {
                    case 0: .complete(id: id, claim: claim, result: 1)
                    case 1: .fail(id: id, claim: claim, error: JobFault("broken"), reason: nil)
                    default: .cancelled(id: id, claim: claim, reason: "it ended")
                    }
                #expect(try bench.claim().isEmpty && bench.nextDue() == nil)
                others.append(try bench.apply(transition).others.map(\.status))
            }
            #expect(others == [[], [], [.pending]])
            let (job, _) = try bench.claimOne()
            #expect(job.id == parent && job.attempt == 1 && job.checkpoint == ["children": 3])
        }
    }

    @Test("a parent without unfinished children goes on at once", arguments: StoreKind.allCases)
    func noChildren(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let parent = try make(0, bench).parent
            #expect(try bench.claim().map(\.id) == [parent])
        }
    }

    @Test("a retried child keeps its parent waiting", arguments: StoreKind.allCases)
    func retriedChild(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let (parent, children) = try make(1, bench)
            var claim = try bench.claimOne().claim
            let outcome = try bench.apply(
                .retry(id: children[0], claim: claim, error: JobFault("broken"), runAt: bench.now))
            #expect(outcome.others.isEmpty)
            claim = try bench.claimOne().claim
            _ = try bench.apply(.complete(id: children[0], claim: claim, result: .null))
            #expect(try bench.claim().map(\.id) == [parent])
        }
    }

    @Test("a child that was poisoned, or cancelled, by a rescue lets its parent go on", arguments: StoreKind.allCases)
    func rescuedChild(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let (parent, children) = try make(2, bench)
            #expect(try bench.claim().count == 2)
            _ = try bench.apply(.cancel(id: children[1], reason: "by hand"))
            _ = try bench.rescue(poisonLimit: 1)
            #expect(try bench.status(children[0]) == .failed)
            #expect(try bench.claim().map(\.id) == [parent])
        }
    }

    @Test(
        "a cancel reaches every unfinished job below, and no parent goes on because of it",
        arguments: StoreKind.allCases)
    func cancelReachesDown(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let root = try bench.add("root")
            let rootClaim = try bench.claimOne().claim
            let middle = try child(of: root, bench)
            let middleClaim = try bench.claimOne().claim
            let done = try child(of: root, bench)
            let doneClaim = try bench.claimOne().claim
            let running = try child(of: middle, bench)
            #expect(try bench.claimOne().job.id == running)
            let pending = try child(of: middle, bench)
            let below = try child(of: done, bench)
            _ = try bench.apply(.complete(id: done, claim: doneClaim, result: .null))
            _ = try bench.apply(.park(id: middle, claim: middleClaim, checkpoint: nil))
            _ = try bench.apply(.park(id: root, claim: rootClaim, checkpoint: nil))
            let stranger = try bench.add("stranger")

            let outcome = try bench.apply(.cancel(id: root, reason: "by hand"))
            #expect(outcome.job?.status == .cancelled)
            #expect(outcome.others.map(\.id) == [middle, running, pending, below])
            #expect(outcome.others.map(\.status) == [.cancelled, .cancelling, .cancelled, .cancelled])
            #expect(try bench.status(done) == .completed)
            #expect(try bench.claim().map(\.id) == [stranger])
            #expect(try bench.history(pending) == ["LAUNCHED", "CANCELLED"])
        }
    }

    @Test("a job that is being cancelled, or has ended, launches nothing more", arguments: StoreKind.allCases)
    func lateLaunch(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let id = try bench.add("a")
            let claim = try bench.claimOne().claim
            _ = try bench.apply(.cancel(id: id, reason: "by hand"))
            try refusal(.cancelled) { try child(of: id, bench) }
            _ = try bench.apply(.cancelled(id: id, claim: claim, reason: "it ended"))
            try refusal(.cancelled) { try child(of: id, bench) }
            try refusal(.notFound) { try child(of: 99, bench) }
        }
    }

    @Test("a parent that says nothing is as far as its children are together", arguments: StoreKind.allCases)
    func progress(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let (parent, children) = try make(4, bench)
            let claims = try bench.claim().map { ($0.id, $0.claim ?? "") }
            #expect(try bench.job(parent).progress == 0)
            _ = try bench.apply(.complete(id: claims[0].0, claim: claims[0].1, result: .null))
            _ = try bench.apply(
                .progress(id: claims[1].0, claim: claims[1].1, done: 1, total: 2, message: nil))
            #expect(try bench.job(parent).progress == 0.375)
            let grandchild = try child(of: children[2], bench)
            let claim = try bench.claimOne().claim
            _ = try bench.apply(.progress(id: grandchild, claim: claim, done: 1, total: 2, message: nil))
            #expect(try bench.store.jobs(JobQuery(type: "parent")).map(\.progress) == [0.5])
            #expect(try bench.store.jobs(JobQuery(parent: parent)).count == 4)
        }
    }

    @Test("what a parent says of its own progress stands", arguments: StoreKind.allCases)
    func ownProgress(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let id = try bench.add("a")
            let claim = try bench.claimOne().claim
            _ = try child(of: id, bench)
            _ = try bench.apply(.progress(id: id, claim: claim, done: 9, total: 10, message: "nearly"))
            #expect(try bench.job(id).progress == 0.9)
            #expect(try bench.job(id).message == "nearly")
        }
    }
}
