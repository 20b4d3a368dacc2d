import Model

/// The logic of daemons: other versions of it, and the state that it keeps.
struct SwapRoutes: Sendable {
    let services: ControlServices

    private func swaps() throws(HostError) -> any SwapControl {
        guard let swaps = services.swaps else { throw HostError(.unavailable, "this host swaps no scripts") }
        return swaps
    }

    var routes: [Route] { [swap, rollBack, versions, version, state] }

    private var swap: Route {
        Route(
            .post, "/api/daemons/{name}/swap", "Let a daemon's changed script, or the given text, take over",
            query: [DaemonRoutes.wait],
            body: .fields([
                ConfigKey(
                    "source", .string, maximum: 1_000_000,
                    doc: "The new text; without it, what is on disk"),
                ConfigKey("dry_run", .boolean, default: false, doc: "Only say what would happen"),
            ]), answer: .json(.either([.daemon, .swapForecast]))
        ) { (call) throws(HostError) in
            let name = call.parameter("name")
            let code = call.field("source")?.stringValue.map { Array($0.utf8) }
            guard call.field("dry_run")?.boolValue == true else {
                let record = try await swaps().swap(name, code: code, patience: DaemonRoutes.patience(call))
                return try .json(record.value)
            }
            return try .json(try await swaps().forecastSwap(name, code: code).value)
        }
    }

    private var rollBack: Route {
        Route(
            .post, "/api/daemons/{name}/rollback", "Let an earlier version of a daemon's script take over",
            query: [DaemonRoutes.wait],
            body: .fields([
                ConfigKey("generation", .integer, minimum: 1, doc: "Which; without it, the one that ran before")
            ]), answer: .json(.daemon)
        ) { (call) throws(HostError) in
            let record = try await swaps().rollBack(
                call.parameter("name"), to: call.field("generation")?.integerValue.map { Int($0) },
                patience: DaemonRoutes.patience(call))
            return try .json(record.value)
        }
    }

    private var versions: Route {
        Route(
            .get, "/api/daemons/{name}/versions", "A daemon's versions, newest first",
            answer: .json(.list(.codeVersion))
        ) { (call) throws(HostError) in
            try .json(.array(try await swaps().versions(of: call.parameter("name")).map(\.value)))
        }
    }

    private var version: Route {
        Route(
            .get, "/api/daemons/{name}/versions/{generation}", "One version of a daemon, with its text",
            answer: .json(.codeVersionWithText)
        ) { (call) throws(HostError) in
            guard let generation = Int(call.parameter("generation")) else {
                throw HostError(.notFound, "'\(call.parameter("generation"))' is no generation: that is a number")
            }
            let (version, text) = try await swaps().version(of: call.parameter("name"), generation: generation)
            guard case .object(var fields) = version.value else { return .noContent }
            fields.append(.init("source", text.map { .string(String(decoding: $0.script, as: UTF8.self)) } ?? .null))
            let modules = text?.modules.sorted { $0.key < $1.key } ?? []
            fields.append(
                .init(
                    "modules",
                    .object(modules.map { .init($0.key, .string(String(decoding: $0.value, as: UTF8.self))) })))
            return try .json(.object(fields))
        }
    }

    private var state: Route {
        Route(
            .get, "/api/daemons/{name}/state", "A daemon's state as it was committed last", answer: .json(.daemonState)
        ) { (call) throws(HostError) in
            let saved = try await swaps().state(of: call.parameter("name"))
            return try .json([
                "state_version": saved.map { .integer(Int64($0.version)) } ?? .null, "state": saved?.state ?? .null,
            ])
        }
    }
}

extension CodeVersion {
    /// As the API shows it.
    var value: Value {
        [
            "generation": .integer(Int64(generation)), "code_hash": .string(codeHash), "at": .string(at.iso8601),
            "outcome": .string(outcome.rawValue), "reason": .string(reason), "size_bytes": .integer(Int64(size)),
            "is_current": .boolean(outcome == .running), "is_kept": .boolean(size > 0),
        ]
    }
}

extension SwapForecast {
    /// As the API shows it.
    var value: Value {
        [
            "would": .string(verdict.rawValue), "reason": .string(reason), "from_hash": .string(currentHash),
            "to_hash": .string(newHash),
            "state_version_from": currentStateVersion.map { .integer(Int64($0)) } ?? .null,
            "state_version_to": newStateVersion.map { .integer(Int64($0)) } ?? .null,
            "config_problems": .array(configProblems.map { .string($0) }),
        ]
    }
}
