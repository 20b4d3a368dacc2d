import Model

/// What failed: each distinct failure once, with how often it came; taken care of when somebody says so.
struct ErrorRoutes: Sendable {
    private static let filters = [
        ConfigKey("resolved", .boolean, default: false, doc: "Also those that are over"), RecordRoutes.limit,
    ]
    private static let fingerprint = ConfigKey(
        "fingerprint", .string, minimum: 1, doc: "What the failure is known by, the same in each daemon of a script")

    let services: ControlServices

    var routes: [Route] {
        [
            Route(
                .get, "/api/errors", "Distinct failures of all, latest first", query: Self.filters,
                answer: .json(.list(.errorGroup))
            ) { (call) throws(HostError) in try await list(call) },
            Route(
                .get, "/api/daemons/{name}/errors", "Distinct failures of one daemon, latest first",
                query: Self.filters, answer: .json(.list(.errorGroup))
            ) { (call) throws(HostError) in try await list(call) },
            Route(
                .post, "/api/errors/{fingerprint}/resolve",
                "Say that a failure is taken care of; it reopens if it comes again",
                parameters: [Self.fingerprint],
                query: [ConfigKey("daemon", .string, doc: "Whose it is, where several daemons have it")],
                answer: .json(.errorGroup)
            ) { (call) throws(HostError) in
                try await resolve(call.parameter("fingerprint"), of: call.query("daemon")?.stringValue)
            },
            Route(
                .post, "/api/daemons/{name}/errors/resolve-all", "Say that all failures of a daemon are taken care of",
                answer: .nothing
            ) { (call) throws(HostError) in
                let name = try services.host.daemon(named: call.parameter("name")).name
                try await write(of: name, nil, "resolved all of its failures")
                return .noContent
            },
        ]
    }

    private func list(_ call: Call) async throws(HostError) -> HTTPResponse {
        let query = ErrorQuery(
            daemon: try services.daemon(of: call), includingResolved: call.query("resolved")?.boolValue ?? false,
            limit: RecordRoutes.limit(call))
        return try .json(.array(try await groups(query).map(\.value)))
    }

    private func resolve(_ fingerprint: String, of daemon: String?) async throws(HostError) -> HTTPResponse {
        let query = ErrorQuery(daemon: daemon, fingerprint: fingerprint, includingResolved: true, limit: 10)
        let found = try await groups(query)
        guard let group = found.first else {
            let whose = daemon.map { " of '\($0)'" } ?? ""
            throw HostError(.notFound, "there is no failure \(fingerprint)\(whose)")
        }
        guard found.count == 1 else {
            let names = found.map(\.report.daemon).sorted().joined(separator: ", ")
            throw HostError(.conflict, "several daemons have this failure (\(names)): say whose with ?daemon=NAME")
        }
        try await write(of: group.report.daemon, fingerprint, "resolved a failure: \(group.report.message)")
        let after = try await groups(
            ErrorQuery(daemon: group.report.daemon, fingerprint: fingerprint, includingResolved: true, limit: 1))
        return try .json((after.first ?? group).value)
    }

    private func groups(_ query: ErrorQuery) async throws(HostError) -> [StoredError] {
        try await services.read { (store) throws(HostError) in try store.errors(query) }
    }

    private func write(of daemon: String, _ fingerprint: String?, _ what: String) async throws(HostError) {
        let now = services.clock.now()
        try await services.write([
            .resolveErrors(daemon: daemon, fingerprint: fingerprint, at: now),
            .activity(Activity(at: now, daemon: daemon, kind: "operator", message: what)),
        ])
    }
}
