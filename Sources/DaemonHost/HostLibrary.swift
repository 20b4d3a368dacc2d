import LuaRuntime
import Model

/// What the functions of the `lunad` table do: one handler for each that the host, not the Lua seam, carries out.
enum HostLibrary {
    /// Runs on the worker thread, with arguments already checked against the declaration.
    typealias Handler = @Sendable (ScriptTask, [Value]) -> HostReply

    /// By the function's index in `LunadAPI.functions`; nil for those that the seam implements itself.
    static let handlers: [Handler?] = LunadAPI.functions.map { named[$0.name] }

    static let named: [String: Handler] = log.merging(control, uniquingKeysWith: { first, _ in first })
        .merging(database, uniquingKeysWith: { first, _ in first })
        .merging(files, uniquingKeysWith: { first, _ in first })
        .merging(data, uniquingKeysWith: { first, _ in first })
        .merging(jobs, uniquingKeysWith: { first, _ in first })
        .merging(programs, uniquingKeysWith: { first, _ in first })
        .merging(web, uniquingKeysWith: { first, _ in first })
        .merging(events, uniquingKeysWith: { first, _ in first })
        .merging(metrics, uniquingKeysWith: { first, _ in first })

    private static let log: [String: Handler] = [
        "log.debug": { $0.log(.debug, $1) },
        "log.info": { $0.log(.info, $1) },
        "log.warn": { $0.log(.warn, $1) },
        "log.error": { $0.log(.error, $1) },
    ]

    private static let data: [String: Handler] = [
        "json.encode": { _, arguments in
            HostReply(of: { () throws(HostError) in [.string(try JSON.encode(arguments[at: 0]))] })
        },
        "json.decode": { _, arguments in
            HostReply(of: { () throws(HostError) in [try JSON.decode(arguments[at: 0].utf8Bytes)] })
        },
        "daemons.list": { task, _ in
            .values([.list(task.context.registry.records().map(\.value))])
        },
        "daemons.get": { task, arguments in
            let name = arguments[at: 0].stringValue ?? ""
            return .values([task.context.registry.record(named: name)?.value ?? .null])
        },
    ]
}

extension [Value] {
    /// The argument at that place; nil's value when it was not given.
    subscript(at index: Int) -> Value { index < count ? self[index] : .null }
}

extension Value {
    /// An array, or the empty table that Lua cannot tell from one.
    static func list(_ values: [Value]) -> Value { values.isEmpty ? .emptyTable : .array(values) }

    /// A string's bytes, valid UTF-8 or not; empty for any other kind.
    var utf8Bytes: [UInt8] {
        switch self {
        case .string(let text): Array(text.utf8)
        case .bytes(let bytes): bytes
        default: []
        }
    }

    /// A string for people: invalid UTF-8 is repaired, other kinds are empty.
    var text: String {
        if case .string(let text) = self { text } else { String(decoding: utf8Bytes, as: UTF8.self) }
    }
}
