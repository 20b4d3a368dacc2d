import CSQLite
import Model

/// What a script's statement gave.
struct ScriptEffect: Sendable {
    var rows: [Value] = []
    var changes = 0
    var lastInsertID: Int64 = 0
}

/// Prepares, keeps and runs the statements of scripts on the writing connection, within bounds.
final class ScriptStatements {
    /// Statements kept prepared, and the longest text worth keeping, in bytes.
    static let kept = 256
    static let maxKeptText = 16 << 10
    /// The most that the rows of one query may take, in bytes.
    static let maxResultBytes = 16 << 20

    private let connection: Connection
    private let prepared = StatementCache<ScriptStatement>(capacity: kept)

    init(_ connection: Connection) { self.connection = connection }

    /// The statement for that text, prepared under the rules for scripts.
    func statement(_ sql: String) throws(HostError) -> ScriptStatement {
        if let statement = prepared[sql] { return statement }
        connection.rules.audience = .script
        defer { connection.rules.audience = .host }
        let statement = try ScriptStatement.prepare(sql, on: connection)
        if sql.utf8.count <= Self.maxKeptText, !statement.changesSchema { prepared[sql] = statement }
        return statement
    }

    /// Throws all away: what was found out about them may be true no longer.
    func forget() { prepared.removeAll() }

    /// Runs it to its end. `maxRows`: collect at most as many rows; nil ignores rows.
    func run(
        _ script: ScriptStatement, _ sql: String, _ parameters: SQLParameters, maxRows: Int?, interruption: Interruption
    ) throws(HostError) -> ScriptEffect {
        defer { script.statement.reset() }
        try script.bind(parameters)
        // A statement that changes rows and gives some must not stay half read: its changes go when they are too many.
        guard !script.isReadOnly, maxRows != nil, script.statement.columnCount > 0 else {
            return try perform(script, sql, maxRows, interruption)
        }
        do { try connection.run("SAVEPOINT changed_rows") } catch { throw connection.hostError(error) }
        do throws(HostError) {
            let effect = try perform(script, sql, maxRows, interruption)
            do { try connection.run("RELEASE changed_rows") } catch { throw connection.hostError(error) }
            return effect
        } catch {
            script.statement.reset()
            // It fails only when the transaction is gone, and the changes with it.
            try? connection.run("ROLLBACK TO changed_rows")
            try? connection.run("RELEASE changed_rows")
            throw error
        }
    }

    private func perform(
        _ script: ScriptStatement, _ sql: String, _ maxRows: Int?, _ interruption: Interruption
    ) throws(HostError) -> ScriptEffect {
        let rules = connection.rules
        // A changed schema makes SQLite prepare it again while it runs: under the same rules.
        rules.forgetLast()
        rules.audience = .script
        rules.interruption = script.isReadOnly || script.mayRunLong ? interruption : nil
        defer {
            rules.audience = .host
            rules.interruption = nil
            if script.changesSchema { forget() }
        }
        let before = sqlite3_total_changes64(connection.handle)
        do {
            var effect = ScriptEffect()
            effect.rows = try rows(script.statement, maxRows)
            if sqlite3_total_changes64(connection.handle) != before { effect.changes = connection.changes }
            effect.lastInsertID = connection.lastInsertID
            return effect
        } catch let error as SQLiteFailure {
            if let refusal = rules.refusal { throw HostError(.forbidden, refusal) }
            throw ScriptStatement.scriptError(error, sql, connection)
        } catch let error as HostError {
            throw error
        } catch {
            throw HostError(.internal, "\(error)")
        }
    }

    private func rows(_ statement: Statement, _ maxRows: Int?) throws -> [Value] {
        guard let maxRows else {
            while try statement.step() {}
            return []
        }
        var rows: [Value] = []
        var names: [String] = []
        var bytes = 0
        while try statement.step() {
            if rows.isEmpty { names = try columnNames(statement) }
            guard rows.count < maxRows else {
                throw HostError(.limitExceeded, "the query gives more than \(maxRows) rows: add a LIMIT or a WHERE")
            }
            var fields: [Value.Field] = []
            fields.reserveCapacity(names.count)
            for (column, name) in names.enumerated() {
                bytes += statement.size(Int32(column))
                fields.append(Value.Field(name, statement.value(Int32(column))))
            }
            guard bytes <= Self.maxResultBytes else {
                throw HostError(
                    .limitExceeded, "the query gives more than \(Self.maxResultBytes >> 20) MB: ask for less at a time")
            }
            rows.append(.object(fields))
        }
        return rows
    }

    private func columnNames(_ statement: Statement) throws(HostError) -> [String] {
        let names = statement.columnNames
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted {
            throw HostError(.sql, "two columns of the result are named '\(name)': give one another name with AS")
        }
        return names
    }
}
