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
                for outcome in group.commit() { outcome.tell() }
                return
            }
        }
    }

    /// Does one thing that is to be done now, on the calling thread; false when there is none.
    func runNext() -> Bool {
        switch gate.dutyAtHand() {
        case .takeTurn: takeTurn()
        case .tell(let outcomes): for outcome in outcomes { outcome.tell() }
        case .end, nil: return false
        }
        return true
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
        gate.pass(isOpen: group.isOpen)
        for outcome in outcomes { outcome.tell() }
    }

    /// Makes the group durable on the calling thread, which has taken the committer's turn. What has to be waited for
    /// longer than the disk is left to the committer's own thread.
    func commitHere() {
        let outcomes = group.commit()
        if gate.sessionWaits { try? group.open() }
        gate.pass(isOpen: group.isOpen)
        for outcome in outcomes { outcome.tell() }
    }

    /// Adds the waiting units to the group; what those that failed are to be told.
    ///
    /// All share one savepoint as long as none fails. When one does, all are undone and applied again, each in a
    /// savepoint of its own, so that it fails alone.
    private func applyUnits() -> [Outcome] {
        let units = gate.takeUnits(atMost: group.room)
        if units.count > 1 {
            do {
                for completion in try inMember({ () throws(HostError) in try units.map(work) }) {
                    group.add(completion)
                }
                return []
            } catch {
                if group.isLost { return group.fail(error) + applyEach(units) }
            }
        }
        return applyEach(units)
    }

    private func applyEach(_ units: [WriteUnit]) -> [Outcome] {
        var outcomes: [Outcome] = []
        for unit in units {
            do {
                group.add(try inMember { () throws(HostError) in try work(unit) })
            } catch {
                if group.isLost { outcomes += group.fail(error) }
                outcomes.append(Outcome(completion: { _ in unit.failed(error) }))
            }
        }
        return outcomes
    }

    private func work(_ unit: WriteUnit) throws(HostError) -> Completion { try unit.work(connection) }

    /// Runs `body` in a savepoint of the group's transaction, which is opened when it is not open.
    private func inMember<Result>(_ body: () throws(HostError) -> Result) throws(HostError) -> Result {
        do {
            try group.open(patiently: true)
            try Member.begin(connection)
        } catch {
            throw connection.hostError(error)
        }
        do throws(HostError) {
            let result = try body()
            do { try Member.keep(connection) } catch { throw connection.hostError(error) }
            return result
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
