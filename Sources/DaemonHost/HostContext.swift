import LuaRuntime
import Model
import Platform

/// What every daemon of a host shares; handed down, never reached for. One object, so that handing it down costs a
/// reference, however much is in it.
package final class HostContext: Sendable {
    package let folder: ProjectFolder
    package let settings: HostSettings
    package let clock: any HostClock
    package let store: any Store
    package let queue: any JobStore & ScheduleStore
    package let jobs: JobService
    /// What is on record of alerts; nil keeps none.
    package let alerts: (any AlertStore)?
    package let executor: LuaExecutor
    package let blocking: BlockingPool
    package let catalog: ScriptCatalog
    /// What scripts and modules are on disk.
    let code: CodeIndex
    package let journal: Journal
    package let registry: Registry
    /// Where those who watch hear what happens.
    package let events: EventHub
    /// The numbers that charts are drawn from.
    let statistics: HostStatistics
    /// Who is told how the host is doing; nil when no service manager started it.
    package let service: ServiceManager?
    /// How long those who asked for something wait.
    let patience = PatienceWatch()
    /// Tells what scripts declare, without starting them.
    let declarations: DeclarationReader
    /// Where scripts' events pass.
    package let topics: TopicExchange
    /// What the engine and its scripts measure.
    package let meters = HostMeters()
    /// What parts outside the engine measure, for a scrape.
    package let instruments: [@Sendable () -> [MetricFamily]]
    /// How scripts' requests go out; nil for a host that sends none.
    package let web: (any WebClient)?
    /// Makes host calls of scripts fail, for tests of scripts; nil in a host.
    package let faults: HostFaults?
    /// A number in 0..<1 for the jitter of delays.
    package let random: @Sendable () -> Double
    /// Seconds east of UTC at an instant, for cron lines.
    package let utcOffset: @Sendable (WallTime) -> Int
    /// The zones that schedules name.
    package let zones = TimeZones()

    package init(
        folder: ProjectFolder, settings: HostSettings, clock: any HostClock, store: any Store,
        queue: any JobStore & ScheduleStore, jobs: JobService, executor: LuaExecutor,
        blocking: BlockingPool, journal: Journal, random: @escaping @Sendable () -> Double,
        utcOffset: @escaping @Sendable (WallTime) -> Int, events: EventHub? = nil,
        service: ServiceManager? = nil, alerts: (any AlertStore)? = nil, web: (any WebClient)? = nil,
        instruments: [@Sendable () -> [MetricFamily]] = [], faults: HostFaults? = nil
    ) {
        self.folder = folder
        self.settings = settings
        self.clock = clock
        self.store = store
        self.queue = queue
        self.jobs = jobs
        self.executor = executor
        self.blocking = blocking
        self.journal = journal
        self.random = random
        self.utcOffset = utcOffset
        self.service = service
        self.alerts = alerts
        catalog = ScriptCatalog(folder: folder)
        code = CodeIndex(catalog: catalog)
        registry = Registry()
        self.web = web
        self.instruments = instruments
        self.faults = faults
        topics = TopicExchange(journal: journal, clock: clock)
        statistics = HostStatistics(clock: clock)
        self.events = events ?? EventHub(startedAt: clock.now())
        declarations = DeclarationReader(folder: folder, clock: clock)
    }
}
