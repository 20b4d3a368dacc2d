import Model
import Testing

@testable import SQLiteStore

@Suite("what every store's queue does with a launch and a claim")
struct JobConformance {
    @Test("a launched job is read back field by field", arguments: StoreKind.allCases)
    func reads(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let parent = try bench.add("folder")
            let id = try bench.add(
                JobRequest(
                    type: "sha256", args: ["path": "/a", "raw": .bytes([0xff]), "n": 5.0], priority: 3,
                    runAt: bench.now + .seconds(60), maxAttempts: 7, uniqueKey: "/a", tags: ["b", "a"], parent: parent,
                    daemon: "inbox", generation: 4, schedule: "nightly"))
            let job = try bench.job(id)
            var expected = JobRecord(
                id: id, type: "sha256", args: ["path": "/a", "raw": .bytes([0xff]), "n": 5.0], createdAt: bench.now)
            expected.priority = 3
            expected.runAt = bench.now + .seconds(60)
            expected.maxAttempts = 7
            expected.uniqueKey = "/a"
            expected.tags = ["b", "a"]
            expected.parent = parent
            expected.daemon = "inbox"
            expected.generation = 4
            expected.schedule = "nightly"
            #expect(job == expected)
            #expect(try bench.store.job(id + 1) == nil)
        }
    }

    @Test("of a launch of several all are durable or none", arguments: StoreKind.allCases)
    func allOrNone(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            #expect(try bench.launch(JobRequest(type: "a"), JobRequest(type: "b")).map(\.isNew) == [true, true])
            try refusal(.invalidArgument) {
                try bench.launch(JobRequest(type: "c"), JobRequest(type: "d", priority: 5_000))
            }
            #expect(try bench.store.countJobs() == [.pending: 2])
            #expect(try bench.store.history(of: nil, job: nil, limit: 10).map(\.type) == ["b", "a"])
        }
    }

    @Test("arguments that are too large are refused, and nothing is left of them", arguments: StoreKind.allCases)
    func tooLarge(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let text = Value.string(String(repeating: "x", count: JobLimits.valueBytes))
            let error = try refusal(.limitExceeded) { try bench.add(JobRequest(type: "a", args: ["t": text])) }
            #expect(error.message.contains("the arguments of 'a'"))
            let id = try bench.add("b")
            let claim = try bench.claimOne().claim
            try refusal(.limitExceeded) { try bench.apply(.complete(id: id, claim: claim, result: text)) }
            #expect(try bench.status(id) == .running)
            #expect(try bench.apply(.complete(id: id, claim: claim, result: "small")).isApplied)
        }
    }

    @Test("jobs are claimed by priority, then by time, then by age, across types", arguments: StoreKind.allCases)
    func order(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let low = try bench.add(JobRequest(type: "a", priority: -1))
            let first = try bench.add(JobRequest(type: "b"))
            let second = try bench.add(JobRequest(type: "a"))
            let future = try bench.add(JobRequest(type: "a", priority: 9, runAt: bench.now + .seconds(5)))
            bench.clock.move(.milliseconds(1))
            let later = try bench.add(JobRequest(type: "a"))
            let high = try bench.add(JobRequest(type: "c", priority: 1))
            #expect(try bench.claim(4).map(\.id) == [high, first, second, later])
            bench.clock.move(.seconds(5))
            #expect(try bench.claim().map(\.id) == [future, low])
            #expect(try bench.claim().isEmpty)
        }
    }

    @Test("many of one type are claimed in order, a few at a time", arguments: StoreKind.allCases)
    func many(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let requests = (0..<300).map { JobRequest(type: "t\($0 % 2)", priority: $0 % 3) }
            let ids = try bench.wait("a launch") { bench.store.launch(requests, done: $0) }.map(\.id)
            let expected = [2, 1, 0].flatMap { priority in
                ids.enumerated().filter { $0.offset % 3 == priority }.map(\.element)
            }
            var claimed: [JobRecord] = []
            while case let some = try bench.claim(37), !some.isEmpty { claimed += some }
            #expect(claimed.map(\.id) == expected)
            #expect(Set(claimed.compactMap(\.claim)).count == 300)
            #expect(claimed.allSatisfy { $0.claim?.hasPrefix("boot:") == true && $0.attempt == 1 })
            #expect(try bench.job(expected[0]) == claimed[0])
        }
    }

    @Test("the gate's limits and conflicts hold among those that one claim takes", arguments: StoreKind.allCases)
    func gate(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let rules: [String: JobGate.Rule] = [
                "two": .init(concurrency: 2), "scan": .init(conflictsWith: ["generate"]),
            ]
            for _ in 0..<5 { _ = try bench.add("two") }
            let scan = try bench.add("scan")
            let generate = try bench.add("generate")
            let free = try bench.add("free")
            var gate = JobGate(rules: rules)
            let claimed = try bench.claim(gate: gate)
            #expect(claimed.map(\.type) == ["two", "two", "scan", "free"])
            for job in claimed { gate.start(job.type) }
            #expect(try bench.claim(gate: gate).isEmpty)
            gate.end("scan")
            #expect(try bench.claim(gate: gate).map(\.id) == [generate])
            #expect(try bench.status(scan) == .running)
            #expect(try bench.status(free) == .running)
        }
    }

    @Test("when the next job is due is known, blocked types left out", arguments: StoreKind.allCases)
    func due(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            #expect(try bench.nextDue() == nil)
            _ = try bench.add("a", runIn: .seconds(60))
            _ = try bench.add("b", runIn: .seconds(30))
            _ = try bench.add("b", runIn: .seconds(90))
            let now = bench.now
            #expect(try bench.nextDue() == now + .seconds(30))
            #expect(try bench.nextDue(blocked: ["b"]) == now + .seconds(60))
            #expect(try bench.nextDue(blocked: ["a", "b"]) == nil)
            // One that waits for a worker alone has no time to come.
            let ready = try bench.add("c")
            #expect(try bench.nextDue() == now + .seconds(30))
            #expect(try bench.claim().map(\.id) == [ready])
            #expect(try bench.nextDue() == now + .seconds(30))
        }
    }

    @Test(
        "a claim rides in a launch's own transaction, with the room that there is then", arguments: StoreKind.allCases)
    func launchAndClaim(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let older = try bench.add("a")
            let commits = (bench.store as? SQLiteStore)?.statistics.commits ?? 0
            let made = try bench.wait("a launch") { done in
                bench.store.launch([JobRequest(type: "b"), JobRequest(type: "c")], then: claimant(2), done: done)
            }
            #expect((bench.store as? SQLiteStore)?.statistics.commits == commits + 1)
            let claim = try #require(made.claim)
            #expect(claim.jobs.map(\.id) == [older, made.launches[0].id] && claim.limit == 2)
            #expect(claim.jobs.allSatisfy { $0.status == .running && $0.claim?.hasPrefix("boot:") == true })
            for job in claim.jobs { #expect(try bench.job(job.id) == job) }
            #expect(try bench.status(made.launches[1].id) == .pending)
            let none = try bench.wait("a launch") { done in
                bench.store.launch([JobRequest(type: "d")], then: claimant(0), done: done)
            }
            #expect(none.claim?.jobs == [] && none.launches.count == 1)
        }
    }

    @Test("a launch that is refused claims nothing", arguments: StoreKind.allCases)
    func refusedLaunchClaimsNothing(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let waiting = try bench.add("a")
            try refusal(.invalidArgument) {
                try bench.wait("a launch") { done in
                    bench.store.launch([JobRequest(type: "")], then: claimant(5), done: done)
                }
            }
            #expect(try bench.status(waiting) == .pending)
            #expect(try bench.claim().map(\.id) == [waiting])
        }
    }

    private func claimant(_ limit: Int) -> JobClaimant { JobClaimant(boot: "boot") { .init(limit: limit) } }

    @Test("a job is claimed when its time has come, not before", arguments: StoreKind.allCases)
    func time(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let id = try bench.add("a", runIn: .milliseconds(10))
            bench.clock.move(.milliseconds(9))
            #expect(try bench.claim().isEmpty)
            bench.clock.move(.milliseconds(1))
            #expect(try bench.claim().map(\.id) == [id])
        }
    }

    @Test("arguments put in by hand that are no JSON do not hold up the queue")
    func broken() throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "0001_jobs.sql", "INSERT INTO jobs (type, args) VALUES ('a', 'not json'), ('b', '{\"x\":1}');")
        let store = try SQLiteStore.open(
            path: folder["lunad.db"], projectMigrations: folder.path, clock: StandingClock())
        defer { store.close() }
        let answer = Answer<Result<JobClaim, HostError>>()
        store.claim(limit: 9, gate: JobGate(), boot: "boot") { answer.give($0) }
        let jobs = try answer.wait("a claim").get().jobs
        #expect(jobs.map(\.args) == ["not json", ["x": 1]])
    }

    // MARK: - Unique keys

    @Test("an unfinished job with the same unique key stands for a second one", arguments: StoreKind.allCases)
    func uniqueExisting(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let request = JobRequest(type: "a", args: ["n": 1], uniqueKey: "k", daemon: "d", isMonitored: true)
            let id = try bench.add(request)
            var second = request
            second.args = ["n": 2]
            second.daemon = "e"
            #expect(try bench.launch(second) == [JobLaunch(id: id, isNew: false)])
            #expect(try bench.job(id).args == ["n": 1])
            #expect(try bench.store.monitored(by: "e") == [id])
            var other = request
            other.type = "b"
            #expect(try bench.launch(other).map(\.isNew) == [true])
            let claim = try bench.claimOne().claim
            #expect(try bench.launch(request) == [JobLaunch(id: id, isNew: false)])
            _ = try bench.apply(.complete(id: id, claim: claim, result: .null))
            #expect(try bench.launch(request).map(\.isNew) == [true])
        }
    }

    @Test(
        "replace gives a pending job new arguments and time, and leaves a running one alone",
        arguments: StoreKind.allCases)
    func uniqueReplace(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let id = try bench.add(
                JobRequest(type: "a", args: ["n": 1], runAt: bench.now + .seconds(60), uniqueKey: "k"))
            var second = JobRequest(type: "a", args: ["n": 2], priority: 5, uniqueKey: "k", onConflict: .replace)
            #expect(try bench.launch(second) == [JobLaunch(id: id, isNew: false)])
            let job = try bench.claimOne().job
            #expect(job.args == ["n": 2] && job.priority == 5 && job.id == id)
            second.args = ["n": 3]
            #expect(try bench.launch(second) == [JobLaunch(id: id, isNew: false)])
            #expect(try bench.job(id).args == ["n": 2])
            #expect(try bench.history(id) == ["LAUNCHED"])
        }
    }

    @Test("refuse answers conflict while the key is in use", arguments: StoreKind.allCases)
    func uniqueRefuse(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let request = JobRequest(type: "a", uniqueKey: "k", onConflict: .refuse)
            let id = try bench.add(request)
            let error = try refusal(.conflict) { try bench.launch(request) }
            #expect(error.message == "job \(id) of type 'a' has the unique key 'k' and is pending")
            _ = try bench.apply(.cancel(id: id, reason: "by hand"))
            let second = try bench.add(request)
            let refused = try refusal(.conflict) { try bench.apply(.retryByHand(id: id)) }
            #expect(refused.message.contains("job \(second) has its unique key 'k'"))
            #expect(try bench.status(id) == .cancelled)
        }
    }

    // MARK: - Finding

    @Test("jobs are found by each condition and by several, newest first", arguments: StoreKind.allCases)
    func finds(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            var ids: [Int64] = []
            for number in 0..<6 {
                ids.append(
                    try bench.add(
                        JobRequest(
                            type: number < 3 ? "a" : "b", tags: number.isMultiple(of: 2) ? ["even", "even"] : [],
                            daemon: number < 4 ? "d" : nil)))
            }
            let claim = try bench.claimOne().claim
            _ = try bench.apply(.complete(id: ids[0], claim: claim, result: .null))
            _ = try bench.apply(.cancel(id: ids[5], reason: "by hand"))
            func find(_ query: JobQuery) throws -> [Int] {
                try bench.store.jobs(query).map { job in ids.firstIndex(of: job.id) ?? -1 }
            }
            #expect(try find(JobQuery()) == [5, 4, 3, 2, 1, 0])
            #expect(try find(JobQuery(type: "a")) == [2, 1, 0])
            #expect(try find(JobQuery(statuses: [.completed, .cancelled])) == [5, 0])
            #expect(try find(JobQuery(statuses: [.pending], limit: 2)) == [4, 3])
            #expect(try find(JobQuery(type: "b", statuses: [.pending], daemon: "d")) == [3])
            #expect(try find(JobQuery(tag: "even")) == [4, 2, 0])
            #expect(try find(JobQuery(beforeID: ids[2])) == [1, 0])
            #expect(try find(JobQuery(limit: 0)).isEmpty)
            #expect(try bench.store.countJobs() == [.pending: 4, .completed: 1, .cancelled: 1])
        }
    }

    // MARK: - In a session

    @Test("a session's jobs, rows and state are committed together or not at all", arguments: StoreKind.allCases)
    func session(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            try bench.store.inSession { try $0.execute("CREATE TABLE files (id INTEGER PRIMARY KEY, job INTEGER)") }
            let request = JobRequest(type: "a", daemon: "d", isMonitored: true)
            let session = try bench.store.session()
            try session.execute("INSERT INTO files VALUES (77, 0)")
            let gone = try session.launch(request)
            session.rollback()
            #expect(try bench.store.job(gone.id) == nil)
            let launch = try bench.store.inSession { session in
                let file = try session.execute("INSERT INTO files VALUES (42, 0)")
                let launch = try session.launch(request)
                let update = try session.execute("UPDATE files SET job = ?", .integer(launch.id))
                #expect(file.lastInsertID == 42 && update.lastInsertID == 42)
                return launch
            }
            #expect(launch.isNew)
            #expect(try bench.store.rows("SELECT id, job FROM files") == [["id": 42, "job": .integer(launch.id)]])
            #expect(try bench.job(launch.id).status == .pending)
            #expect(try bench.store.monitored(by: "d") == [launch.id])
            try refusal(.conflict) { try session.launch(request) }
        }
    }

    @Test("a refused launch leaves the rest of the session as it was", arguments: StoreKind.allCases)
    func refusedInSession(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            try bench.store.inSession { session in
                let launch = try session.launch(JobRequest(type: "a"))
                try refusal(.notFound) { try session.launch(JobRequest(type: "b", parent: launch.id + 1)) }
                try refusal(.invalidArgument) { try session.launch(JobRequest(type: "")) }
                _ = try session.launch(JobRequest(type: "c", parent: launch.id))
            }
            #expect(try bench.store.jobs(JobQuery()).map(\.type) == ["c", "a"])
        }
    }

    @Test("a script cannot write the queue", arguments: StoreKind.allCases)
    func scripts(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let id = try bench.add("a")
            try bench.store.inSession { session in
                for table in [
                    "jobs", "job_errors", "job_monitors", "job_output", "job_schedules", "daemon_job_history",
                ] {
                    try refusal(.forbidden) { try session.execute("DELETE FROM \(table)") }
                }
                #expect(
                    try session.query("SELECT id, status FROM jobs") == [["id": .integer(id), "status": "pending"]])
            }
        }
    }
}
