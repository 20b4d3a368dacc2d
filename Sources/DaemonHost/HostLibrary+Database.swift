import LuaRuntime
import Model

extension HostLibrary {
    /// No query gives a script more rows than this.
    static let rowLimit = 100_000

    static let database: [String: Handler] = [
        "db:query": { task, arguments in
            task.inSession { session throws(HostError) in
                [
                    .list(
                        try session.query(
                            arguments[at: 0].text, SQLParameters(arguments.dropFirst()), maxRows: rowLimit))
                ]
            }
        },
        "db:row": { task, arguments in
            task.inSession { session throws(HostError) in
                let rows = try session.query(
                    arguments[at: 0].text, SQLParameters(arguments.dropFirst()), maxRows: rowLimit)
                return [rows.first ?? .null]
            }
        },
        "db:value": { task, arguments in
            task.inSession { session throws(HostError) in
                let rows = try session.query(
                    arguments[at: 0].text, SQLParameters(arguments.dropFirst()), maxRows: rowLimit)
                guard case .object(let columns)? = rows.first else { return [.null] }
                return [columns.first?.value ?? .null]
            }
        },
        "db:exec": { task, arguments in
            task.inSession { session throws(HostError) in
                let (changes, id) = try session.execute(arguments[at: 0].text, SQLParameters(arguments.dropFirst()))
                return [.integer(Int64(changes)), .integer(id)]
            }
        },
    ]
}

extension ScriptTask {
    fileprivate func inSession(_ work: (any StoreSession) throws(HostError) -> [Value]) -> HostReply {
        guard let session else {
            return .error("there is no session: use db only inside lunad.session(function(db) … end)")
        }
        do {
            return .values(try work(session))
        } catch {
            return .error(error.description)
        }
    }
}

extension SQLParameters {
    /// One table with named fields gives named parameters; anything else is by position.
    init(_ arguments: ArraySlice<Value>) {
        if arguments.count == 1, case .object(let fields)? = arguments.first {
            self = .named(fields)
        } else {
            self = .positional(Array(arguments))
        }
    }
}
