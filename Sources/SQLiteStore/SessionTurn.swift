import CSQLite
import Model
import Synchronization

/// One script's turn at the writer: its changes stand in a savepoint of the group's transaction.
///
/// All calls but `interrupt` wait for one another, so `rollback` may come from another thread, to take the turn back
/// from a script that is stuck.
final class SessionTurn: Sendable {
    /// Changes that are remembered so that they can be moved to another transaction.
    private static let maxRemembered = 1_000

    private struct State {
        var phase = Phase.active
        /// Whether the member's savepoint is open: from the first change on.
        var hasSavepoint = false
        /// The changes so far, while others share the transaction.
        var changes: [Change] = []
        var changedSchema = false
    }

    private enum Phase {
        case active
        /// SQLite undid everything: nothing more can be done but to end.
        case undone(HostError)
        case ended
    }

    /// What the session did, with what came of it.
    private enum Change {
        case statement(sql: String, SQLParameters, ScriptEffect)
        case launch(JobRequest, JobLaunch)
    }

    private let writer: Writer
    private let interruption = Interruption()
    private let state = Mutex(State())

    init(_ writer: Writer) { self.writer = writer }

    // MARK: - Statements

    func query(_ sql: String, _ parameters: SQLParameters, maxRows: Int) throws(HostError) -> [Value] {
        try run(sql, parameters, maxRows: maxRows).rows
    }

    func execute(_ sql: String, _ parameters: SQLParameters) throws(HostError) -> (changes: Int, lastInsertID: Int64) {
        let effect = try run(sql, parameters, maxRows: nil)
        return (effect.changes, effect.lastInsertID)
    }

    /// Makes the statement in progress end with `timeout`, and every later one and the commit fail with it.
    func interrupt() { interruption.raise() }

    private func run(_ sql: String, _ parameters: SQLParameters, maxRows: Int?) throws(HostError) -> ScriptEffect {
        try state.withLock { (state) throws(HostError) in
            try admit(state)
            do throws(HostError) {
                return try writer.connection.exclusively { () throws(HostError) in
                    try run(&state, sql, parameters, maxRows)
                }
            } catch {
                noticeLoss(&state, error)
                throw error
            }
        }
    }

    private func run(
        _ state: inout State, _ sql: String, _ parameters: SQLParameters, _ maxRows: Int?
    ) throws(HostError) -> ScriptEffect {
        let statement = try writer.scripts.statement(sql)
        if !statement.isReadOnly {
            if !writer.group.isEmpty, statement.mayRunLong || state.changes.count >= Self.maxRemembered {
                try standAlone(&state)
            }
            try openSavepoint(&state)
            state.changedSchema = state.changedSchema || statement.changesSchema
        }
        let effect = try writer.scripts.run(statement, sql, parameters, maxRows: maxRows, interruption: interruption)
        if !statement.isReadOnly, !writer.group.isEmpty {
            state.changes.append(.statement(sql: sql, parameters, effect))
        }
        return effect
    }

    /// Makes the other members' work durable, and moves this session's into a transaction that it has to itself.
    ///
    /// A statement that may have to be interrupted can then undo nothing but this session.
    private func standAlone(_ state: inout State) throws(HostError) {
        if state.hasSavepoint { Member.undo(writer.connection) }
        state.hasSavepoint = false
        writer.gate.deliver(writer.group.commit())
        do {
            try writer.group.reopen(until: interruption)
        } catch {
            throw interruption.isRaised ? Self.timeUp : writer.connection.hostError(error)
        }
        guard !state.changes.isEmpty else { return }
        try openSavepoint(&state)
        for change in state.changes {
            guard try isRepeated(change) else {
                throw HostError(
                    .conflict, "the session's earlier changes could not be repeated: run the larger statement first")
            }
        }
        state.changes = []
    }

    /// Does it again; whether the same came of it.
    private func isRepeated(_ change: Change) throws(HostError) -> Bool {
        switch change {
        case .statement(let sql, let parameters, let before):
            let statement = try writer.scripts.statement(sql)
            let effect = try writer.scripts.run(
                statement, sql, parameters, maxRows: nil, interruption: interruption)
            return effect.lastInsertID == before.lastInsertID && effect.changes == before.changes
        case .launch(let request, let before): return try add(request) == before
        }
    }

