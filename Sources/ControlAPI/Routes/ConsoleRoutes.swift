import Model

/// Code that an operator runs in a daemon's own environment.
struct ConsoleRoutes: Sendable {
    let services: ControlServices

    /// What a daemon's code may be long, in bytes.
    private static let longestCode = 100_000.0

    private static let answer = Shape.object(
        "ConsoleAnswer",
        ["ok": .boolean, "values": .list(.text), "output": .list(.text), "error": .optional(.text)])

    var routes: [Route] {
        [
            Route(
                .post, "/api/daemons/{name}/eval", "Run code in a daemon's own environment, between two steps",
                body: .fields([
                    ConfigKey(
                        "code", .string, minimum: 1, maximum: Self.longestCode, isRequired: true,
                        doc: "Lua: an expression gives its values")
                ]), answer: .json(Self.answer)
            ) { (call) throws(HostError) in
                guard let console = services.console else {
                    throw HostError(.unavailable, "this host runs no code in its daemons")
                }
                let answer = try await console.evaluate(
                    call.field("code")?.stringValue ?? "", in: call.parameter("name"))
                return try .json([
                    "ok": .boolean(answer.error == nil), "values": .array(answer.values.map { .string($0) }),
                    "output": .array(answer.output.map { .string($0) }),
                    "error": answer.error.map { .string($0) } ?? .null,
                ])
            }
        ]
    }
}
