import Model
import Synchronization

/// A program that was asked for: it waits for its start, runs, or has ended.
package final class ProcessHandle: Sendable {
    struct State {
        var pid: Int32?
        var out: CapturedOutput
        var err: CapturedOutput
        /// The grace of a cancel that came before the start.
        var cancelGrace: Duration?
    }

    let run: Int
    let state: Mutex<State>
    private let inbox: ProcessInbox

    init(run: Int, outputLimit: Int, inbox: ProcessInbox) {
        self.run = run
        self.inbox = inbox
        state = Mutex(State(out: CapturedOutput(limit: outputLimit), err: CapturedOutput(limit: outputLimit)))
    }

    /// The number of its process, also after its end; nil while it waits for its start.
    package var pid: Int32? { state.withLock { $0.pid } }

    /// What it wrote so far. Costs no copy unless it goes on writing.
    package var captured: (out: CapturedOutput, err: CapturedOutput) { state.withLock { ($0.out, $0.err) } }

    /// Asks its whole process group to end (SIGTERM), and ends it `grace` later (SIGKILL), at once when that is zero.
    ///
    /// Returns at once; `done` tells when all is over. A second cancel can only hasten the end; one after it does nothing.
    package func cancel(grace: Duration = .seconds(5)) {
        state.withLock { $0.cancelGrace = min($0.cancelGrace ?? grace, grace) }
        inbox.cancel(run, grace: grace)
    }
}
