import Glibc
import HTTPClient
import Model
import Platform
import ProcessRunner
import SQLiteStore
import Synchronization
import Testing

@testable import DaemonHost
@testable import LuaRuntime

/// A whole engine in one test: a project on disk, a store in memory, and time that moves only by `advance`.
///
/// Between two moves everything that can happen has happened: `settle` returns when no task runs or waits for a thread,
/// no blocking work is under way and the store owes no answer. So what a test sees does not depend on the machine.
final class HostScene: Sendable {
    let project: ProjectOnDisk
    let clock: ManualClock
    let store: FailingStore
    let context: HostContext
    let host: Host
    private let lines = Lines()
    private let writerIsHeld = Mutex(false)

    /// Real time that a scene may take to settle before the test has failed.
    static let patience = Duration.seconds(30)
    private static let real = SystemClock()

    /// What outlives a host: its project, its database, and time.
    private struct World {
        let project: ProjectOnDisk
        let clock: ManualClock
        let database: SQLiteStore
        var settings: HostSettings
        var jitter: Double
        var utcOffset: Int
        var service: ServiceManager?
    }

    private final class Lines: Sendable {
        let all = Mutex<[LogEntry]>([])
    }

    private let world: World

    private init(_ world: World) throws {
        self.world = world
        (project, clock, store) = (world.project, world.clock, FailingStore(world.database))
        let lines = lines
        let journal = Journal(store: store, clock: clock, minimumLevel: .debug) { entry in
            lines.all.withLock { $0.append(entry) }
        }
        let (jitter, utcOffset) = (world.jitter, world.utcOffset)
        context = HostContext(
            folder: project.folder, settings: world.settings, clock: clock, store: store, queue: store,
            jobs: JobService(
                folder: project.folder, runner: try ProcessRunner(hostID: project.folder.path),
                bootID: "test", workers: world.settings.jobWorkers, clock: clock),
            executor: try LuaExecutor(workers: 2, clock: clock, isVirtual: true),
            blocking: try BlockingPool(maxThreads: 1), journal: journal, random: { jitter },
            utcOffset: { _ in utcOffset }, service: world.service,
            alerts: world.database, web: HTTPClient())
        host = Host(context: context)
    }

    /// Runs `body` on a scene with these scripts, by name, and ends its threads afterwards.
    static func run(
        _ scripts: [String: String], settings: HostSettings = HostSettings(), jitter: Double = 0.5, utcOffset: Int = 0,
        service: ServiceManager? = nil, _ body: (HostScene) async throws -> Void
    ) async throws {
        let clock = ManualClock()
        let world = World(
            project: try ProjectOnDisk(scripts: scripts), clock: clock,
            database: try SQLiteStore.inMemory(clock: clock),
            settings: settings, jitter: jitter, utcOffset: utcOffset, service: service)
        defer { world.database.close() }
        let scene = try HostScene(world)
        defer { scene.end() }
        try await body(scene)
    }

    /// Leaves everything as a kill of the process would, and runs `body` on the host that comes after it.
    func afterKill(_ body: (HostScene) async throws -> Void) async throws {
        await settle()
        end()
        let next = try HostScene(world)
        defer { next.end() }
        try await body(next)
    }

    /// Stops the host, and runs `body` on the one that is started after it.
    func restarted(_ body: (HostScene) async throws -> Void) async throws {
        #expect(await stop().isEmpty)
        end()
        let next = try HostScene(world)
        defer { next.end() }
        try await next.boot()
        try await body(next)
    }

    private func end() {
        #expect(context.executor.shutdown(patience: Self.patience) == 0, "all runs ended")
        context.blocking.close()
    }

    // MARK: - Life

    /// Boots, without waiting for what that brings about.
    @discardableResult
    func start() async throws -> Host.Summary {
        try await host.boot(HostWrite.Boot(id: BootID.make(), pid: 1, version: "0", startedAt: clock.now()))
    }

    /// Boots and lets everything happen that is due at once.
    @discardableResult
    func boot() async throws -> Host.Summary {
        let summary = try await start()
        await settle()
        return summary
    }

    /// Stops the host, moving time on for as long as that takes; the names of the abandoned.
    func stop(reason: String = "the host was told to stop") async -> [String] {
        async let abandoned = host.stop(reason: reason)
        await wait(for: "every daemon to be told to stop") { self.daemons.allSatisfy { !$0.isGoingOn } }
        await settle()
        var isMoving = true
        while isStopping, isMoving { isMoving = await stepToNextTimer(within: .seconds(60)) }
        return await abandoned
    }

    private var isStopping: Bool { daemons.contains { $0.status == .stopping } }

    // MARK: - Time

    /// Lets time pass as it would: each timer on the way is served at its own moment.
    func advance(by span: Duration) async {
        let target = clock.monotonic() + span
        await settle()
        while await stepToNextTimer(within: target - clock.monotonic()) {}
        clock.advance(by: max(target - clock.monotonic(), .zero))
    }

