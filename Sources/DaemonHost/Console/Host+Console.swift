import Model

extension Host: ConsoleControl {
    package func evaluate(_ code: String, in name: String) async throws(HostError) -> ConsoleAnswer {
        let daemon = try find(name)
        let result = await withCheckedContinuation { continuation in
            daemon.evaluate(Daemon.ConsoleRequest(code: Array(code.utf8)) { continuation.resume(returning: $0) })
        }
        let answer = try result.get()
        try await save([
            .activity(
                Activity(
                    at: context.clock.now(), daemon: name, kind: "console", message: "an operator ran code in it",
                    details: ["code": .string(String(code.prefix(1_000)))]))
        ])
        return answer
    }
}
