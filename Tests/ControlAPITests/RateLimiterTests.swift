import Glibc
import Model
import Testing

@testable import ControlAPI

@Suite struct RateLimiterTests {
    private func at(_ seconds: Double) -> MonotonicTime { MonotonicTime(nanoseconds: Int64(seconds * 1e9)) }

    @Test("a burst passes, then one each time the rate allows it, each client by itself")
    func rate() {
        var limiter = RateLimiter<String>(rate: 2, burst: 3)
        for _ in 0..<3 { #expect(limiter.ask("a", at: at(0)) == nil) }
        #expect(limiter.ask("a", at: at(0)) == .milliseconds(500))
        #expect(limiter.ask("a", at: at(0.25)) == .milliseconds(250))
        #expect(limiter.ask("b", at: at(0.25)) == nil)
        #expect(limiter.ask("a", at: at(0.5)) == nil)
        #expect(limiter.ask("a", at: at(0.5)) != nil)
        for _ in 0..<3 { #expect(limiter.ask("a", at: at(100)) == nil) }
        #expect(limiter.ask("a", at: at(100)) != nil)
    }

    @Test("however many clients there are, a bounded number is remembered")
    func bound() {
        var limiter = RateLimiter<Int>(rate: 1, burst: 2, mostClients: 100)
        for client in 0..<1_000 { _ = limiter.ask(client, at: at(Double(client) / 1_000)) }
        #expect(limiter.count <= 100)
        // Those that have waited long enough are forgotten first.
        for _ in 0..<3 { _ = limiter.ask(5_000, at: at(100)) }
        for client in 6_000..<6_200 { _ = limiter.ask(client, at: at(100.5 + Double(client) / 1e6)) }
        #expect(limiter.count <= 100)
    }

    @Test("clients are told apart by address, of version 6 by network")
    func addresses() throws {
        func client4(_ text: String) -> ClientAddress? {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            inet_pton(AF_INET, text, &address.sin_addr)
            return withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { ClientAddress($0) }
            }
        }
        func client6(_ text: String) -> ClientAddress? {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            inet_pton(AF_INET6, text, &address.sin6_addr)
            return withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { ClientAddress($0) }
            }
        }
        #expect(client4("127.0.0.1") != nil)
        #expect(client4("127.0.0.1") == client4("127.0.0.1"))
        #expect(client4("127.0.0.1") != client4("127.0.0.2"))
        #expect(client6("2001:db8:1:2::1") == client6("2001:db8:1:2:ffff::9"))
        #expect(client6("2001:db8:1:2::1") != client6("2001:db8:1:3::1"))
        #expect(ClientAddress(nil) == nil)
    }
}
