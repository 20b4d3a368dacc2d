import CSQLite
import Model

/// A script's statement, prepared under the rules for scripts, with what the host must know before it runs.
final class ScriptStatement {
    let statement: Statement
    /// Whether it writes nothing.
    let isReadOnly: Bool
    /// Whether it changes the schema.
    let changesSchema: Bool
    /// Whether it may run for long, so that it may have to be interrupted: anything with a loop over stored rows.
    ///
    /// Interrupting a statement that writes makes SQLite roll back the whole transaction, so such a statement must
    /// not share one with other members.
    let mayRunLong: Bool
    private let parameterNames: [String?]

    /// The failure of a statement that is refused or wrong; the message is for the script's author.
    static func prepare(_ sql: String, on connection: Connection) throws(HostError) -> ScriptStatement {
        guard !sql.utf8.contains(0) else { throw HostError(.sql, "the statement contains a NUL character") }
        connection.rules.forgetLast()
        do {
            return try ScriptStatement(sql, connection)
        } catch {
            if let refusal = connection.rules.refusal { throw HostError(.forbidden, refusal) }
            throw scriptError(error, sql, connection)
        }
    }

    private init(_ sql: String, _ connection: Connection) throws(SQLiteFailure) {
        let statement = try Statement(connection, sql, persistent: true)
        let rest = Array(sql.utf8.dropFirst(statement.textLength))
        guard Self.isBlank(rest, connection) else {
            throw SQLiteFailure(
                code: SQLITE_ERROR, message: "one statement at a time: there is more text after the first ';'",
                offset: statement.textLength)
        }
        isReadOnly = statement.isReadOnly
        changesSchema = connection.rules.changesSchema
        let program = isReadOnly ? nil : try StatementProgram(sql, connection)
        guard program?.rollsBack != true else {
            throw SQLiteFailure(
                code: SQLITE_ERROR,
                message:
                    "ROLLBACK as a conflict clause is refused, it would undo other daemons' work: use ABORT or FAIL")
        }
        mayRunLong = program?.isStraight == false
        parameterNames = (1...sqlite3_bind_parameter_count(statement.handle) + 1).dropLast().map { index in
            sqlite3_bind_parameter_name(statement.handle, index).map { String(cString: $0) }
        }
        self.statement = statement
    }

    /// Whether only space, comments and semicolons are left.
    private static func isBlank(_ rest: [UInt8], _ connection: Connection) -> Bool {
        if rest.allSatisfy({ [9, 10, 13, 32, 59].contains($0) }) { return true }
        do {
            _ = try Statement(connection, rest[...])
            return false
        } catch {
            return error.code == SQLITE_MISUSE
        }
    }

    /// The failure in words for the script's author: SQLite's, with the place in the statement where it is known.
    static func scriptError(_ failure: SQLiteFailure, _ sql: String, _ connection: Connection) -> HostError {
        var failure = failure
        if let offset = failure.offset, failure.primaryCode == SQLITE_ERROR {
            let before = sql.utf8.prefix(offset)
            let line = 1 + before.count { $0 == 10 }
            let column = 1 + before.reversed().prefix { $0 != 10 }.count
            failure.message += " (line \(line), column \(column) of the statement)"
        }
        return connection.hostError(failure, code: .sql)
    }

    // MARK: - Parameters

    /// Binds after checking names, count and kinds; an error names what is missing, unknown or of a wrong kind.
    func bind(_ parameters: SQLParameters) throws(HostError) {
        switch parameters {
        case .positional(let values): try bind(values)
        case .named(let fields) where parameterNames.isEmpty && fields.isEmpty: break
        case .named(let fields): try bind(fields)
        }
    }

    private func bind(_ values: [Value]) throws(HostError) {
        let names = parameterNames.compactMap { $0 }.filter { !$0.hasPrefix("?") }
        guard names.isEmpty else {
            throw HostError(
                .invalidArgument,
                "the statement has named parameters (\(names.joined(separator: ", "))): give one table with those names"
            )
        }
        guard values.count == parameterNames.count else {
            throw HostError(
                .invalidArgument,
                "the statement has \(Self.counted(parameterNames.count, "parameter")), but "
                    + "\(Self.counted(values.count, "value")) came with it")
        }
        for (index, value) in values.enumerated() { try bind(value, at: index + 1, called: "parameter \(index + 1)") }
    }

