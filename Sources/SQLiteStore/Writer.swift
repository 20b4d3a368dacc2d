import Model

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
        host = HostWriter(connection: connection, clock: clock)
        jobs = JobWriter(connection: connection, clock: clock)
        scripts = ScriptStatements(connection)
    }

    /// Serves the committer's turns of a writer without a thread, on the thread of whoever drives it.
    private(set) lazy var committer = Committer(connection, group, gate)

    /// Serves the committer's turns until the gate is closed and everything queued is done, then closes.
    func commitUntilClosed() {
        committer.run()
        close()
    }

    /// Gives a session's turn to the next in line.
    func leave() {
        if group.isEmpty, !gate.someoneWaits { group.discard() }
        gate.pass(isOpen: group.isOpen, mustCommit: !group.isEmpty, atOnce: group.isFull)
    }

    /// Ends the connection; the committer's last act.
    private func close() {
        scripts.forget()
        connection.close()
    }
}
