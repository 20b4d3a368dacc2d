import Model
import Synchronization

/// The one writing connection with all that works on it.
// @unchecked: everything but the gate is touched only by the holder of the turn, which the gate hands on under its lock.
final class Writer: @unchecked Sendable {
    let connection: Connection
    let gate: WriterGate
    let group: WriteGroup
    let host: HostWriter
    let jobs: JobWriter
    let scripts: ScriptStatements

    init(_ connection: Connection, clock: any HostClock) {
        self.connection = connection
        gate = WriterGate(clock: clock)
        group = WriteGroup(connection, clock: clock)
        committer = Committer(connection, group, gate)
        host = HostWriter(connection: connection, clock: clock)
        jobs = JobWriter(connection: connection, clock: clock)
        scripts = ScriptStatements(connection)
    }

    let committer: Committer

    /// Serves the committer's turns until the gate is closed and everything queued is done, then closes.
    func commitUntilClosed() {
        committer.run()
        close()
    }

    /// Has a commit that can wait a moment done when its thread has nothing else to do; false when the thread is no place
    /// for that.
    typealias Deferring = @Sendable (_ commit: @escaping @Sendable () -> Void) -> Bool

    /// In a structure: a function by itself gets one more wrapping each time that it goes through a generic lock.
    private struct Habits {
        var deferring: Deferring?
        var commitOwed: @Sendable () -> Void = {}
    }

    private let habits = Mutex(Habits())

    func deferCommits(by deferring: @escaping Deferring) {
        let commitOwed = { @Sendable [self] in if gate.takeOwedTurn() { committer.commitHere() } }
        habits.withLock { $0 = Habits(deferring: deferring, commitOwed: commitOwed) }
    }

    /// Gives a session's turn to the next in line. With `mayOwe`, and when nobody waits, its commit is left for later, so
    /// that those who come in the next moment share it.
    func leave(mayOwe: Bool = false) {
        if group.isEmpty {
            if !gate.someoneWaits { group.discard() }
            return gate.pass(isOpen: group.isOpen)
        }
        let habits = mayOwe ? habits.withLock { $0 } : Habits()
        guard gate.passOwingCommit(atOnce: group.isFull, mayOwe: habits.deferring != nil) else { return }
        if habits.deferring?(habits.commitOwed) != true { gate.leaveOwedToCommitter() }
    }

    /// Ends the connection; the committer's last act.
    private func close() {
        habits.withLock { $0 = Habits() }
        scripts.forget()
        connection.close()
    }
}
