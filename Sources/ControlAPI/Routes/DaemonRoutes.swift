import Model

/// Daemons: what they are doing, and what they are told.
struct DaemonRoutes: Sendable {
    let services: ControlServices

    private var host: any HostControl { services.host }

    var routes: [Route] {
        reading + DaemonCommand.allCases.map(command) + DaemonCommand.allCases.map(commandOnAll) + books
    }

    private var reading: [Route] {
        [
            Route(.get, "/api/daemons", "Every daemon as it is now", answer: .json(.list(.daemon))) {
                (_) throws(HostError) in
                try .json(.array(host.daemons().map(\.value)))
            },
            Route(.get, "/api/daemons/{name}", "One daemon as it is now", answer: .json(.daemon)) {
                (call) throws(HostError) in
                try .json(try host.daemon(named: call.parameter("name")).value)
            },
        ]
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
                .post, "/api/daemons", "Make another instance of a script", query: [Self.wait],
                body: .fields([
                    ConfigKey("name", .string, isRequired: true, doc: "The new daemon's name"),
                    ConfigKey("script", .string, isRequired: true, doc: "The script that it is an instance of"),
                    ConfigKey("config", .table, doc: "Config values by key"),
                    ConfigKey("set", .list, of: .string, doc: "KEY=VALUE texts, read by the keys' declared types"),
                    ConfigKey("enabled", .boolean, default: true, doc: "Start it now and with the host"),
                ]), answer: .json(.daemon, 201)
            ) { (call) throws(HostError) in
                let record = try await host.add(try Self.addition(call), patience: Self.patience(call))
                return try .json(record.value, status: 201)
            },
            Route(.delete, "/api/daemons/{name}", "Stop a daemon and forget it", query: [Self.wait], answer: .nothing) {
                (call) throws(HostError) in
                try await host.remove(named: call.parameter("name"), patience: Self.patience(call))
                return .noContent
            },
            Route(.post, "/api/reload", "Read the scripts and the table of daemons again", answer: .nothing) {
                (_) throws(HostError) in
                try await host.reload()
                return .noContent
            },
        ]
    }

    private static func addition(_ call: Call) throws(HostError) -> DaemonAddition {
        var change = ConfigChange(assignments: call.texts("set"))
        if case .object(let fields)? = call.field("config") {
            change.settings = fields.map { ConfigChange.Setting($0.key, $0.value) }
        } else if call.field("config") != nil {
            throw HostError(.invalidArgument, "config must be an object of values by key")
        }
        return DaemonAddition(
            name: call.field("name")?.stringValue ?? "", type: call.field("script")?.stringValue ?? "", config: change,
            isEnabled: call.field("enabled")?.boolValue ?? true)
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
