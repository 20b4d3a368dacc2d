import ControlCLI
import DaemonHost
import Glibc
import HTTPClient
import LuaRuntime
import Model
import Platform
import ProcessRunner
import SQLiteStore

/// The parts of a host, made in the order in which they need each other and ended in the reverse one.
struct HostParts {
    let context: HostContext
    private let lock: ProjectLock
    private let store: SQLiteStore
    private let writer: LineWriter
    private let web = HTTPClient()
    private let bootID: String
    private let clock = SystemClock()
    private let isReadByPeople: Bool

    /// `place` is that of a single script; nil for a project.
    init(_ options: RunOptions, place: ScriptPlace?) throws(HostError) {
        let folder = if let place { place.folder } else { try Self.folder(options.directory) }
        isReadByPeople = Console.isTerminal(.error) && !options.json
        try Files.makeFolder(folder.runtime)
        bootID = BootID.make()
        lock = try ProjectLock.acquire(folder.lock, bootID: bootID)
        let settings = try ProjectSettings.read(folder, clock: clock)
        store = try SQLiteStore.open(path: folder.database, projectMigrations: folder.migrations, clock: clock)
        writer = try LineWriter(descriptor: STDERR_FILENO)
        let runner = try Self.makeRunner(folder)
        let jobs = JobService(
            folder: folder, runner: runner, bootID: bootID, workers: settings.jobWorkers,
            clock: clock)
        let events = EventHub(startedAt: clock.now())
        let journal = Journal(
            store: store, clock: clock, minimumLevel: settings.logLevel, show: Self.show(options, writer),
            kept: { entries in events.publish(entries.map { .log($0) }) })
        context = HostContext(
            folder: folder, settings: settings, clock: clock, store: store, queue: store, jobs: jobs,
            executor: try LuaExecutor(clock: clock), blocking: try BlockingPool(), journal: journal,
            random: { Double.random(in: 0..<1) }, utcOffset: LocalTime.offset(at:), events: events,
            service: ServiceManager.fromEnvironment(), alerts: store, web: web,
            instruments: [{ [store] in Self.measured(store) }])
        store.deferCommits { [executor = context.executor] in executor.whenIdle($0) }
    }

    private static func measured(_ store: SQLiteStore) -> [MetricFamily] {
        [
            MetricFamily(
                "lunad_commit_seconds", .histogram, "How long commits took, the wait for the disk included.",
                [.init([], .histogram(store.commitSeconds))])
        ]
    }

    /// The project in that folder.
    static func folder(_ directory: String) throws(HostError) -> ProjectFolder {
        guard let path = realpath(directory, nil) else {
            throw HostError(.notFound, "there is no folder \(directory)")
        }
        defer { free(path) }
        let folder = ProjectFolder(path: String(cString: path))
        guard try Files.facts(of: folder.scripts)?.kind == .directory else {
            throw HostError(
                .notFound,
                "\(folder.path) is not a project: it has no folder 'scripts'; `lunad new project NAME` makes one")
        }
        return folder
    }

    /// Programs that an earlier host left are ended before the first new one starts.
    private static func makeRunner(_ folder: ProjectFolder) throws(HostError) -> ProcessRunner {
        let hostID = SHA256.hex(Array(folder.database.utf8))
        _ = try ProcessSweep.endOrphans(hostID: hostID)
        return try ProcessRunner(hostID: hostID)
    }

    /// Readable lines, coloured on a terminal; or one JSON object a line.
    private static func show(_ options: RunOptions, _ writer: LineWriter) -> @Sendable (LogEntry) -> Void {
        let formatter = LogFormatter(
            options.json ? .json : .text(color: Console.wantsColor(.error)), forJournal: Console.isJournal(.error))
        let least: LogLevel = options.quiet ? .warn : .debug
        return { entry in
            if entry.level >= least { writer.write(formatter.line(for: entry)) }
        }
    }

    /// This run of the host, for the database.
    var run: HostWrite.Boot {
        HostWrite.Boot(id: bootID, pid: Int(getpid()), version: LunadVersion.current, startedAt: clock.now())
    }

    /// Says what is hosted, and where.
    func announce(_ summary: Host.Summary) {
        if let single = context.folder.single { return announce(single) }
        context.journal.host(
            .info,
            "lunad \(LunadVersion.current) hosts \(summary.daemons) daemons, \(summary.started) of them starting",
            [
                "project": .string(context.folder.path), "database": .string(context.folder.database),
                "pid": .integer(Int64(getpid())),
            ])
    }

    /// Tells a person at a terminal where the page is. The address lets its reader in, so it goes nowhere else: no log
    /// keeps it, and the browser takes the token out of it.
    func invite(_ address: String) {
        if isReadByPeople { writer.write("Open this in a browser: \(address)") }
    }

    private func announce(_ single: ProjectFolder.SingleScript) {
        let place = context.folder.database.dropLast("/var/lunad.db".count)
        context.journal.host(
            .info,
            "lunad \(LunadVersion.current) runs \(single.given) until Ctrl-C; it is known elsewhere by --dir \(place)")
    }

    func watchScripts(for host: Host) throws(HostError) -> FolderWatcher {
        try FolderWatcher(folders: context.folder.watched, trees: [context.folder.libraries]) {
            note("the scripts could not be read again") { () throws(HostError) in try host.filesChanged() }
        }
    }

    func reload(_ host: Host) {
        note("the scripts could not be read again") { () throws(HostError) in
            try host.reload(reason: "the host was told to read its scripts again")
        }
    }

    private func note(_ failure: String, _ work: () throws(HostError) -> Void) {
        do {
            try work()
        } catch {
            context.journal.host(.error, "\(failure): \(error)")
        }
    }

    /// Writes down the end and closes everything.
    func end() async {
        await withCheckedContinuation { continuation in
            store.submit([.bootStopped(id: bootID, at: clock.now())]) { _ in continuation.resume() }
        }
        web.close()
        _ = context.executor.shutdown(patience: .seconds(1))
        store.close()
        _ = writer.flush()
        writer.close()
    }
}
