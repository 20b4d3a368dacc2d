import Model
import Testing

@testable import SQLiteStore

@Suite("what every store remembers of jobs for those who launched them")
struct JobMonitorConformance {
    private func finish(_ bench: JobBench) throws -> JobOutcome {
        let (job, claim) = try bench.claimOne()
        return try bench.apply(.complete(id: job.id, claim: claim, result: .integer(job.id)))
    }

    @Test("a monitored end is owed once, to each who monitors, until it was delivered", arguments: StoreKind.allCases)
    func delivers(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let id = try bench.add(JobRequest(type: "a", daemon: "d", isMonitored: true))
            try bench.monitor(id, "e")
            try bench.monitor(id, "e")
            #expect(try bench.store.monitored(by: "d") == [id])
            #expect(try bench.store.undelivered(to: "d", limit: 9).isEmpty)
            try bench.store.write(.monitorDelivered(job: id, daemon: "d"))
            #expect(try finish(bench).listeners == ["d", "e"])
            for daemon in ["d", "e"] {
                #expect(try bench.store.undelivered(to: daemon, limit: 9) == [try bench.job(id)])
                try bench.store.write(.monitorDelivered(job: id, daemon: daemon))
                #expect(try bench.store.undelivered(to: daemon, limit: 9).isEmpty)
                #expect(try bench.store.monitored(by: daemon).isEmpty)
            }
            try bench.monitor(id, "d")
            #expect(try bench.store.undelivered(to: "d", limit: 9).isEmpty)
        }
    }

    @Test("who begins to monitor after the end hears of it, too", arguments: StoreKind.allCases)
    func late(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let id = try bench.add("a")
            #expect(try finish(bench).listeners == [])
            try bench.monitor(id, "d")
            #expect(try bench.store.undelivered(to: "d", limit: 9).map(\.id) == [id])
            try refusal(.notFound) { try bench.monitor(id + 1, "d") }
        }
    }

    @Test("a delivery is kept or undone with the state that goes with it", arguments: StoreKind.allCases)
    func atomic(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let id = try bench.add(JobRequest(type: "a", daemon: "d", isMonitored: true))
            _ = try finish(bench)
            try refusal {
                try bench.store.write(.monitorDelivered(job: id, daemon: "d"), .bootStarted(boot), .bootStarted(boot))
            }
            #expect(try bench.store.undelivered(to: "d", limit: 9).map(\.id) == [id])
            try bench.store.inSession(
                .monitorDelivered(job: id, daemon: "d"), .saveState(daemon: "d", state: ["seen": 1], version: 1)
            ) { _ in }
            #expect(try bench.store.undelivered(to: "d", limit: 9).isEmpty)
            #expect(try bench.store.state(of: "d")?.state == ["seen": 1])
        }
    }

    private let boot = HostWrite.Boot(id: "b", pid: 1, version: "1", startedAt: WallTime(milliseconds: 0))

    @Test("ends are told in their order, some at a time", arguments: StoreKind.allCases)
    func order(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            var ids: [Int64] = []
            for priority in [1, 3, 2] {
                ids.append(
                    try bench.add(JobRequest(type: "a", priority: priority, daemon: "d", isMonitored: true)))
            }
            for _ in 0..<3 {
                _ = try finish(bench)
                bench.clock.move(.milliseconds(1))
            }
            #expect(try bench.store.undelivered(to: "d", limit: 2).map(\.id) == [ids[1], ids[2]])
        }
    }

    @Test("a job retried by hand has a new end to hear of", arguments: StoreKind.allCases)
    func retried(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let id = try bench.add(JobRequest(type: "a", daemon: "d", isMonitored: true))
            _ = try bench.apply(.cancel(id: id, reason: "by hand"))
            try bench.store.write(.monitorDelivered(job: id, daemon: "d"))
            _ = try bench.apply(.retryByHand(id: id))
            #expect(try bench.store.undelivered(to: "d", limit: 9).isEmpty)
            _ = try finish(bench)
            #expect(try bench.store.undelivered(to: "d", limit: 9).map(\.status) == [.completed])
            #expect(try bench.history(id) == ["LAUNCHED", "CANCELLED", "FINISHED"])
        }
    }

    @Test("nothing is owed to a daemon that was removed", arguments: StoreKind.allCases)
    func removed(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            _ = try bench.add(JobRequest(type: "a", daemon: "d", isMonitored: true))
            try bench.store.write(.removeDaemon(name: "d"))
            #expect(try finish(bench).listeners == [])
        }
    }

    // MARK: - History and output

    @Test("history tells who launched what and how it ended, by daemon and by job", arguments: StoreKind.allCases)
    func history(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let first = try bench.add(JobRequest(type: "a", daemon: "d"))
            let second = try bench.add(JobRequest(type: "b"))
            let child = try bench.add(JobRequest(type: "c", parent: second, daemon: "d"))
            _ = try bench.apply(.cancel(id: first, reason: "no longer needed"))
            let all = try bench.store.history(of: nil, job: nil, limit: 9)
            #expect(all.map(\.job) == [first, child, second, first])
            #expect(all.map(\.reason) == ["no longer needed", "by job \(second)", "by hand", "by the daemon"])
            #expect(try bench.store.history(of: "d", job: nil, limit: 2).map(\.type) == ["a", "c"])
            #expect(
                try bench.store.history(of: "d", job: first, limit: 1) == [
                    JobHistory(
                        at: bench.now, daemon: "d", job: first, type: "a", action: .cancelled,
                        reason: "no longer needed")
                ])
        }
    }

    @Test("output is replaced by what is written later, and a job that is gone has none", arguments: StoreKind.allCases)
    func output(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let id = try bench.add("a")
            #expect(try bench.store.output(of: id).out == [])
            try bench.store.write(.jobOutput(job: id, out: [0, 255, 10], err: []))
            try bench.store.write(.jobOutput(job: id, out: [0, 255, 10, 65], err: [66]))
            #expect(try bench.store.output(of: id).out == [0, 255, 10, 65])
            #expect(try bench.store.output(of: id).err == [66])
            try bench.store.write(.jobOutput(job: id + 1, out: [1], err: []))
            #expect(try bench.store.output(of: id + 1).out == [])
        }
    }

    // MARK: - Retention

    @Test("finished jobs go by their status's age, with all but their history", arguments: StoreKind.allCases)
    func prunes(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let done = try bench.add(JobRequest(type: "a", tags: ["t"]))
            _ = try finish(bench)
            let failed = try bench.add("b")
            let claim = try bench.claimOne().claim
            _ = try bench.apply(.fail(id: failed, claim: claim, error: JobFault("broken"), reason: nil))
            try bench.store.write(.jobOutput(job: failed, out: [1], err: []))
            let pending = try bench.add("c")
            bench.clock.move(.seconds(86_400))
            #expect(try bench.prune() == 0)
            bench.clock.move(.milliseconds(1))
            #expect(try bench.prune() == 1)
            #expect(try bench.store.job(done) == nil)
            #expect(try bench.history(done) == ["LAUNCHED", "FINISHED"])
            #expect(try bench.store.jobs(JobQuery(tag: "t")).isEmpty)
            bench.clock.move(.seconds(30 * 86_400))
            #expect(try bench.prune() == 1)
            #expect(try bench.store.faults(of: failed).isEmpty)
            #expect(try bench.store.output(of: failed).out == [])
            #expect(try bench.status(pending) == .pending)
            #expect(try bench.add("d") > pending)
        }
    }

    @Test("a job whose end was not heard, or with unfinished children, is kept longer", arguments: StoreKind.allCases)
    func keeps(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let unheard = try bench.add(JobRequest(type: "a", daemon: "d", isMonitored: true))
            _ = try finish(bench)
            let parent = try bench.add("p")
            let claim = try bench.claimOne().claim
            _ = try bench.add(JobRequest(type: "c", parent: parent))
            _ = try bench.apply(.complete(id: parent, claim: claim, result: .null))
            bench.clock.move(.seconds(2 * 86_400))
            #expect(try bench.prune() == 0)
            bench.clock.move(.seconds(29 * 86_400))
            #expect(try bench.prune() == 1)
            #expect(try bench.store.job(unheard) == nil)
            _ = try finish(bench)
            #expect(try bench.prune() == 1)
        }
    }

    @Test("a call deletes a bounded number, and calls until none is left delete all", arguments: StoreKind.allCases)
    func bounded(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let requests = Array(repeating: JobRequest(type: "a"), count: 1_200)
            let ids = try bench.wait("a launch") { bench.store.launch(requests, done: $0) }.map(\.id)
            for id in ids { bench.store.apply(.cancel(id: id, reason: "by hand")) { _ in } }
            // Queued after them, it is answered after them.
            _ = try bench.apply(.cancel(id: 0, reason: "by hand"))
            bench.clock.move(.seconds(2 * 86_400))
            #expect(try [bench.prune(), bench.prune(), bench.prune()] == [1_000, 200, 0])
        }
    }

    @Test("the history is bounded by age with the logs", arguments: StoreKind.allCases)
    func historyBounds(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            _ = try bench.add("a")
            bench.clock.move(.seconds(10))
            let id = try bench.add("b")
            _ = try bench.wait("the pruning") { done in
                bench.store.pruneLogs(keepRows: 100, olderThan: bench.now, done: done)
            }
            #expect(try bench.store.history(of: nil, job: nil, limit: 9).map(\.job) == [id])
        }
    }
}