    /// Lets time pass in one jump, as on a machine that was busy or asleep for so long.
    func jump(by span: Duration) async {
        move(by: span)
        await settle()
    }

    /// Moves both clocks and lets the executor see it, without waiting for what that brings about.
    func move(by span: Duration) {
        clock.advance(by: span)
        context.executor.clockMoved()
    }

    private func stepToNextTimer(within span: Duration) async -> Bool {
        let executor = context.executor
        let now = clock.monotonic()
        guard let next = executor.lock.withLock({ executor.schedule.earliestTimer }), next - now <= span else {
            return false
        }
        await jump(by: max(next - now, .zero))
        return true
    }

    // MARK: - Waiting

    /// Returns when nothing more happens unless time passes.
    func settle(at location: SourceLocation = #_sourceLocation) async {
        let deadline = Self.real.monotonic() + Self.patience
        while await !isSettled() {
            guard Self.real.monotonic() < deadline else {
                Issue.record("waited half a minute for the engine to have nothing left to do", sourceLocation: location)
                return
            }
            await Task.yield()
        }
    }

    private func isSettled() async -> Bool {
        let looks = context.executor.statistics.looks
        let begun = store.begun
        guard isQuiet() else { return false }
        // The pool has one thread, so what was queued before this is done when this is.
        guard (try? await context.blocking.run { () throws(HostError) in true }) == true else { return false }
        return isQuiet() && looks == context.executor.statistics.looks && begun == store.begun
    }

    private func isQuiet() -> Bool {
        let executor = context.executor
        let isIdle = executor.lock.withLock {
            executor.idle.count == executor.working && executor.searching == 0 && !executor.schedule.hasWork
        }
        return isIdle && (store.unanswered == 0 || writerIsHeld.withLock { $0 })
    }

    /// Waits in real time until something is so, and says what never came.
    func wait(
        for what: String, at location: SourceLocation = #_sourceLocation, until isSo: () throws -> Bool
    ) async rethrows {
        let deadline = Self.real.monotonic() + Self.patience
        while try !isSo() {
            guard Self.real.monotonic() < deadline else {
                Issue.record("waited half a minute for \(what)", sourceLocation: location)
                return
            }
            await Task.yield()
        }
    }

    // MARK: - The database's writer

    /// Takes the writer's turn as another daemon would, so that sessions wait.
    func holdWriter() async throws -> any StoreSession {
        await settle()
        let session = try #require(
            try store.beginSession(daemon: "holder") { _ in }, "the writer is free when all has settled")
        writerIsHeld.withLock { $0 = true }
        return session
    }

    func giveBack(_ session: any StoreSession) async {
        writerIsHeld.withLock { $0 = false }
        session.rollback()
        await settle()
    }

    /// Writes as the command line or a migration would.
    func write(_ writes: HostWrite...) async throws {
        let result = await withCheckedContinuation { continuation in
            store.submit(writes) { continuation.resume(returning: $0) }
        }
        try result.get()
        await settle()
    }

    // MARK: - What there is to see

    var daemons: [DaemonRecord] { context.registry.records() }

    func daemon(_ name: String, at location: SourceLocation = #_sourceLocation) throws -> Daemon {
        try #require(context.registry.daemon(named: name), "there is no daemon \(name)", sourceLocation: location)
    }

    func record(_ name: String, at location: SourceLocation = #_sourceLocation) throws -> DaemonRecord {
        try daemon(name, at: location).snapshot()
    }

    /// The daemon as the database has it.
    func stored(_ name: String, at location: SourceLocation = #_sourceLocation) throws -> DaemonRecord {
        try #require(try store.daemon(named: name), "\(name) is not in the database", sourceLocation: location)
    }

    /// A field of the committed state.
    func storedState(_ name: String, _ key: String) throws -> Value? { try store.state(of: name)?.state[key] }

    /// Every line so far, oldest first.
    var log: [LogEntry] { lines.all.withLock { $0 } }

    func log(of daemon: String?) -> [LogEntry] { log.filter { $0.daemon == daemon } }

    /// The statuses that were written down for it, in order, without repetitions.
    func statuses(of daemon: String) -> [DaemonStatus] {
        var statuses: [DaemonStatus] = []
        for case .daemonStatus(let record) in store.writes where record.name == daemon {
            if record.status != statuses.last { statuses.append(record.status) }
        }
        return statuses
    }

    /// What the script said, in order; the host's lines about its status and its failures are left out.
    func said(by daemon: String) -> [String] {
        let statuses = Set(DaemonStatus.allCases.map { $0.rawValue + ":" })
        return log(of: daemon).filter { $0.fields?["kind"] == nil }.map(\.message).filter { message in
            !statuses.contains { message.hasPrefix($0) }
        }
    }
}

extension DaemonRecord {
    /// Whether it has not been told to stop.
    fileprivate var isGoingOn: Bool { status == .starting || status == .running || status == .backingOff }
}