    private func bind(_ fields: [Value.Field]) throws(HostError) {
        var wanted: [String] = []
        for name in parameterNames {
            guard let name, !name.hasPrefix("?") else {
                throw HostError(
                    .invalidArgument, "the statement has parameters without names (?): give the values one by one")
            }
            wanted.append(String(name.dropFirst()))
        }
        if let unknown = fields.first(where: { !wanted.contains($0.key) }) {
            let known = wanted.isEmpty ? "it has none" : "it has \(wanted.joined(separator: ", "))"
            throw HostError(.invalidArgument, "the statement has no parameter named '\(unknown.key)': \(known)")
        }
        for (index, name) in wanted.enumerated() {
            guard let field = fields.first(where: { $0.key == name }) else {
                throw HostError(
                    .invalidArgument,
                    "the parameter '\(name)' has no value (a nil field is none): for NULL use ? and give nil in its place"
                )
            }
            try bind(field.value, at: index + 1, called: "the parameter '\(name)'")
        }
    }

    private func bind(_ value: Value, at index: Int, called name: String) throws(HostError) {
        if value.isTable {
            throw HostError(
                .invalidArgument, "\(name) is a table, which no column holds: store lunad.json.encode of it")
        }
        if case .number(let number) = value, number.isNaN {
            throw HostError(.invalidArgument, "\(name) is not a number (nan), which no column holds")
        }
        do {
            try statement.bind(value, at: Int32(index))
        } catch {
            throw HostError(.limitExceeded, "\(name) cannot be stored", cause: error.message)
        }
    }

    private static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}

/// The instructions that SQLite made of a statement, read to tell how it behaves.
struct StatementProgram {
    /// Whether every instruction runs a small number of times, whatever the database holds.
    var isStraight = true
    /// Whether it can roll back the whole transaction by itself.
    var rollsBack = false

    init(_ sql: String, _ connection: Connection) throws(SQLiteFailure) {
        let listing = try Statement(connection, "EXPLAIN " + sql)
        var scratch: Set<Int64> = []
        var loops: Set<Int64> = []
        while try listing.step() {
            let opcode = listing.text(1) ?? ""
            let first = listing.integer(2)
            switch opcode {
            case "OpenEphemeral": scratch.insert(first)
            case "Next": loops.insert(first)
            case "Halt", "HaltIfNull": if first != 0, listing.integer(3) == Self.rollback { rollsBack = true }
            default: if !Self.straight.contains(opcode) { isStraight = false }
            }
        }
        // A loop over rows that the statement itself has just made, as RETURNING has it, is as short as those rows are few.
        if !loops.isSubset(of: scratch) { isStraight = false }
    }

    /// SQLite's number for the conflict clause ROLLBACK in an instruction's second operand.
    private static let rollback: Int64 = 1

    /// Instructions that do a bounded amount of work and never jump back; what is not listed is taken for a loop.
    private static let straight: Set<String> = [
        "Add", "Affinity", "And", "BitAnd", "BitNot", "BitOr", "Blob", "Cast", "Close", "CollSeq", "Column", "Concat",
        "Copy", "DeferredSeek", "Delete", "Divide", "ElseEq", "Eq", "Expire", "FinishSeek", "FkCheck", "Found",
        "Function",
        "Ge", "Goto", "Gt", "IdxDelete", "IdxGE", "IdxGT", "IdxInsert", "IdxLE", "IdxLT", "IdxRowid", "If", "IfNot",
        "IfNullRow", "Init", "Insert", "Int64", "IntCopy", "Integer", "IsNull", "IsTrue", "IsType", "Last", "Le", "Lt",
        "MakeRecord", "MemMax", "Move", "Multiply", "MustBeInt", "Ne", "NewRowid", "NoConflict", "Noop", "Not",
        "NotExists",
        "NotFound", "NotNull", "Null", "NullRow", "Offset", "Once", "OpenRead", "OpenWrite", "Or", "PureFunc", "Real",
        "RealAffinity", "ReleaseReg", "Remainder", "ResultRow", "Rewind", "Rowid", "SCopy", "SeekGE", "SeekGT",
        "SeekHit",
        "SeekLE", "SeekLT", "SeekRowid", "ShiftLeft", "ShiftRight", "SoftNull", "String", "String8", "Subtract",
        "Transaction", "TypeCheck", "Variable", "ZeroOrNull",
    ]
}
