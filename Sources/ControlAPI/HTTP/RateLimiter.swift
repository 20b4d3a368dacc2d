import Model

/// Lets each client ask so often: up to `burst` at once, `rate` a second in the long run.
///
/// A bounded number of clients is remembered; where there are more, the ones that asked least of late are forgotten.
struct RateLimiter<Client: Hashable & Sendable>: Sendable {
    private struct Allowance {
        var left: Double
        var at: MonotonicTime
    }

    let rate: Double
    let burst: Double
    let mostClients: Int
    private var clients: [Client: Allowance] = [:]

    init(rate: Double, burst: Double, mostClients: Int = 4_096) {
        self.rate = rate
        self.burst = burst
        self.mostClients = max(1, mostClients)
    }

    /// How many clients are remembered.
    var count: Int { clients.count }

    /// Counts a request; nil when it may be answered, else how long the client has to wait before the next may be.
    mutating func ask(_ client: Client, at now: MonotonicTime) -> Duration? {
        if clients[client] == nil, clients.count >= mostClients { forgetSome(at: now) }
        var left = clients[client].map { self.left($0, at: now) } ?? burst
        defer { clients[client] = Allowance(left: left, at: now) }
        guard left >= 1 else { return .saturating(seconds: (1 - left) / rate) }
        left -= 1
        return nil
    }

    private func left(_ allowance: Allowance, at now: MonotonicTime) -> Double {
        min(burst, allowance.left + (now - allowance.at).inSeconds * rate)
    }

    /// Forgets those that have their whole allowance again, or else the tenth of them that asked longest ago.
    private mutating func forgetSome(at now: MonotonicTime) {
        clients = clients.filter { left($0.value, at: now) < burst }
        guard clients.count >= mostClients else { return }
        let oldest = clients.sorted { $0.value.at < $1.value.at }.prefix(max(1, mostClients / 10))
        for (client, _) in oldest { clients[client] = nil }
    }
}
