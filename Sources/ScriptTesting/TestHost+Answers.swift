import DaemonHost
import Model
import Platform
import SQLiteStore

extension TestHost {
    /// What can be said or done at once.
    func answer(_ name: String, _ arguments: Value) throws(HostError) -> Value {
        switch name {
        case "daemons": return .array(engine.host.daemons().map(\.value)).listed
        case "now": return .number(Double(clock.now().milliseconds) / 1_000)
        case "status": return try engine.host.daemon(named: arguments.text("name")).value
        case "jobs": return try jobs(arguments)
        case "job": return try store.job(arguments["id"]?.integerValue ?? 0)?.value ?? .null
        case "logs": return try logs(arguments)
        case "events": return try events(arguments["kind"]?.stringValue)
        case "folder": return .string(try folder.add((arguments["files"] ?? .null).fields))
        case "read": return Value(content: try folder.read(arguments.text("path")))
        case "fail", "mend", "program", "write", "remove": try change(name, arguments)
        default: throw HostError(.invalidArgument, "a host has no function '\(name)'")
        }
        return .emptyTable
    }

    private func change(_ name: String, _ arguments: Value) throws(HostError) {
        switch name {
        case "fail":
            try faults.add(
                arguments.text("call"), message: arguments.text("message"), daemon: arguments["daemon"]?.stringValue,
                times: arguments["times"]?.integerValue.map { Int($0) })
        case "mend": faults.clear(arguments["call"]?.stringValue)
        case "program": programs.answer(for: arguments.text("name"))
        case "write": try folder.write((arguments["text"] ?? .null).content, at: arguments.text("path"))
        default: try folder.remove(arguments.text("path"))
        }
    }

    private func jobs(_ filter: Value) throws(HostError) -> Value {
        var query = JobQuery(limit: 1_000)
        for field in filter.fields {
            switch field.key {
            case "type": query.type = field.value.stringValue
            case "daemon": query.daemon = field.value.stringValue
            case "tag": query.tag = field.value.stringValue
            case "parent": query.parent = field.value.integerValue
            case "status":
                guard let status = field.value.stringValue.flatMap(JobStatus.init(rawValue:)) else {
                    throw Self.unknown("status", field.value.shown(), among: JobStatus.allCases.map(\.rawValue))
                }
                query.statuses = [status]
            default: throw Self.unknown("filter", field.key, among: ["type", "daemon", "tag", "parent", "status"])
            }
        }
        return Value.array(try store.jobs(query).reversed().map(\.value)).listed
    }

    private func logs(_ filter: Value) throws(HostError) -> Value {
        var entries = log
        for field in filter.fields {
            let text = field.value.stringValue ?? ""
            switch field.key {
            case "daemon": entries = entries.filter { $0.daemon == text }
            case "job": entries = entries.filter { $0.job == field.value.integerValue }
            case "text": entries = entries.filter { $0.holds(text) }
            case "level":
                guard let level = LogLevel(rawValue: text) else {
                    throw Self.unknown("level", text, among: LogLevel.allCases.map(\.rawValue))
                }
                entries = entries.filter { $0.level >= level }
            default: throw Self.unknown("filter", field.key, among: ["daemon", "job", "text", "level"])
            }
        }
        return Value.array(entries.map(\.value)).listed
    }

    private func events(_ kind: String?) throws(HostError) -> Value {
        if let kind, HostEvent.Kind(rawValue: kind) == nil {
            throw Self.unknown("kind of event", kind, among: HostEvent.Kind.allCases.map(\.rawValue))
        }
        let batch = engine.context.events.read(after: 0, limit: EventHub.capacity)
        let values = batch.events.filter { kind == nil || $0.event.kind.rawValue == kind }.map { numbered in
            Value.object([.init("kind", .string(numbered.event.kind.rawValue))] + numbered.event.value.fields)
        }
        return Value.array(values).listed
    }

    private static func unknown(_ what: String, _ word: String, among known: [String]) -> HostError {
        HostError(
            .invalidArgument,
            "unknown \(what) '\(word)'\(DidYouMean.hint(for: word, in: known)); there are \(known.joined(separator: ", "))"
        )
    }

    // MARK: - Rows

    private static let rowLimit = 100_000

    /// Runs one statement in a transaction of its own, as a script's session would.
    func runStatement(_ arguments: Value, keepsRows: Bool) throws(HostError) -> Value {
        let granted = try store.beginSession(daemon: "test") { late in
            if case .success(let session) = late { session.rollback() }
        }
        guard let session = granted else { throw HostError(.busy, "a daemon holds the database") }
        let (sql, parameters) = (arguments.text("sql"), Self.parameters(arguments["values"] ?? .null))
        guard keepsRows else { return try execute(session, sql, parameters) }
        defer { session.rollback() }
        return Value.array(try session.query(sql, parameters, maxRows: Self.rowLimit)).listed
    }

    private func execute(
        _ session: any StoreSession, _ sql: String, _ parameters: SQLParameters
    ) throws(HostError) -> Value {
        let changes: Int
        do {
            changes = try session.execute(sql, parameters).changes
        } catch {
            session.rollback()
            throw error
        }
        let committed = LoopResult(on: loop) { () async throws(HostError) in
            let result = await withCheckedContinuation { continuation in
                session.commit([]) { continuation.resume(returning: $0) }
            }
            try result.get()
        }
        _ = try result(of: committed, what: "the commit of the test's statement")
        return .integer(Int64(changes))
    }

    /// The values of `table.pack`: by position, or the one table of named values.
    private static func parameters(_ packed: Value) -> SQLParameters {
        let entries: [Value.Entry] =
            switch packed {
            case .map(let entries): entries
            case .object(let fields): fields.map { Value.Entry(.string($0.key), $0.value) }
            default: []
            }
        let count = entries.first { $0.key == .string("n") }?.value.integerValue ?? 0
        let values = (0..<max(count, 0)).map { index in
            entries.first { $0.key.integerValue == index + 1 }?.value ?? .null
        }
        if values.count == 1, case .object(let fields)? = values.first, !fields.isEmpty { return .named(fields) }
        return .positional(values)
    }
}

extension LogEntry {
    /// Whether the text is in the message or in what the fields say.
    fileprivate func holds(_ text: String) -> Bool {
        if text.isEmpty || message.contains(text) { return true }
        guard let fields, let said = try? JSON.encode(fields) else { return false }
        return said.contains(text)
    }
}

extension Value {
    /// The text of a field; empty when it has none.
    func text(_ key: String) -> String { self[key]?.stringValue ?? "" }

    /// A Lua string of these bytes.
    init(content: [UInt8]) {
        self = String(validating: content, as: UTF8.self).map { .string($0) } ?? .bytes(content)
    }

    /// An array without elements is the empty table.
    var listed: Value { if case .array(let elements) = self, elements.isEmpty { .emptyTable } else { self } }
}
