import Model
import Platform
import Synchronization

/// An engine of records alone: what it is told shows in them at once.
final class FakeHost: HostControl {
    struct State {
        var records: [String: DaemonRecord] = [:]
        var config: [String: [Value.Field]] = [:]
        var reloads = 0
        var unready: [String] = []
        /// Commands wait for this many further calls of `release`.
        var gate: [CheckedContinuation<Void, Never>] = []
        var isGated = false
        var patience: [Duration] = []
    }

    static let schema = ConfigSchema([
        ConfigKey("folder", .string, default: "/srv"),
        ConfigKey("batch", .integer, default: 10, minimum: 1, maximum: 100),
        ConfigKey("key", .string, isSecret: true),
    ])

    let state = Mutex(State())

    init(_ names: String...) {
        state.withLock { state in
            for name in names { state.records[name] = DaemonRecord(name: name, type: name) }
        }
    }

    func daemons() -> [DaemonRecord] { state.withLock { $0.records.values.sorted { $0.name < $1.name } } }

    func daemon(named name: String) throws(HostError) -> DaemonRecord {
        let records = state.withLock(\.records)
        guard let record = records[name] else { throw .noDaemon(name, among: records.keys.sorted()) }
        return record
    }

    func snapshot(of name: String) -> DaemonRecord? { state.withLock { $0.records[name] } }

    func carryOut(
        _ command: DaemonCommand, on name: String, patience: Duration
    ) async throws(HostError) -> DaemonRecord {
        _ = try daemon(named: name)
        await pass()
        return state.withLock { state in
            state.patience.append(patience)
            var record = state.records[name] ?? DaemonRecord(name: name, type: name)
            switch command {
            case .start, .restart: record.status = .running
            case .stop: record.status = .stopped
            case .enable: record.enabled = true
            case .disable: record.enabled = false
            }
            record.reason = "told to \(command.rawValue)"
            state.records[name] = record
            return record
        }
    }

    func carryOutOnAll(_ command: DaemonCommand, patience: Duration) async throws(HostError) -> [DaemonRecord] {
        var records: [DaemonRecord] = []
        for record in daemons() { records.append(try await carryOut(command, on: record.name, patience: patience)) }
        return records
    }

    func add(_ addition: DaemonAddition, patience: Duration) async throws(HostError) -> DaemonRecord {
        if state.withLock({ $0.records[addition.name] }) != nil {
            throw HostError(.conflict, "there is a daemon '\(addition.name)' already")
        }
        let changes = try addition.config.resolved(schema: Self.schema, stored: [])
        return state.withLock { state in
            var record = DaemonRecord(name: addition.name, type: addition.type)
            record.enabled = addition.isEnabled
            state.records[addition.name] = record
            state.config[addition.name] = ConfigChange.apply(changes, to: [])
            return record
        }
    }

    func remove(named name: String, patience: Duration) async throws(HostError) {
        _ = try daemon(named: name)
        state.withLock { _ = $0.records.removeValue(forKey: name) }
    }

    func config(of name: String) async throws(HostError) -> DaemonConfig {
        _ = try daemon(named: name)
        return DaemonConfig(daemon: name, schema: Self.schema, stored: state.withLock { $0.config[name] ?? [] })
    }

    func changeConfig(of name: String, _ change: ConfigChange) async throws(HostError) -> DaemonConfig {
        let stored = try await config(of: name).stored
        let changes = try change.resolved(schema: Self.schema, stored: stored)
        state.withLock { $0.config[name] = ConfigChange.apply(changes, to: stored) }
        return try await config(of: name)
    }

    func reload() async throws(HostError) { state.withLock { $0.reloads += 1 } }

    func unreadiness() -> [String] { state.withLock(\.unready) }

    // MARK: - Holding commands back

    func hold() { state.withLock { $0.isGated = true } }

    var held: Int { state.withLock { $0.gate.count } }

