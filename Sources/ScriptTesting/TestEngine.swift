import DaemonHost
import LuaRuntime
import Model
import Platform
import SQLiteStore
import Synchronization

/// One life of a host under test: the engine itself, with every part of it on the loop's thread.
final class TestEngine {
    let context: HostContext
    let host: Host
    private let loop: DrivenLoop
    private let store: SQLiteStore

    /// What outlives an engine: its surroundings, its database and its clock.
    struct World {
        var folder: ProjectFolder
        var settings: HostSettings
        var clock: ManualClock
        var store: SQLiteStore
        var programs: TestPrograms
        var faults: HostFaults
        var utcOffset: Int
        var show: @Sendable (LogEntry) -> Void
    }

    init(_ world: World, loop: DrivenLoop) throws(HostError) {
        self.loop = loop
        store = world.store
        let offset = world.utcOffset
        let events = EventHub(startedAt: world.clock.now())
        let journal = Journal(
            store: world.store, clock: world.clock, minimumLevel: .debug, show: world.show,
            kept: { entries in events.publish(entries.map { .log($0) }) })
        context = HostContext(
            folder: world.folder, settings: world.settings, clock: world.clock, store: world.store, queue: world.store,
            jobs: JobService(
                folder: world.folder, runner: world.programs, bootID: BootID.make(),
                workers: world.settings.jobWorkers, clock: world.clock),
            executor: try .driven(clock: world.clock), blocking: BlockingPool(drivenAs: "test"), journal: journal,
            random: { 0.5 }, utcOffset: { _ in offset }, events: events, faults: world.faults)
        host = Host(context: context)
    }

    /// Does one thing that can be done now; false when all has happened that happens without time passing.
    func runNext() -> Bool {
        loop.runNext() || context.executor.runNext() || store.runNext() || context.blocking.runNext()
    }

    /// When the next thing happens by itself.
    var nextMoment: MonotonicTime? { context.executor.nextTimer }

    /// Ends this life as a kill would; the database stays.
    func kill() {
        host.abandon()
        while runNext() {}
        _ = context.executor.shutdown(patience: .zero)
        context.blocking.close()
        while loop.runNext() || store.runNext() {}
    }
}
