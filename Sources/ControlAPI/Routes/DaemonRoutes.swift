import Model

/// Daemons: what they are doing, and what they are told.
struct DaemonRoutes: Sendable {
    let services: ControlServices
    private let answers = RecordAnswers()

    init(services: ControlServices) { self.services = services }

    private var host: any HostControl { services.host }

    var routes: [Route] {
        reading + DaemonCommand.allCases.map(command) + DaemonCommand.allCases.map(commandOnAll) + books
    }

    private var reading: [Route] {
        [
            Route(
                .get, "/api/daemons", "Every daemon as it is now",
                query: [
                    ConfigKey(
                        "include", .string, oneOf: ["recent"],
                        doc: "recent: how long each one's last steps took, in seconds, oldest first")
                ], answer: .json(.list(.daemon))
            ) { (call) throws(HostError) in
                guard call.query("include") != nil else { return try .json(.array(host.daemons().map(\.value))) }
                let recent = try services.requireStatistics().recentSteps()
                return try .json(.array(host.daemons().map { Self.value(of: $0, recent: recent[$0.name] ?? []) }))
            },
            Route(
                .get, "/api/daemons/{name}", "One daemon as it is now", answer: .json(.daemon),
                atOnce: { name in host.snapshot(of: name).flatMap { try? answers.answer($0) } }
            ) { (call) throws(HostError) in
                try answers.answer(try host.daemon(named: call.parameter("name")))
            },
        ]
    }

    private static func value(of record: DaemonRecord, recent: [Float]) -> Value {
        guard case .object(let fields) = record.value else { return record.value }
        return .object(fields + [.init("recent_steps", .array(recent.map { .seconds($0) }))])
    }

    private func command(_ command: DaemonCommand) -> Route {
        Route(
            .post, "/api/daemons/{name}/\(command.rawValue)", Self.summary(of: command), query: [Self.wait],
            answer: .json(.daemon)
        ) { (call) throws(HostError) in
            let record = try await host.carryOut(
                command, on: call.parameter("name"), patience: Self.patience(call))
            return try .json(record.value)
        }
    }

    private func commandOnAll(_ command: DaemonCommand) -> Route {
        Route(
            .post, "/api/daemons/\(command.rawValue)-all", "\(Self.summary(of: command)), all that it concerns",
            query: [Self.wait], answer: .json(.list(.daemon))
        ) { (call) throws(HostError) in
            let records = try await host.carryOutOnAll(command, patience: Self.patience(call))
            return try .json(.array(records.map(\.value)))
        }
    }

    private var books: [Route] {
        [
            Route(
                .post, "/api/daemons", "Make a daemon: of a new script, or as another instance of one",
                query: [Self.wait],
                body: .fields(Self.additionFields), answer: .json(.daemon, 201)
            ) { (call) throws(HostError) in try .json(try await add(call).value, status: 201) },
            Route(
                .delete, "/api/daemons/{name}", "Stop a daemon and forget it",
                query: [
                    Self.wait, ConfigKey("script", .boolean, default: false, doc: "Delete its script, too, for good"),
                ], answer: .nothing
            ) { (call) throws(HostError) in
                let name = call.parameter("name")
                if call.query("script")?.boolValue == true {
                    try await services.requireScripts().deleteScript(of: name, patience: Self.patience(call))
                } else {
                    try await host.remove(named: name, patience: Self.patience(call))
                }
                return .noContent
            },
            Route(.post, "/api/reload", "Read the scripts and the table of daemons again", answer: .nothing) {
                (_) throws(HostError) in
                try await host.reload()
                return .noContent
            },
        ]
    }

    private static let additionFields = [
        ConfigKey("name", .string, minimum: 1, maximum: 100, isRequired: true, doc: "The new daemon's name"),
        ConfigKey("script", .string, minimum: 1, maximum: 100, doc: "The script that it is an instance of"),
        ConfigKey(
            "source", .string, minimum: 1, maximum: 1_000_000,
            doc: "Or the text of a new script, which gets the daemon's name"),
        ConfigKey("config", .table, doc: "Config values by key"),
        ConfigKey("set", .list, of: .string, doc: "KEY=VALUE texts, read by the keys' declared types"),
        ConfigKey("enabled", .boolean, doc: "Start it now and with the host; if not said, as its script says"),
    ]

    private func add(_ call: Call) async throws(HostError) -> DaemonRecord {
        let name = call.field("name")?.stringValue ?? ""
        let config = try Self.config(of: call)
        let isEnabled = call.field("enabled")?.boolValue
        switch (call.field("script")?.stringValue, call.field("source")?.stringValue) {
        case (let script?, nil):
            let addition = DaemonAddition(name: name, type: script, config: config, isEnabled: isEnabled ?? true)
            return try await host.add(addition, patience: Self.patience(call))
        case (nil, let source?):
            let script = ScriptAddition(name: name, source: source, config: config, isEnabled: isEnabled)
            return try await services.requireScripts().create(script, patience: Self.patience(call))
        default:
            throw HostError(
                .invalidArgument, "give either script, the name of one that is there, or source, the text of a new one")
        }
    }

    private static func config(of call: Call) throws(HostError) -> ConfigChange {
        var change = ConfigChange(assignments: call.texts("set"))
        if case .object(let fields)? = call.field("config") {
            change.settings = fields.map { ConfigChange.Setting($0.key, $0.value) }
        } else if call.field("config") != nil {
            throw HostError(.invalidArgument, "config must be an object of values by key")
        }
        return change
    }

    // MARK: - Waiting

    static let wait = ConfigKey(
        "wait", .number, default: 15.0, minimum: 0, maximum: 60,
        doc: "Seconds to wait for the daemon to settle before the answer")

    static func patience(_ call: Call) -> Duration {
        .saturating(seconds: call.query("wait")?.doubleValue ?? 0)
    }

    private static func summary(of command: DaemonCommand) -> String {
        switch command {
        case .start: "Start a daemon"
        case .stop: "Stop a daemon"
        case .restart: "Stop a daemon and start it again with its state"
        case .enable: "Let a daemon start with the host"
        case .disable: "Let a daemon no longer start with the host"
        }
    }
}
