import Glibc
import Model
import Platform
import Testing

@testable import ControlAPI

@Suite struct AccessTests {
    private static let token = String(repeating: "a1", count: 32)

    private func ask(
        _ served: ServedHost, _ port: UInt16, _ target: String = "/api/daemons", _ headers: String...
    ) async throws -> RawAnswer {
        try await RawClient(port: port).request("GET", target, headers: headers)
    }

    private func listen(_ served: ServedHost) throws -> UInt16 {
        try served.server.listen(on: try NetworkAddress("127.0.0.1:0"), token: Self.token)
    }

    @Test("on TCP nobody is let in without the token; health is told to anyone")
    func token() async throws {
        let served = try ServedHost()
        let port = try listen(served)
        let host = "Host: 127.0.0.1:\(port)"
        let bare = try await ask(served, port, "/api/daemons", host)
        #expect(bare.status == 401)
        #expect(bare.header("www-authenticate") == "Bearer realm=\"lunad\"")
        for wrong in ["", "x", String(Self.token.dropLast()), Self.token + "a", String(repeating: "b2", count: 32)] {
            #expect(try await ask(served, port, "/api/daemons", host, "Authorization: Bearer \(wrong)").status == 401)
        }
        let closed = [
            "/metrics", "/ready", "/api/events", "/healthy", "/health/../api/daemons", "//", "/assets", "/api/logout",
        ]
        for closed in closed {
            #expect(try await ask(served, port, closed, host).status == 401, "\(closed)")
        }
        #expect(try await ask(served, port, "/health", host).status == 200)
        #expect(try await ask(served, port, "/api/daemons", host, "Authorization: Bearer \(Self.token)").status == 200)
        #expect(try await ask(served, port, "/api/daemons", host, "authorization: bearer \(Self.token)").status == 200)
    }

    @Test("a foreign Host or Origin is turned away, also with the token")
    func origins() async throws {
        let served = try ServedHost()
        let port = try listen(served)
        let token = "Authorization: Bearer \(Self.token)"
        for host in ["evil.example", "evil.example:\(port)", "127.0.0.1", "127.0.0.1:1", ""] {
            #expect(try await ask(served, port, "/health", "Host: \(host)", token).status == 403, "\(host)")
        }
        for origin in ["http://evil.example", "null", "https://localhost:\(port)", "http://localhost:1"] {
            let answer = try await ask(
                served, port, "/api/daemons", "Host: localhost:\(port)", "Origin: \(origin)", token)
            #expect(answer.status == 403, "\(origin)")
        }
        let own = "Origin: http://localhost:\(port)"
        #expect(try await ask(served, port, "/api/daemons", "Host: LOCALHOST:\(port)", own, token).status == 200)
    }

    @Test("a refused request with a body changes nothing")
    func refusedBody() async throws {
        let served = try ServedHost()
        let port = try listen(served)
        let answer = try await RawClient(port: port).request(
            "PATCH", "/api/daemons/inbox/config", headers: ["Host: localhost:\(port)"], body: #"{"batch": 20}"#)
        #expect(answer.status == 401)
        #expect(served.host.state.withLock { $0.config["inbox"] } == nil)
    }

    @Test(
        "an address to listen on is numeric, with a port",
        arguments: ["localhost:80", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", ":80", "::1:80", "[::1]"])
    func badAddresses(text: String) {
        #expect(throws: HostError.self) { try NetworkAddress(text) }
    }

    @Test("a port that is taken is told")
    func taken() throws {
        let served = try ServedHost()
        let port = try listen(served)
        let address = try NetworkAddress("127.0.0.1:\(port)")
        for attempt in [
            { _ = try served.server.listen(on: address, token: Self.token) }, { try ControlServer.check(address) },
        ] {
            let error = #expect(throws: HostError.self) { try attempt() }
            #expect(error?.description.contains("another program listens on 127.0.0.1:\(port) already") == true)
            #expect(error?.description.contains("--http 127.0.0.1:\(port + 1)") == true)
        }
        try ControlServer.check(try NetworkAddress("127.0.0.1:0"))
    }
}
