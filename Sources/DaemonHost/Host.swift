import LuaRuntime
import Model
import Platform
import Synchronization

/// The engine: knows the project's daemons, starts them, keeps their books, and stops them.
package final class Host: Sendable {
    let context: HostContext
    private let housekeeping: Housekeeping
    private let service: ServiceReporter?
    package let alerts: AlertService
    package let schedules: ScheduleService
    private let stopping = Mutex(Stopping())
    /// What `scripts/lib` held when it was last looked at.
    private let libraries = Mutex("")

    package init(context: HostContext) {
        self.context = context
        service = ServiceReporter(context: context)
        alerts = AlertService(context: context)
        housekeeping = Housekeeping(context: context, service: service, alerts: alerts)
        schedules = ScheduleService(context: context)
    }

    /// The parts of a stop under way.
    private struct Stopping {
        var daemons: Shutdown?
        var jobs: JobShutdown?
    }

    /// How many daemons it knows and how many of them it was to start.
    package struct Summary: Sendable {
        package var daemons: Int
        package var started: Int
    }

    /// Sets right what an earlier process left, makes the daemons known, and starts the enabled ones.
    ///
    /// That this run began is written in the same transaction: who sees it sees no status of an earlier one.
    package func boot(_ run: HostWrite.Boot) async throws(HostError) -> Summary {
        let types = try context.catalog.types()
        let digest = try context.catalog.librariesDigest()
        libraries.withLock { $0 = digest }
        let records = reconciled(try context.store.daemons(), types: types)
        let known = Set(records.map(\.name))
        let new = types.filter { !known.contains($0) }.map { DaemonRecord(name: $0, type: $0) }
        let writes =
            [.bootStarted(run)] + records.map { HostWrite.daemonStatus($0) }
            + new.map { HostWrite.registerDaemon(name: $0.name, type: $0.type, enabled: true) }
        try await save(writes)
        try await alerts.begin()
        try await context.jobs.begin(context)
        for record in records + new { context.registry.add(Daemon(record: record, context: context)) }
        let typeSet = Set(types)
        let starting = context.registry.all().filter { $0.shouldStart(types: typeSet) }
        start(starting, reason: "the host started")
        housekeeping.start()
        try schedules.reload()
        context.jobs.onEnd { [schedules] in schedules.jobEnded() }
        return Summary(daemons: records.count + new.count, started: starting.count)
    }

    /// Tells the service manager, where there is one, that the host serves.
    package func ready() { service?.ready() }

    /// Reads `scripts/` and the daemons' table again: new daemons start, those whose script is gone stop, changed
    /// ones are swapped, and parked ones are tried again.
    package func reload(reason: String) throws(HostError) {
        service?.reloading()
        defer { service?.reloaded() }
        let types = Set(try context.catalog.types())
        try context.jobs.reloadTypes()
        try schedules.reload()
        takeChanges(types: types, asked: true)
        for daemon in context.registry.all() { daemon.reload(types: types, reason: reason) }
        try addMissing(types: types, reason: reason)
    }

    /// The files of `scripts/` changed: new daemons start, those whose script is gone stop, and those whose script or
    /// modules are others now are swapped, unless they say `swap = "manual"`.
    package func filesChanged() throws(HostError) {
        let types = Set(try context.catalog.types())
        let digest = try context.catalog.librariesDigest()
        let librariesChanged = libraries.withLock { libraries in
            defer { libraries = digest }
            return libraries != digest
        }
        try context.jobs.reloadTypes()
        takeChanges(types: types, asked: false)
        for daemon in context.registry.all() { daemon.fileChanged(types: types, librariesChanged: librariesChanged) }
        try addMissing(types: types, reason: "its script was added")
    }

    /// Lets running daemons have what is on disk; those that a changed module concerns, together or not at all.
    private func takeChanges(types: Set<String>, asked: Bool) {
        let changes = context.registry.all().compactMap { daemon -> (daemon: Daemon, change: Daemon.FileChange)? in
            let record = daemon.snapshot()
            guard record.status.isGoingOn, types.contains(record.type) else { return nil }
            return daemon.fileChange().map { (daemon, $0) }
        }
        let sharing = changes.filter { if case .modules = $0.change { true } else { false } }
        let plan = sharing.count > 1 ? SwapPlan(count: sharing.count) : nil
        for (daemon, change) in changes {
            if case .modules = change {
                daemon.takeChange(change, plan: plan, asked: asked)
            } else {
                daemon.takeChange(change, asked: asked)
            }
        }
    }

    /// Stops everything and keeps what is not kept yet; gives the names of those that had to be abandoned.
    package func stop(reason: String) async -> [String] {
        let deadline = context.clock.monotonic() + context.settings.shutdownTimeout
        let shutdown = Shutdown(context: context, deadline: deadline)
        stopping.withLock { $0.daemons = shutdown }
        service?.stopping()
        context.journal.host(.info, "stopping", ["reason": .string(reason)])
        schedules.end()
        let report = await shutdown.stopAll(reason: reason)
        await stopJobs(by: deadline)
        service?.end()
        housekeeping.end()
        housekeeping.writeHeartbeats(of: context.registry.all(), all: false)
        tell(report)
        await withCheckedContinuation { continuation in context.journal.flush { continuation.resume() } }
        return report.abandoned
    }

    /// A second request to stop: interrupt whoever is still at it.
    package func hurry() {
        let parts = stopping.withLock { $0 }
        parts.daemons?.hurry()
        parts.jobs?.hurry()
    }

    /// The jobs go back to the queue with their checkpoints.
    private func stopJobs(by deadline: MonotonicTime) async {
        let shutdown = JobShutdown(context: context, deadline: deadline)
        stopping.withLock { $0.jobs = shutdown }
        let left = await shutdown.stopAll()
        guard !left.isEmpty else { return }
        context.journal.host(
            .error, "these jobs had to be left to the next start: \(left.map(String.init).joined(separator: ", "))")
    }

    // MARK: - Steps of the boot

    /// No status that an earlier process left can still be live.
    private func reconciled(_ records: [DaemonRecord], types: [String]) -> [DaemonRecord] {
        let types = Set(types)
        return records.map { stored in
            var record = stored
            if stored.status.isLive {
                record.status = .stopped
                record.reason = "the host ended without stopping it (it was \(stored.status.rawValue))"
                record.statusSince = context.clock.now()
                record.clearLife()
            }
            if !types.contains(stored.type) {
                record.status = .stopped
                record.reason = Daemon.goneReason(stored.type)
            }
            record.nextStepAt = nil
            return record
        }
    }

    /// Returns when the writes, and all that were submitted before them, are durable.
    func save(_ writes: [HostWrite]) async throws(HostError) {
        guard !writes.isEmpty else { return }
        let result = await withCheckedContinuation { continuation in
            context.store.submit(writes) { continuation.resume(returning: $0) }
        }
        try result.get()
    }

    private func addMissing(types: Set<String>, reason: String) throws(HostError) {
        let known = Set(context.registry.all().map(\.name))
        var added: [Daemon] = []
        for type in types.sorted() where !known.contains(type) {
            context.store.submit([.registerDaemon(name: type, type: type, enabled: true)]) { _ in }
            added.append(Daemon(record: DaemonRecord(name: type, type: type), context: context))
        }
        for record in try context.store.daemons() where !known.contains(record.name) && !types.contains(record.name) {
            added.append(Daemon(record: record, context: context))
        }
        for daemon in added { context.registry.add(daemon) }
        start(added.filter { $0.shouldStart(types: types) }, reason: reason)
    }

    private func start(_ daemons: [Daemon], reason: String) {
        for (index, daemon) in daemons.enumerated() { daemon.start(reason: reason, index: index, of: daemons.count) }
    }

    private func tell(_ report: Shutdown.Report) {
        let seconds = Double(Int(report.seconds * 1_000)) / 1_000
        guard !report.abandoned.isEmpty else {
            return context.journal.host(.info, "all daemons stopped", ["seconds": .number(seconds)])
        }
        context.journal.host(
            .error, "these daemons had to be abandoned: \(report.abandoned.joined(separator: ", "))",
            ["seconds": .number(seconds)])
    }
}
