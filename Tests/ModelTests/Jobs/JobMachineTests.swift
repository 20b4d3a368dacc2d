import Model
import Testing

@Suite("The arrows between a job's statuses")
struct JobMachineTests {
    private static let now = WallTime(milliseconds: 1_795_560_000_000)
    private static let later = now + .seconds(30)

    private static func make(_ status: JobStatus, isParked: Bool = false) -> JobRecord {
        var job = JobRecord(id: 7, type: "sha256", args: ["path": "/a"], createdAt: now)
        job.status = status
        job.isParked = isParked
        job.attempt = 2
        job.kills = 1
        job.reason = "an earlier reason"
        job.error = "an earlier error"
        job.checkpoint = ["at": 5]
        if status == .running || status == .cancelling {
            job.claim = "boot:1"
            job.pid = 99
        }
        if status.isTerminal { job.finishedAt = now }
        return job
    }

    private static func transitions(_ claim: String) -> [(name: String, transition: JobTransition)] {
        let fault = JobFault("broken", traceback: "here")
        return [
            ("complete", .complete(id: 7, claim: claim, result: [1])),
            ("fail", .fail(id: 7, claim: claim, error: fault, reason: "no attempt is left")),
            ("retry", .retry(id: 7, claim: claim, error: fault, runAt: later)),
            ("release", .release(id: 7, claim: claim, reason: "the host stops")),
            ("park", .park(id: 7, claim: claim, checkpoint: ["at": 6])),
            ("cancel", .cancel(id: 7, reason: "by hand")),
            ("cancelled", .cancelled(id: 7, claim: claim, reason: "it ended")),
            ("retryByHand", .retryByHand(id: 7)),
            ("progress", .progress(id: 7, claim: claim, done: 1, total: 2, message: "half")),
            ("checkpoint", .checkpoint(id: 7, claim: claim, data: ["at": 9])),
            ("process", .process(id: 7, claim: claim, pid: 123)),
        ]
    }

    /// Where each transition leads; what is not here is refused.
    private static let arrows: [JobStatus: [String: JobStatus]] = [
        .pending: ["cancel": .cancelled],
        .running: [
            "complete": .completed, "fail": .failed, "retry": .pending, "release": .pending, "park": .pending,
            "cancel": .cancelling, "cancelled": .cancelled, "progress": .running, "checkpoint": .running,
            "process": .running,
        ],
        .cancelling: [
            "release": .cancelled, "cancelled": .cancelled, "progress": .cancelling, "checkpoint": .cancelling,
            "process": .cancelling,
        ],
        .completed: [:],
        .failed: ["retryByHand": .pending],
        .cancelled: ["retryByHand": .pending],
    ]

    @Test("every transition from every status leads where the table says, or nowhere", arguments: JobStatus.allCases)
    func table(_ status: JobStatus) {
        for isParked in status == .pending ? [false, true] : [false] {
            for (name, transition) in Self.transitions("boot:1") {
                let next = JobMachine.after(
                    transition, Self.make(status, isParked: isParked), hasUnfinishedChildren: true, now: Self.later)
                #expect(next?.status == Self.arrows[status]?[name], "\(name) from \(status)")
                guard let next else { continue }
                #expect((next.claim != nil) == [.running, .cancelling].contains(next.status), "\(name)")
                #expect((next.pid != nil) == (next.claim != nil), "\(name)")
                #expect((next.finishedAt != nil) == next.status.isTerminal, "\(name)")
                #expect(next.isParked == (name == "park"), "\(name)")
            }
        }
    }

    @Test("a run that does not hold the claim changes nothing", arguments: JobStatus.allCases)
    func staleClaim(_ status: JobStatus) {
        for (name, transition) in Self.transitions("boot:2") where transition.claim != nil {
            let next = JobMachine.after(
                transition, Self.make(status), hasUnfinishedChildren: false, now: Self.later)
            #expect(next == nil, "\(name) from \(status)")
        }
    }

