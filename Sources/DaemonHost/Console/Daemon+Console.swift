import Model

/// Code that operators type, in the order in which it came.
extension Daemon {
    /// So much code may wait.
    static let consoleLimit = 16

    struct ConsoleRequest: Sendable {
        var code: [UInt8]
        var done: @Sendable (Result<ConsoleAnswer, HostError>) -> Void
    }

    /// Runs it between two steps; `done` is called once.
    func evaluate(_ request: ConsoleRequest) {
        let refusal = core.withLock { core -> HostError? in
            let status = core.machine.status
            guard status == .running || status == .backingOff, core.incarnation != nil else {
                return HostError(.conflict, "\(name) is \(status.rawValue): nothing of it runs that code could run in")
            }
            guard core.consoleRequests.count < Self.consoleLimit else {
                return HostError(.busy, "\(core.consoleRequests.count) pieces of code wait for \(name) already")
            }
            core.consoleRequests.append(request)
            return nil
        }
        if let refusal { return request.done(.failure(refusal)) }
        deliver(.consoleAsked)
    }

    func takeConsoleRequest() -> ConsoleRequest? {
        core.withLock { $0.consoleRequests.isEmpty ? nil : $0.consoleRequests.removeFirst() }
    }

    /// Nobody runs what still waits.
    func dropConsoleRequests(_ core: inout Core, _ orders: inout [Order]) {
        guard !core.consoleRequests.isEmpty else { return }
        let requests = core.consoleRequests
        let error = HostError(.conflict, "\(name) stopped before the code could run")
        core.consoleRequests = []
        orders.append(.tell(requests.map { request in { request.done(.failure(error)) } }))
    }
}