    func release() {
        let waiting = state.withLock { state in
            state.isGated = false
            defer { state.gate = [] }
            return state.gate
        }
        for continuation in waiting { continuation.resume() }
    }

    private func pass() async {
        guard state.withLock(\.isGated) else { return }
        await withCheckedContinuation { continuation in state.withLock { $0.gate.append(continuation) } }
    }
}

/// Statistics of one failure in tens of seconds, of the daemons that there are.
final class FakeStatistics: StatisticsSource {
    private let host: FakeHost
    /// The spans that were asked for.
    let spans = Mutex<[Duration]>([])

    init(_ host: FakeHost) { self.host = host }

    func statistics(of daemon: String?, span: Duration) throws(HostError) -> StatisticsReport {
        if let daemon { _ = try host.daemon(named: daemon) }
        spans.withLock { $0.append(span) }
        let start = MonotonicTime(nanoseconds: 0)
        var track = StatisticsTrack(at: start)
        track.add(.error, at: start)
        return track.report(span: span, now: start, wall: WallTime(milliseconds: 1_800_000_000_000))
    }

    func recentSteps() -> [String: [Float]] { ["inbox": [0.25, 0.5]] }
}

/// A job queue of records alone.
final class FakeJobs: JobControl {
    private let records = Mutex<[JobRecord]>([])

    func launch(_ request: JobRequest, attempts: Int?) async throws(HostError) -> JobLaunch {
        guard request.type == "sha256" else { throw HostError(.notFound, "there is no job type '\(request.type)'") }
        return records.withLock { records in
            let id = Int64(records.count + 1)
            var record = JobRecord(
                id: id, type: request.type, args: request.args, createdAt: WallTime(milliseconds: 1_800_000_000_000))
            record.priority = request.priority
            record.tags = request.tags
            record.uniqueKey = request.uniqueKey
            if let key = request.uniqueKey, let old = records.first(where: { $0.uniqueKey == key }) {
                return JobLaunch(id: old.id, isNew: false)
            }
            records.append(record)
            return JobLaunch(id: id, isNew: true)
        }
    }

    func job(_ id: Int64) async throws(HostError) -> JobRecord {
        guard let record = records.withLock({ $0.first { $0.id == id } }) else {
            throw HostError(.notFound, "there is no job \(id)")
        }
        return record
    }

    func jobs(_ query: JobQuery) async throws(HostError) -> [JobRecord] {
        records.withLock { records in
            records.reversed().filter {
                (query.statuses.isEmpty || query.statuses.contains($0.status)) && $0.id < query.beforeID ?? .max
            }.prefix(query.limit).map { $0 }
        }
    }

    func countJobs() async throws(HostError) -> [JobStatus: Int] {
        records.withLock { Dictionary(grouping: $0, by: \.status).mapValues(\.count) }
    }

    func cancel(_ id: Int64, reason: String) async throws(HostError) -> JobRecord {
        try await change(id) { record in
            record.status = .cancelled
            record.reason = reason
        }
    }

    func retry(_ id: Int64) async throws(HostError) -> JobRecord { try await change(id) { $0.status = .pending } }

    func history(of daemon: String?, job: Int64?, limit: Int) async throws(HostError) -> [JobHistory] {
        records.withLock { records in
            records.reversed().filter { (job ?? $0.id) == $0.id && (daemon == nil || daemon == $0.daemon) }.prefix(
                limit
            )
            .map {
                JobHistory(
                    at: $0.createdAt, daemon: $0.daemon, job: $0.id, type: $0.type, action: .launched, reason: "by hand"
                )
            }
        }
    }

    func output(of id: Int64) async throws(HostError) -> (out: [UInt8], err: [UInt8]) {
        (Array("done\n".utf8), [0xFF])
    }

    func change(_ id: Int64, _ body: @Sendable (inout JobRecord) -> Void) async throws(HostError) -> JobRecord {
        _ = try await job(id)
        return records.withLock { records in
            body(&records[Int(id) - 1])
            return records[Int(id) - 1]
        }
    }
}
