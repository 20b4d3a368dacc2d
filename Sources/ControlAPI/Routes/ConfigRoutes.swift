import Model

/// A daemon's config: shown with its schema, changed with its checks.
struct ConfigRoutes: Sendable {
    private static let address = "/api/daemons/{name}/config"

    let services: ControlServices

    var routes: [Route] {
        [
            Route(.get, Self.address, "A daemon's config keys with values and types", answer: .json(.daemonConfig)) {
                (call) throws(HostError) in
                try .json(try await services.host.config(of: call.parameter("name")).value)
            },
            Route(
                .put, Self.address, "Set these config keys and unset all others", body: .object,
                answer: .json(.daemonConfig)
            ) { (call) throws(HostError) in
                try await change(call, ConfigChange(settings: Self.settings(call), replacesAll: true))
            },
            Route(
                .patch, Self.address, "Set these config keys, unset those that are null, leave the others",
                body: .object, answer: .json(.daemonConfig)
            ) { (call) throws(HostError) in
                try await change(call, ConfigChange(settings: Self.settings(call)))
            },
            Route(
                .post, Self.address, "Change config keys as from a command line",
                body: .fields([
                    ConfigKey("set", .list, of: .string, doc: "KEY=VALUE texts, read by the keys' declared types"),
                    ConfigKey("unset", .list, of: .string, doc: "Keys whose default is to count again"),
                ]), answer: .json(.daemonConfig)
            ) { (call) throws(HostError) in
                let unset = call.texts("unset").map { ConfigChange.Setting($0, nil) }
                return try await change(call, ConfigChange(settings: unset, assignments: call.texts("set")))
            },
        ]
    }

    private func change(_ call: Call, _ change: ConfigChange) async throws(HostError) -> HTTPResponse {
        try .json(try await services.host.changeConfig(of: call.parameter("name"), change).value)
    }

    private static func settings(_ call: Call) -> [ConfigChange.Setting] {
        call.body.map { ConfigChange.Setting($0.key, $0.value == .null ? .none : .some($0.value)) }
    }
}
