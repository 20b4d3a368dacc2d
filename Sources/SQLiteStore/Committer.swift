import CSQLite
import Model

/// Applies the host's units and makes each group durable, on a thread of its own; asleep when there is nothing to do.
// @unchecked: the connection and the group are touched only while the committer holds the writer's turn.
final class Committer: @unchecked Sendable {
    private let connection: Connection
    private let group: WriteGroup
    private let gate: WriterGate

    init(_ connection: Connection, _ group: WriteGroup, _ gate: WriterGate) {
        self.connection = connection
        self.group = group
        self.gate = gate
    }

    /// Works until the gate is closed and everything queued is done.
    func run() {
        while true {
            switch gate.nextDuty() {
            case .takeTurn: takeTurn()
            case .tell(let outcomes): for outcome in outcomes { outcome.tell() }
            case .end:
                group.discard()
                return
            }
        }
    }

    private func takeTurn() {
        var outcomes = applyUnits()
        outcomes += group.commit()
        if gate.sessionWaits {
            do {
                try group.open(patiently: true)
            } catch {
                outcomes += gate.dismissSessions(connection.hostError(error))
            }
        }
        gate.pass(isOpen: group.isOpen, mustCommit: false)
        for outcome in outcomes { outcome.tell() }
    }

    /// Adds the waiting units to the group, each in a savepoint of its own; what those that failed are to be told.
    private func applyUnits() -> [Outcome] {
        var outcomes: [Outcome] = []
        for unit in gate.takeUnits(atMost: group.room) {
            do {
                group.add(try apply(unit))
            } catch {
                if group.isLost { outcomes += group.fail(error) }
                outcomes.append(Outcome(completion: { _ in unit.failed(error) }))
            }
        }
        return outcomes
    }

    private func apply(_ unit: WriteUnit) throws(HostError) -> Completion {
        do {
            try group.open(patiently: true)
            try Member.begin(connection)
        } catch {
            throw connection.hostError(error)
        }
        do throws(HostError) {
            let completion = try unit.work(connection)
            do { try Member.keep(connection) } catch { throw connection.hostError(error) }
            return completion
        } catch {
            if !group.isLost { Member.undo(connection) }
            throw error
        }
    }
}

/// The savepoint of one member inside the group's transaction.
enum Member {
    static func begin(_ connection: Connection) throws(SQLiteFailure) { try connection.run("SAVEPOINT member") }

    static func keep(_ connection: Connection) throws(SQLiteFailure) { try connection.run("RELEASE member") }

    /// Takes the member's changes back. It fails only when the transaction is gone, and they with it.
    static func undo(_ connection: Connection) {
        try? connection.run("ROLLBACK TO member")
        try? connection.run("RELEASE member")
    }
}