    private func after(_ name: String, _ status: JobStatus = .running, children: Bool = false) throws -> JobRecord {
        let transition = try #require(Self.transitions("boot:1").first { $0.name == name }).transition
        return try #require(
            JobMachine.after(transition, Self.make(status), hasUnfinishedChildren: children, now: Self.later))
    }

    @Test("a completed job has its result and no error")
    func completes() throws {
        let job = try after("complete")
        #expect(job.result == [1] && job.error == nil && job.checkpoint == nil && job.reason == nil)
        #expect(job.finishedAt == Self.later && job.attempt == 2)
    }

    @Test("a failed job keeps error, reason and checkpoint")
    func fails() throws {
        let job = try after("fail")
        #expect(job.error == "broken" && job.reason == "no attempt is left" && job.checkpoint == ["at": 5])
    }

    @Test("a retry counts its attempt and comes later; an interruption by the host does not count")
    func retriesAndReleases() throws {
        let retried = try after("retry")
        #expect(retried.attempt == 2 && retried.runAt == Self.later && retried.error == "broken")
        let released = try after("release")
        #expect(released.attempt == 1 && released.runAt == Self.now && released.reason == "the host stops")
        #expect(released.checkpoint == ["at": 5])
    }

    @Test("a job waits for its children only while it has some that are unfinished")
    func parks() throws {
        let parked = try after("park", children: true)
        #expect(parked.isParked && parked.attempt == 1 && parked.checkpoint == ["at": 6])
        #expect(JobMachine.claimed(parked, claim: "boot:9", now: Self.later) == nil)
        let resumed = try #require(JobMachine.resumed(parked))
        #expect(JobMachine.claimed(resumed, claim: "boot:9", now: Self.later)?.attempt == 2)
        #expect(JobMachine.resumed(resumed) == nil)
        #expect(try !after("park", children: false).isParked)
    }

    @Test("the reason of a cancel is the one that was given first")
    func cancelReason() throws {
        #expect(try after("cancel").reason == "by hand")
        #expect(try after("cancelled", .cancelling).reason == "an earlier reason")
        #expect(try after("release", .cancelling).reason == "an earlier reason")
    }

    @Test("a job retried by hand begins again with all its attempts and its checkpoint")
    func retryByHand() throws {
        let job = try after("retryByHand", .failed)
        #expect(job.attempt == 0 && job.kills == 0 && job.runAt == Self.later && job.reason == nil)
        #expect(job.startedAt == nil && job.checkpoint == ["at": 5] && job.result == nil)
    }

    @Test("progress that leaves something out keeps what was said before")
    func progress() throws {
        var job = Self.make(.running)
        (job.done, job.total, job.message) = (1, 4, "begun")
        let next = try #require(
            JobMachine.after(
                .progress(id: 7, claim: "boot:1", done: 3, total: nil, message: nil), job,
                hasUnfinishedChildren: false, now: Self.now))
        #expect(next.progress == 0.75 && next.message == "begun")
    }

    @Test("only a pending job that is not parked is claimed, and starts without an old run's words")
    func claims() throws {
        for status in JobStatus.allCases where status != .pending {
            #expect(JobMachine.claimed(Self.make(status), claim: "boot:9", now: Self.now) == nil)
        }
        var waiting = Self.make(.pending)
        (waiting.done, waiting.total, waiting.message) = (1, 4, "old")
        let job = try #require(JobMachine.claimed(waiting, claim: "boot:9", now: Self.later))
        #expect(job.status == .running && job.attempt == 3 && job.claim == "boot:9" && job.startedAt == Self.later)
        #expect(job.progress == nil && job.message == nil && job.reason == nil && job.checkpoint == ["at": 5])
    }

    @Test("a killed run costs no attempt, until it was killed too often", arguments: JobStatus.allCases)
    func rescues(_ status: JobStatus) {
        let rescued = JobMachine.rescued(Self.make(status), poisonLimit: 3, now: Self.later)
        let poisoned = JobMachine.rescued(Self.make(status), poisonLimit: 2, now: Self.later)
        switch status {
        case .running:
            #expect(rescued?.status == .pending && rescued?.attempt == 1 && rescued?.kills == 2)
            #expect(rescued?.claim == nil && rescued?.pid == nil)
            #expect(poisoned?.status == .failed && poisoned?.reason == "poison" && poisoned?.finishedAt == Self.later)
        case .cancelling:
            #expect(rescued?.status == .cancelled && rescued?.reason == "an earlier reason")
            #expect(poisoned == rescued)
        default: #expect(rescued == nil && poisoned == nil)
        }
    }
}

@Suite("The delay before a job's next attempt")
struct JobRetryTests {
    private func seconds(_ attempt: Int, base: Double = 15, max: Double = 3_600, jitter: Double = 0) -> Double {
        JobRetry.delay(attempt: attempt, base: .seconds(base), max: .seconds(max), jitter: jitter).inSeconds
    }

    @Test(
        "it grows by doubling seconds on the base, up to the cap",
        arguments: [
            (1, 17.0), (2, 19), (3, 23), (10, 1_039), (11, 2_063), (12, 3_600), (1_000_000, 3_600), (0, 16), (-5, 16),
        ])
    func grows(_ attempt: Int, _ expected: Double) { #expect(seconds(attempt) == expected) }

    @Test("jitter adds up to a tenth, also at the cap")
    func jitters() {
        #expect(seconds(1, jitter: 1) == 18.7)
        #expect(seconds(1, jitter: 0.5) == 17.85)
        #expect(seconds(100, jitter: 1) == 3_960)
        #expect(seconds(1, jitter: .nan) == 17 && seconds(1, jitter: -3) == 17 && seconds(1, jitter: 9) == 18.7)
    }

    @Test("extreme numbers saturate")
    func saturates() {
        let longest = Duration.nanoseconds(Int64.max)
        #expect(JobRetry.delay(attempt: .max, base: longest, max: longest, jitter: 1) == longest)
        #expect(JobRetry.delay(attempt: .min, base: .seconds(-9), max: .seconds(-1), jitter: 1) == .zero)
    }
}
