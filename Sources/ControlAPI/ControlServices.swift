import Model
import Platform

/// What the API works with.
package struct ControlServices: Sendable {
    package var host: any HostControl
    /// Nil for a host that runs no jobs: then what concerns jobs answers `unavailable`.
    package var jobs: (any JobControl)?
    /// Nil where there is no queue for them.
    package var schedules: (any ScheduleControl)?
    package var jobTypes: (any JobTypeControl)?
    /// Nil for a host whose daemons' logic stays as it is.
    package var swaps: (any SwapControl)?
    /// Nil for a host in whose daemons nobody runs code.
    package var console: (any ConsoleControl)?
    /// Nil for a host whose scripts cannot be changed from here.
    package var scripts: (any ScriptControl)?
    /// Nil for a host that counts nothing.
    package var statistics: (any StatisticsSource)?
    package var store: any Store
    /// Where reads of the store wait.
    package var blocking: BlockingPool
    package var events: EventHub
    /// What the engine measures; nil for a host that measures nothing but what its records say.
    package var metrics: (any MetricsSource)?
    package var clock: any HostClock
    /// Nil for a host that raises none: then what concerns alerts answers `unavailable`.
    package var alerts: (any AlertControl)?

    package init(
        host: any HostControl, jobs: (any JobControl)?, store: any Store, blocking: BlockingPool, events: EventHub,
        clock: any HostClock, metrics: (any MetricsSource)? = nil
    ) {
        self.host = host
        self.jobs = jobs
        self.store = store
        self.blocking = blocking
        self.events = events
        self.clock = clock
    }

    /// Reads from the store on a thread that may wait.
    func read<Success: Sendable>(
        _ body: @escaping @Sendable (any Store) throws(HostError) -> Success
    ) async throws(HostError) -> Success {
        let store = store
        return try await blocking.run { () throws(HostError) in try body(store) }
    }

    /// Returns when the writes are durable.
    func write(_ writes: [HostWrite]) async throws(HostError) {
        let store = store
        let result = await withCheckedContinuation { continuation in
            store.submit(writes) { continuation.resume(returning: $0) }
        }
        try result.get()
    }

    /// The daemon whose address was called, nil when none was; `notFound` when there is none of that name.
    func daemon(of call: Call) throws(HostError) -> String? {
        guard let name = call.path["name"] else { return nil }
        return try host.daemon(named: name).name
    }

    func requireStatistics() throws(HostError) -> any StatisticsSource {
        guard let statistics else { throw HostError(.unavailable, "this host keeps no statistics") }
        return statistics
    }

    func requireScripts() throws(HostError) -> any ScriptControl {
        guard let scripts else { throw HostError(.unavailable, "this host's scripts cannot be changed from here") }
        return scripts
    }

    func requireJobs() throws(HostError) -> any JobControl {
        guard let jobs else { throw HostError(.unavailable, "this host runs no jobs") }
        return jobs
    }

    func requireSchedules() throws(HostError) -> any ScheduleControl {
        guard let schedules else { throw HostError(.unavailable, "this host keeps no schedules") }
        return schedules
    }

    func requireJobTypes() throws(HostError) -> any JobTypeControl {
        guard let jobTypes else { throw HostError(.unavailable, "this host runs no jobs") }
        return jobTypes
    }
}
