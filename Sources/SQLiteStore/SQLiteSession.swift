import Model

/// A script's hold on its turn at the writer: dropping the last reference rolls back.
///
/// The store knows the turn alone, which would have to be a weak reference otherwise, and slow for all who hold it.
final class SQLiteSession: StoreSession {
    let turn: SessionTurn

    init(_ turn: SessionTurn) { self.turn = turn }

    deinit { turn.rollback() }

    func query(_ sql: String, _ parameters: SQLParameters, maxRows: Int) throws(HostError) -> [Value] {
        try turn.query(sql, parameters, maxRows: maxRows)
    }

    func execute(_ sql: String, _ parameters: SQLParameters) throws(HostError) -> (changes: Int, lastInsertID: Int64) {
        try turn.execute(sql, parameters)
    }

    func launch(_ request: JobRequest) throws(HostError) -> JobLaunch { try turn.launch(request) }

    func interrupt() { turn.interrupt() }

    func commit(_ writes: [HostWrite], done: @escaping @Sendable (Result<Void, HostError>) -> Void) {
        turn.commit(writes, done: done)
    }

    func rollback() { turn.rollback() }
}
