import LuaRuntime
import Model
import Platform

/// What every daemon of a host shares; handed down, never reached for.
package struct HostContext: Sendable {
    package var folder: ProjectFolder
    package var settings: HostSettings
    package var clock: any HostClock
    package var store: any Store
    package var queue: any JobStore & ScheduleStore
    package var jobs: JobService
    /// What is on record of alerts; nil keeps none.
    package var alerts: (any AlertStore)?
    package var executor: LuaExecutor
    package var blocking: BlockingPool
    package var catalog: ScriptCatalog
    /// What scripts and modules are on disk.
    let code: CodeIndex
    package var journal: Journal
    package var registry: Registry
    /// Where those who watch hear what happens.
    package var events: EventHub
    /// The numbers that charts are drawn from.
    let statistics: HostStatistics
    /// Who is told how the host is doing; nil when no service manager started it.
    package var service: ServiceManager?
    /// How long those who asked for something wait.
    let patience = PatienceWatch()
    /// Tells what scripts declare, without starting them.
    var declarations: DeclarationReader
    /// Where scripts' events pass.
    package var topics: TopicExchange
    /// What the engine and its scripts measure.
    package var meters = HostMeters()
    /// What parts outside the engine measure, for a scrape.
    package var instruments: [@Sendable () -> [MetricFamily]] = []
    /// How scripts' requests go out; nil for a host that sends none.
    package var web: (any WebClient)?
    /// Makes host calls of scripts fail, for tests of scripts; nil in a host.
    package var faults: HostFaults?
    /// A number in 0..<1 for the jitter of delays.
    package var random: @Sendable () -> Double
    /// Seconds east of UTC at an instant, for cron lines.
    package var utcOffset: @Sendable (WallTime) -> Int
    /// The zones that schedules name.
    package var zones = TimeZones()

    package init(
        folder: ProjectFolder, settings: HostSettings, clock: any HostClock, store: any Store,
        queue: any JobStore & ScheduleStore, jobs: JobService, executor: LuaExecutor,
        blocking: BlockingPool, journal: Journal, random: @escaping @Sendable () -> Double,
        utcOffset: @escaping @Sendable (WallTime) -> Int, events: EventHub? = nil,
        service: ServiceManager? = nil, alerts: (any AlertStore)? = nil, web: (any WebClient)? = nil
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
        topics = TopicExchange(journal: journal, clock: clock)
        statistics = HostStatistics(clock: clock)
        self.events = events ?? EventHub(startedAt: clock.now())
        declarations = DeclarationReader(folder: folder, clock: clock)
    }
}
