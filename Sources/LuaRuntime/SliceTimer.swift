import CLuaShim

/// How a worker thread gets its time slices, and learns that a run cannot be preempted.
package struct SliceTimer: Sendable {
    /// Called inside a signal handler on the thread of the run; only what is async-signal-safe may happen there.
    package typealias Stuck = @convention(c) (UnsafeMutableRawPointer?) -> Void

    /// Starts the calling thread's ticks, given their span in nanoseconds; nil when that is not possible.
    let attach: @Sendable (Int64, Stuck, UnsafeMutableRawPointer) -> OpaquePointer?
    /// Ends them, on the same thread.
    let detach: @Sendable (OpaquePointer) -> Void

    package init(
        attach: @escaping @Sendable (Int64, Stuck, UnsafeMutableRawPointer) -> OpaquePointer?,
        detach: @escaping @Sendable (OpaquePointer) -> Void
    ) {
        self.attach = attach
        self.detach = detach
    }

    /// Ticks while the thread computes: a timer on its own CPU clock.
    package static let cpuClock = SliceTimer(
        attach: { tick, stuck, argument in lunad_worker_attach(tick, stuck, argument) },
        detach: { worker in lunad_worker_detach(worker) })
}
