import Model

/// Alerts: what somebody should look at, and that somebody did.
struct AlertRoutes: Sendable {
    let services: ControlServices

    var routes: [Route] {
        [
            Route(
                .get, "/api/alerts", "Alerts, newest first",
                query: [
                    ConfigKey(
                        "state", .string, default: "all", oneOf: Alert.Phase.allCases.map { .string($0.rawValue) },
                        doc: "Only those that last, or only those that are over"),
                    ConfigKey(
                        "limit", .integer, default: 100, minimum: 1, maximum: 1_000, doc: "The most to answer with"),
                ], answer: .json(.list(.alert))
            ) { (call) throws(HostError) in
                let phase = call.query("state")?.stringValue.flatMap(Alert.Phase.init(rawValue:)) ?? .all
                let limit = Int(call.query("limit")?.integerValue ?? 100)
                return try .json(.array(try await requireAlerts().alerts(phase, limit: limit).map(\.value)))
            },
            Route(.post, "/api/alerts/{id}/acknowledge", "Note that somebody knows of an alert", answer: .json(.alert))
            {
                (call) throws(HostError) in
                let text = call.parameter("id")
                guard let id = Int64(text), id > 0 else {
                    throw HostError(.notFound, "there is no alert '\(text)'; alerts are numbered from 1")
                }
                return try .json(try await requireAlerts().acknowledge(id).value)
            },
        ]
    }

    private func requireAlerts() throws(HostError) -> any AlertControl {
        guard let alerts = services.alerts else { throw HostError(.unavailable, "this host raises no alerts") }
        return alerts
    }
}
