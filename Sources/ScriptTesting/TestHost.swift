import DaemonHost
import Model
import Platform
import SQLiteStore
import Synchronization

/// A host of a test: a real engine in virtual time. Everything that it does happens while the test waits for it.
///
/// Used on the loop's thread alone.
final class TestHost {
    /// When a test's host begins, unless the test says otherwise.
    static let usualStart = WallTime(milliseconds: 1_893_456_000_000)  // 2030-01-01T00:00:00Z
    /// The most lines of log that a host keeps.
    private static let longestLog = 10_000

    let id: Int64
    let folder: TestFolder
    let programs: TestPrograms
    let faults = HostFaults()
    let clock: ManualClock
    private(set) var engine: TestEngine
    private let world: TestEngine.World
    let loop: DrivenLoop
    private let lines: Lines
    private let realClock = SystemClock()
    /// When, in real time, the test has to be over.
    var deadline = MonotonicTime.distantFuture

    private final class Lines: Sendable {
        let kept = Mutex<[LogEntry]>([])

        func add(_ entry: LogEntry) {
            kept.withLock { kept in
                kept.append(entry)
                if kept.count > TestHost.longestLog { kept.removeFirst(TestHost.longestLog / 10) }
            }
        }
    }

    /// What a test asks of a new host.
    struct Options {
        var start = TestHost.usualStart
        var utcOffset = 0
        var mayRunPrograms = false
    }

    init(
        id: Int64, project: ProjectFolder, settings: HostSettings, options: Options, loop: DrivenLoop
    ) throws(HostError) {
        self.id = id
        self.loop = loop
        clock = ManualClock(wall: options.start)
        folder = try TestFolder(of: project, clock: clock)
        programs = TestPrograms(loop: loop, mark: folder.path, mayRun: options.mayRunPrograms)
        let lines = Lines()
        self.lines = lines
        world = TestEngine.World(
            folder: folder.project, settings: settings, clock: clock,
            store: try SQLiteStore.driven(projectMigrations: project.migrations, clock: clock), programs: programs,
            faults: faults, utcOffset: options.utcOffset, show: { lines.add($0) })
        engine = try TestEngine(world, loop: loop)
    }

    var store: SQLiteStore { world.store }

    /// Every line so far, oldest first.
    var log: [LogEntry] { lines.kept.withLock { $0 } }

    /// Ends it with all that belongs to it; nothing of it goes on.
    func close() {
        engine.kill()
        programs.close()
        store.close()
    }

    // MARK: - Time

    /// Lets everything happen that is due at once; false when a program waits for the test's answer first.
    func settle() throws(HostError) -> Bool {
        while true {
            while engine.runNext() { try checkDeadline() }
            if programs.hasRequest { return false }
            guard loop.hasOutside else { return true }
            try waitForWork("an external program to end")
        }
    }

    /// Lets time pass up to `moment`: each timer on the way is served at its own moment. False as `settle`.
    func advance(to moment: MonotonicTime) throws(HostError) -> Bool {
        while true {
            guard try settle() else { return false }
            guard try stepToNextMoment(before: moment) else { break }
        }
        moveClock(to: moment)
        return try settle()
    }

    /// Moves the clock to the next timer; false when there is none up to `limit`.
    func stepToNextMoment(before limit: MonotonicTime) throws(HostError) -> Bool {
        guard let next = engine.nextMoment, next <= limit else { return false }
        moveClock(to: next)
        try checkDeadline()
        return true
    }

    private func moveClock(to moment: MonotonicTime) {
        let span = moment - clock.monotonic()
        if span > .zero { clock.advance(by: span) }
        engine.context.executor.clockMoved()
    }

    // MARK: - Waiting

    /// Goes on until `result` is there; nil when a program waits for the test's answer first. With `until` time passes
    /// meanwhile, at most up to then.
    func result<Success>(
        of result: LoopResult<Success>, what: String, until limit: MonotonicTime? = nil
    ) throws(HostError) -> Success? {
        while true {
            if let value = result.value { return try value.get() }
            if engine.runNext() {
                try checkDeadline()
                continue
            }
            if programs.hasRequest { return nil }
            if let limit, !loop.hasOutside, try stepToNextMoment(before: limit) { continue }
            if limit != nil, !loop.hasOutside {
                throw HostError(.timeout, "\(what) was not over in time: nothing happens any more that could end it")
            }
            try waitForWork(what)
        }
    }

    private func waitForWork(_ what: String) throws(HostError) {
        guard loop.waitForWork(until: deadline) else { throw Self.overdue("it waited for \(what)") }
    }

    private func checkDeadline() throws(HostError) {
        if realClock.monotonic() > deadline { throw Self.overdue("its host was still at work") }
    }

    private static func overdue(_ what: String) -> HostError { HostError(.timeout, what) }

    // MARK: - Lives

    /// Another life on the same database; the daemons that the test has started start again. To be followed by `boot`.
    func replaceEngine() throws(HostError) {
        engine.kill()
        engine = try TestEngine(world, loop: loop)
    }

    /// The work of a boot: no daemon starts that the test has not started before.
    func boot(isFirst: Bool) throws(HostError) -> LoopResult<Void> {
        let (host, context, clock) = (engine.host, engine.context, clock)
        let types = isFirst ? Set(try context.catalog.types()) : []
        return LoopResult(on: loop) { () async throws(HostError) in
            if isFirst { try await Self.disableAll(types, context) }
            _ = try await host.boot(
                HostWrite.Boot(id: BootID.make(), pid: 1, version: LunadVersion.current, startedAt: clock.now()))
        }
    }

    private static func disableAll(_ types: Set<String>, _ context: HostContext) async throws(HostError) {
        let known = try context.store.daemons().map(\.name)
        var writes = types.sorted().map { HostWrite.registerDaemon(name: $0, type: $0, enabled: false) }
        writes += Set(known).union(types).sorted().map { HostWrite.setEnabled(name: $0, enabled: false) }
        guard !writes.isEmpty else { return }
        let batch = writes
        let result = await withCheckedContinuation { continuation in
            context.store.submit(batch) { continuation.resume(returning: $0) }
        }
        try result.get()
    }
}
