import Model
import Platform

/// Runs external programs, hundreds side by side, with two threads in all: one starts them, one watches them.
///
/// Each program leads a process group of its own. It is over only when nothing of that group is left: what a program
/// leaves behind when it ends is killed. What left the group on purpose is killed about a second later. When the host
/// dies, the programs die with it; what they had started is ended by `ProcessSweep` at the next boot.
package final class ProcessRunner: Sendable {
    /// Programs that may run or wait for their start at once, unless a caller says otherwise.
    package static let usualLimit = 1_000

    private let launcher: Launcher

    /// `hostID` marks all processes, in their variable `LUNAD_HOST`; it has to be the same at the next boot, and no other
    /// host's on this machine. Throws when the system has no thread or descriptor left.
    package convenience init(hostID: String, limit: Int = usualLimit) throws(HostError) {
        try self.init(hostID: hostID, limit: limit, sweepDelay: .seconds(1))
    }

    /// `sweepDelay`: from a program's end to the look for what left its group.
    init(hostID: String, limit: Int, sweepDelay: Duration) throws(HostError) {
        launcher = try Launcher(markers: ProcessMarkers(hostID: hostID), limit: limit, sweepDelay: sweepDelay)
    }

    deinit { launcher.close() }

    /// Has a program started, and returns before it is.
    ///
    /// Throws `invalidArgument` for what can never run, `busy` at the limit, `unavailable` after `close`. Afterwards
    /// `done` is called exactly once, on a thread of the runner's that must not be held up: with what came of the
    /// program, or with an error that names it when it could not be started (`notFound`, `forbidden`, …) or was
    /// cancelled before.
    package func start(
        _ spec: ProcessSpec, done: @escaping @Sendable (Result<ProcessResult, HostError>) -> Void
    ) throws(HostError) -> ProcessHandle {
        try spec.check()
        return try launcher.submit(spec, done: done)
    }

    /// Takes no more programs, kills those that run, and waits for their end, at most `limit`; whether all are gone.
    /// Whoever should end in peace is to be cancelled before.
    @discardableResult
    package func close(within limit: Duration = .seconds(2)) -> Bool {
        launcher.close()
        return launcher.waitForEnd(within: limit)
    }
}
