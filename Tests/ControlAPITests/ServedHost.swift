import Glibc
import Model
import Platform
import SQLiteStore
import Testing

@testable import ControlAPI

/// A real server on a socket in a folder of its own, before an engine that is none.
final class ServedHost: Sendable {
    let host: FakeHost
    let jobs = FakeJobs()
    let schedules = FakeSchedules()
    let statistics: FakeStatistics
    let alerts = FakeAlerts()
    let store: SQLiteStore
    let events: EventHub
    let server: ControlServer
    let socket: String
    private let folder: String

    init(
        _ host: FakeHost = FakeHost("inbox", "load"), limits: HTTPServer.Limits = HTTPServer.Limits(silence: 120),
        eventCapacity: Int = 1_000,
        socket: String? = nil
    ) throws {
        self.host = host
        statistics = FakeStatistics(host)
        var template = Array("/tmp/lunad-api-XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&template), "mkdtemp failed")
        folder = String(cString: made)
        self.socket = socket ?? folder + "/lunad.sock"
        let clock = ManualClock()
        store = try SQLiteStore.inMemory(clock: clock)
        events = EventHub(startedAt: WallTime(milliseconds: 0), capacity: eventCapacity)
        var services = ControlServices(
            host: host, jobs: jobs, store: store, blocking: try BlockingPool(), events: events, clock: clock)
        services.schedules = schedules
        services.jobTypes = schedules
        services.statistics = statistics
        services.alerts = alerts
        server = try ControlServer(services, socket: self.socket, limits: limits)
    }

    deinit {
        server.stop()
        store.close()
        rmdir(folder)
    }

    func client() throws -> RawClient { try RawClient(unix: socket) }

    /// One request on a connection of its own; its answer is what the route declares.
    func request(
        _ method: String, _ target: String, headers: [String] = [], body: String? = nil
    ) async throws -> RawAnswer {
        let answer = try await client().request(method, target, headers: headers, body: body)
        answer.check(against: server.routes, method, target)
        return answer
    }

    func write(_ writes: [HostWrite]) async throws {
        let result = await withCheckedContinuation { continuation in
            store.submit(writes) { continuation.resume(returning: $0) }
        }
        try result.get()
    }

    func log(_ message: String, daemon: String = "inbox", level: LogLevel = .info, job: Int64? = nil) -> LogEntry {
        LogEntry(
            at: WallTime(milliseconds: 1_800_000_000_000), daemon: daemon, level: level, message: message, job: job)
    }

    /// Waits for what another thread brings about, at most a minute: other tests may hold the threads.
    static func eventually(_ what: Comment, _ condition: @Sendable () -> Bool) async {
        let deadline = SystemClock().monotonic() + .seconds(60)
        while !condition() {
            guard SystemClock().monotonic() < deadline else {
                Issue.record("waited a minute for this: \(what)")
                return
            }
            await Task.yield()
        }
    }
}
