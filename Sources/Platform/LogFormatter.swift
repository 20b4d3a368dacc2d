import Model

/// Log entries as lines: for people, or as one JSON object each.
///
/// Whatever a script puts into an entry, a line stays harmless on a terminal: control and direction characters are
/// written as escapes, and the further lines of a message are indented, so that none can pass for an entry.
package struct LogFormatter: Sendable {
    package enum Style: Sendable, Hashable {
        case text(color: Bool)
        case json
    }

    private let style: Style
    private let forJournal: Bool
    private let offset: @Sendable (WallTime) -> Int

    /// `offset` gives the seconds that the shown time is east of UTC; JSON is always in UTC. `forJournal`: each line
    /// begins with its priority, and text has neither time nor level nor colour, all of which the journal adds itself.
    package init(
        _ style: Style, forJournal: Bool = false, offset: @escaping @Sendable (WallTime) -> Int = LocalTime.offset(at:)
    ) {
        self.style = style
        self.forJournal = forJournal
        self.offset = offset
    }

    /// The line or lines for `entry`, without a line feed at the end.
    package func line(for entry: LogEntry) -> String {
        switch style {
        case .text(let color):
            forJournal ? prioritized(text(entry), entry.level) : stamped(entry, Paint(isOn: color))
        case .json: forJournal ? prioritized(json(entry), entry.level) : json(entry)
        }
    }

    /// Each line with the priority of syslog(3) in front, as journald reads it.
    private func prioritized(_ text: String, _ level: LogLevel) -> String {
        let priority =
            switch level {
            case .debug: "<7>"
            case .info: "<6>"
            case .warn: "<4>"
            case .error: "<3>"
            }
        return priority + text.replacing("\n", with: "\n\(priority)")
    }

    // MARK: text

    private func stamped(_ entry: LogEntry, _ paint: Paint) -> String {
        let time = CivilTime(entry.at, offset: offset(entry.at))
        let clock =
            "\(time.hour.padded(2)):\(time.minute.padded(2)):\(time.second.padded(2)).\(time.millisecond.padded(3))"
        let level = entry.level.rawValue.uppercased()
        let padded = level + String(repeating: " ", count: max(0, 5 - level.count))
        return "\(paint.dim(clock)) \(paint.level(padded, entry.level)) \(text(entry, paint))"
    }

    private func text(_ entry: LogEntry, _ paint: Paint = Paint(isOn: false)) -> String {
        let name = entry.daemon.map { "\(TerminalText.escape($0))  " } ?? ""
        let message = TerminalText.escape(entry.message, continuation: "\n    ")
        let head = "\(paint.bold(name))\(message)"
        return fields(entry).reduce(into: head) { line, field in line += " " + paint.dim(field) }
    }

    private func fields(_ entry: LogEntry) -> [String] {
        var list: [String] = []
        switch entry.fields {
        case .object(let fields)?: list = fields.map { "\(TerminalText.escape($0.key))=\(Self.shown($0.value))" }
        case let fields?: list = [Self.shown(fields)]
        case nil: break
        }
        if let job = entry.job { list.append("job=\(job)") }
        return list
    }

    /// A field's value: text bare when it has nothing that could be taken for something else, all other values as JSON.
    private static func shown(_ value: Value) -> String {
        if let text = value.stringValue, isBare(text) { return TerminalText.escape(text) }
        return TerminalText.escape((try? JSON.encode(value, style: .typed)) ?? "…")
    }

    private static func isBare(_ text: String) -> Bool {
        !text.isEmpty
            && text.unicodeScalars.allSatisfy { !" \"=\\".unicodeScalars.contains($0) && !TerminalText.isUnsafe($0) }
    }

    // MARK: JSON

    private func json(_ entry: LogEntry) -> String {
        var fields: [Value.Field] = [
            .init("at", .string(entry.at.iso8601)), .init("level", .string(entry.level.rawValue)),
        ]
        if let daemon = entry.daemon { fields.append(.init("daemon", .string(daemon))) }
        fields.append(.init("message", .string(entry.message)))
        if let more = entry.fields { fields.append(.init("fields", more)) }
        if entry.generation != 0 { fields.append(.init("generation", .integer(Int64(entry.generation)))) }
        if !entry.codeHash.isEmpty { fields.append(.init("code_hash", .string(entry.codeHash))) }
        if entry.step != 0 { fields.append(.init("step", .integer(entry.step))) }
        if let job = entry.job { fields.append(.init("job", .integer(job))) }
        // Fields that plain JSON cannot say are written in the tagged form rather than lost.
        if let plain = try? JSON.encode(.object(fields)) { return plain }
        if let typed = try? JSON.encode(.object(fields), style: .typed) { return typed }
        fields.removeAll { $0.key == "fields" }
        return (try? JSON.encode(.object(fields))) ?? "{}"
    }
}

/// Colours of a terminal (ECMA-48), or nothing.
private struct Paint {
    let isOn: Bool

    func dim(_ text: String) -> String { paint(text, "2") }
    func bold(_ text: String) -> String { text.isEmpty ? text : paint(text, "1") }

    func level(_ text: String, _ level: LogLevel) -> String {
        switch level {
        case .debug: paint(text, "2")
        case .info: paint(text, "32")
        case .warn: paint(text, "33")
        case .error: paint(text, "31")
        }
    }

    private func paint(_ text: String, _ code: String) -> String {
        isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