    // MARK: - Jobs

    func launch(_ request: JobRequest) throws(HostError) -> JobLaunch {
        try state.withLock { (state) throws(HostError) in
            try admit(state)
            do throws(HostError) {
                return try writer.connection.exclusively { () throws(HostError) in
                    if !writer.group.isEmpty, state.changes.count >= Self.maxRemembered { try standAlone(&state) }
                    try openSavepoint(&state)
                    let launch = try add(request)
                    if !writer.group.isEmpty { state.changes.append(.launch(request, launch)) }
                    return launch
                }
            } catch {
                noticeLoss(&state, error)
                throw error
            }
        }
    }

    /// The script's own last inserted id stays what it was.
    private func add(_ request: JobRequest) throws(HostError) -> JobLaunch {
        let lastInsertID = writer.connection.lastInsertID
        defer { sqlite3_set_last_insert_rowid(writer.connection.handle, lastInsertID) }
        return try writer.jobs.launch(request)
    }

    private func openSavepoint(_ state: inout State) throws(HostError) {
        guard !state.hasSavepoint else { return }
        do { try Member.begin(writer.connection) } catch { throw writer.connection.hostError(error) }
        state.hasSavepoint = true
    }

    private func admit(_ state: borrowing State) throws(HostError) {
        switch state.phase {
        case .ended: throw HostError(.conflict, "the session has ended: its handle is good only inside its function")
        case .undone(let error): throw error
        case .active where interruption.isRaised: throw Self.timeUp
        case .active: break
        }
    }

    private static let timeUp = HostError(.timeout, "the session took too long and was interrupted")

    /// When SQLite rolled the transaction back by itself, the whole group has failed with this.
    private func noticeLoss(_ state: inout State, _ error: HostError) {
        guard writer.group.isLost || !writer.group.isOpen else { return }
        writer.gate.deliver(writer.group.fail(error))
        state.phase = .undone(error)
        state.hasSavepoint = false
    }

    // MARK: - The end

    /// `done` is called before this returns when there was nothing to make durable, or when it failed at once.
    func commit(_ writes: [HostWrite], done: @escaping @Sendable (Result<Void, HostError>) -> Void) {
        let completion: Completion = { error in done(error.map(Result.failure) ?? .success(())) }
        let answer: Answer = state.withLock { state in
            if case .ended = state.phase { return .endedBefore }
            defer { state.phase = .ended }
            do throws(HostError) {
                try admit(state)
                return try keep(&state, writes, completion)
            } catch {
                noticeLoss(&state, error)
                undo(&state)
                return .now(error)
            }
        }
        switch answer {
        case .later:
            writer.leave(mayOwe: true)
        case .now(let error):
            writer.leave()
            completion(error)
        case .endedBefore:
            completion(HostError(.conflict, "the session has ended already"))
        }
    }

    private enum Answer {
        /// The group's commit brings it.
        case later
        case now(HostError?)
        case endedBefore
    }

    private func keep(
        _ state: inout State, _ writes: [HostWrite], _ completion: @escaping Completion
    ) throws(HostError) -> Answer {
        if !writes.isEmpty {
            try openSavepoint(&state)
            try writer.host.apply(writes)
        }
        // What was read may be another member's work that is not durable yet, so it waits for that, too.
        if !state.hasSavepoint, writer.group.isEmpty { return .now(nil) }
        if state.hasSavepoint {
            do { try Member.keep(writer.connection) } catch { throw writer.connection.hostError(error) }
        }
        writer.group.add(completion)
        return .later
    }

    /// Undoes everything and gives the turn back; harmless when the session has ended. Callable from any thread: a
    /// statement in progress is interrupted.
    func rollback() {
        interruption.raise()
        let wasOpen = state.withLock { state in
            if case .ended = state.phase { return false }
            undo(&state)
            state.phase = .ended
            return true
        }
        if wasOpen { writer.leave() }
    }

    private func undo(_ state: inout State) {
        if state.hasSavepoint { Member.undo(writer.connection) }
        state.hasSavepoint = false
        if state.changedSchema { writer.scripts.forget() }
    }
}
