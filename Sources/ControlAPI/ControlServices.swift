import Model
import Platform

/// What the API works with.
package struct ControlServices: Sendable {
    package var host: any HostControl
    /// Nil for a host that runs no jobs: then what concerns jobs answers `unavailable`.
    package var jobs: (any JobControl)?
    /// Nil for a host whose daemons' logic stays as it is.
    package var swaps: (any SwapControl)?
    package var store: any Store
    /// Where reads of the store wait.
    package var blocking: BlockingPool
    package var events: EventHub
    package var clock: any HostClock

    package init(
        host: any HostControl, jobs: (any JobControl)?, swaps: (any SwapControl)? = nil, store: any Store,
        blocking: BlockingPool, events: EventHub, clock: any HostClock
    ) {
        self.host = host
        self.jobs = jobs
        self.swaps = swaps
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

    func requireJobs() throws(HostError) -> any JobControl {
        guard let jobs else { throw HostError(.unavailable, "this host runs no jobs") }
        return jobs
    }
}
