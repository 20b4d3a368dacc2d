import Model
import Testing

@testable import SQLiteStore

/// A store of some kind with a clock that the test moves.
struct JobBench {
    let store: any Store & JobStore & ScheduleStore
    let clock: StandingClock
    private let folder: TemporaryFolder

    /// Runs `body` on a new empty store.
    static func with(_ kind: StoreKind, _ body: (JobBench) throws -> Void) throws {
        let folder = try TemporaryFolder()
        let clock = StandingClock()
        let store: any Store & JobStore & ScheduleStore =
            switch kind {
            case .file: try SQLiteStore.open(path: folder["lunad.db"], clock: clock)
            case .memory: try SQLiteStore.inMemory(clock: clock)
            }
        defer { store.close() }
        try body(JobBench(store: store, clock: clock, folder: folder))
    }

    var now: WallTime { clock.now() }

    // MARK: - The port, waited for

    func launch(_ requests: JobRequest..., at location: SourceLocation = #_sourceLocation) throws -> [JobLaunch] {
        try wait("a launch", location) { store.launch(requests, done: $0) }
    }

    /// Launches one and says its id.
    func add(_ request: JobRequest, at location: SourceLocation = #_sourceLocation) throws -> Int64 {
        try #require(try launch(request, at: location).first, sourceLocation: location).id
    }

    func add(
        _ type: String, runIn delay: Duration? = nil, at location: SourceLocation = #_sourceLocation
    ) throws -> Int64 {
        try add(JobRequest(type: type, runAt: delay.map { now + $0 }), at: location)
    }

    func claim(
        _ limit: Int = 100, gate: JobGate = JobGate(), boot: String = "boot",
        at location: SourceLocation = #_sourceLocation
    ) throws -> [JobRecord] {
        try wait("a claim", location) { store.claim(limit: limit, gate: gate, boot: boot, done: $0) }.jobs
    }

    /// When the next of those that wait for their time is due, types left out that may not start.
    func nextDue(blocked types: Set<String> = [], at location: SourceLocation = #_sourceLocation) throws -> WallTime? {
        let rules = types.map { ($0, JobGate.Rule(concurrency: 0)) }
        let gate = JobGate(rules: Dictionary(uniqueKeysWithValues: rules))
        return try wait("a claim of none", location) { store.claim(limit: 0, gate: gate, boot: "boot", done: $0) }
            .nextDue
    }

    /// Claims exactly one job, and says it with its claim token.
    func claimOne(at location: SourceLocation = #_sourceLocation) throws -> (job: JobRecord, claim: String) {
        let job = try #require(try claim(1, at: location).first, "nothing was claimed", sourceLocation: location)
        return (job, try #require(job.claim, sourceLocation: location))
    }

    func apply(_ transition: JobTransition, at location: SourceLocation = #_sourceLocation) throws -> JobOutcome {
        try wait("a transition", location) { store.apply(transition, done: $0) }
    }

    func rescue(
        boot: String = "next", poisonLimit: Int = 3, at location: SourceLocation = #_sourceLocation
    ) throws -> [JobRecord] {
        try wait("the rescue", location) { store.rescueOrphans(boot: boot, poisonLimit: poisonLimit, done: $0) }
    }

    func monitor(_ job: Int64, _ daemon: String, at location: SourceLocation = #_sourceLocation) throws {
        try wait("a monitor", location) { store.monitor(job: job, daemon: daemon, done: $0) }
    }

    func prune(_ retention: JobRetention = .init(), at location: SourceLocation = #_sourceLocation) throws -> Int {
        try wait("the pruning", location) { store.pruneJobs(retention, now: now, done: $0) }
    }

    func job(_ id: Int64, at location: SourceLocation = #_sourceLocation) throws -> JobRecord {
        try #require(try store.job(id), "there is no job \(id)", sourceLocation: location)
    }

    func status(_ id: Int64, at location: SourceLocation = #_sourceLocation) throws -> JobStatus {
        try job(id, at: location).status
    }

    func history(_ job: Int64) throws -> [String] {
        try store.history(of: nil, job: job, limit: 100).reversed().map(\.action.rawValue)
    }

    func wait<Payload: Sendable>(
        _ what: String, _ location: SourceLocation = #_sourceLocation,
        _ ask: (@escaping @Sendable (Result<Payload, HostError>) -> Void) -> Void
    ) throws -> Payload {
        let answer = Answer<Result<Payload, HostError>>()
        ask { answer.give($0) }
        return try answer.wait(what, at: location).get()
    }
}

extension JobStore {
    /// Launches without a claim.
    func launch(_ requests: [JobRequest], done: @escaping @Sendable (Result<[JobLaunch], HostError>) -> Void) {
        launch(requests, then: nil) { done($0.map(\.launches)) }
    }

    /// Claims for one whose room does not change.
    func claim(
        limit: Int, gate: JobGate, boot: String, done: @escaping @Sendable (Result<JobClaim, HostError>) -> Void
    ) {
        claim(for: JobClaimant(boot: boot) { .init(limit: limit, gate: gate) }, done: done)
    }
}
