import Model

/// Shows what the daemons are doing.
struct StatusCommand: Command {
    static let declaration = CommandDeclaration(
        name: "status", summary: "show what the daemons are doing",
        discussion: """
            Reads the project's database, so it also works when no host is running. With --json: an array with one
            object a daemon, or the one object when NAME is given.
            """,
        positionals: [.init(name: "NAME", doc: "only this daemon, in full", presence: .optional)])

    private let name: String?

    init(_ arguments: ParsedArguments) { name = arguments.positionals.first }

    func run(in context: CommandContext) throws(HostError) -> ExitCode {
        let view = try HostView(context.project, clock: context.clock)
        defer { view.store.close() }
        if !view.isHostRunning { context.note("No host is running here; this is what the last one left.") }
        if let name {
            try show(try view.daemon(named: name), in: context)
        } else {
            try show(try view.daemons(), in: context)
            if !context.isJSON { try tellAlerts(of: view, in: context) }
        }
        return .done
    }

    // MARK: All

    private func show(_ records: [DaemonRecord], in context: CommandContext) throws(HostError) {
        if context.isJSON {
            let values = records.map(\.value)
            return context.output.line(values.isEmpty ? "[]" : try JSON.encode(.array(values)))
        }
        guard !records.isEmpty else {
            return context.note("No daemons yet: put a script into scripts/, or try 'lunad new daemon NAME'.")
        }
        let now = context.clock.now()
        var table = TextTable(
            ["NAME", "STATUS", "SINCE", "LAST STEP", "NEXT STEP", "STEPS", "ERRORS", "WHAT"], numeric: [5, 6])
        for record in records { table.add(row(record.forTerminal, now)) }
        context.output.write(table.text(for: context.output))
    }

    private func tellAlerts(of view: HostView, in context: CommandContext) throws(HostError) {
        let count = try view.store.alerts(.active, limit: AlertMachine.capacity).count { $0.acknowledgedAt == nil }
        guard count > 0 else { return }
        let text = "\(count) alert\(count == 1 ? "" : "s") that nobody has acknowledged: see 'lunad alerts'"
        context.output.line(Paint.red.on(text, context.output))
    }

    private func row(_ record: DaemonRecord, _ now: WallTime) -> [TextTable.Cell] {
        [
            .init(text: record.name),
            .init(text: record.status.rawValue, paint: record.status.paint),
            .init(text: record.statusSince.map { Ages.words(now - $0) } ?? "-"),
            .init(text: Ages.ago(record.lastSuccess, now: now)),
            .init(text: Ages.ahead(record.nextStepAt, now: now)),
            .init(text: "\(record.steps)"),
            .init(text: "\(record.errors)", paint: record.consecutiveErrors > 0 ? .red : nil),
            .init(text: record.what, paint: record.activity == nil ? .dim : nil),
        ]
    }

    // MARK: One

    private func show(_ record: DaemonRecord, in context: CommandContext) throws(HostError) {
        if context.isJSON { return context.output.line(try JSON.encode(record.value)) }
        let rows = facts(of: record.forTerminal, now: context.clock.now())
        let width = rows.map(\.0.count).max() ?? 0
        for (name, text) in rows {
            context.output.line(Paint.dim.on(name.padded(to: width), context.output) + "  " + text)
        }
    }

    private func generation(of record: DaemonRecord) -> String {
        record.codeHash.isEmpty
            ? "not loaded yet" : "generation \(record.generation) (\(record.codeHash.prefix(12)))"
    }

    private func facts(of record: DaemonRecord, now: WallTime) -> [(String, String)] {
        let since = record.statusSince.map { " for \(Ages.words(now - $0))" } ?? ""
        var rows = [
            ("daemon", record.name),
            ("script", "scripts/\(record.type).lua, \(generation(of: record))"),
            ("status", "\(record.status.rawValue)\(since)"),
            ("reason", record.reason.shortened(to: 500)),
            (
                "enabled",
                "\(record.enabled ? "yes" : "no"), as \(record.enabledByOperator ? "set here" : "its script says")"
            ),
            ("started", Ages.ago(record.startedAt, now: now)),
            ("heartbeat", Ages.ago(record.lastHeartbeat, now: now)),
            ("last step", Ages.ago(record.lastSuccess, now: now)),
            ("next step", Ages.ahead(record.nextStepAt, now: now)),
            ("steps", "\(record.steps)"),
            ("errors", "\(record.errors), \(record.consecutiveErrors) in a row"),
            ("restarts", "\(record.restarts)"),
            ("memory", "\(record.memoryBytes / 1_024) KB"),
        ]
        if record.activity != nil { rows.append(("activity", record.what)) }
        if let error = record.error { rows.append(("last error", error.shortened(to: 500))) }
        return rows
    }
}

extension DaemonRecord {
    /// What it says it is doing, with its progress; else why it has its status.
    fileprivate var what: String {
        guard let activity else { return reason }
        return progress.map { "\(activity) (\(Int(max(0, min(1, $0)) * 100)) %)" } ?? activity
    }
}
