import Glibc
import Model
import Platform
import Testing

@testable import ControlAPI

/// Clients that mean no good, or do not know better, before a real server.
@Suite struct HostileClientTests {
    private static let token = String(repeating: "a1", count: 32)

    private func listen(_ served: ServedHost) throws -> UInt16 {
        try served.server.listen(on: try NetworkAddress("127.0.0.1:0"), token: Self.token)
    }

    private func ask(_ port: UInt16, _ target: String = "/health", from: String = "127.0.0.1") async throws -> RawAnswer
    {
        try await RawClient(port: port, from: from).request("GET", target, headers: ["Host: 127.0.0.1:\(port)"])
    }

    // MARK: - Too much

    @Test("who asks too often on TCP is told when to go on; others, and the socket, are answered")
    func rate() async throws {
        let served = try ServedHost(limits: HTTPServer.Limits(silence: 120, requestBurst: 5, requestRate: 0.01))
        let port = try listen(served)
        for _ in 0..<5 { #expect(try await ask(port).status == 200) }
        let refused = try await ask(port)
        #expect(refused.status == 429)
        #expect(refused.header("retry-after").flatMap { Int($0) }.map { (1...100).contains($0) } == true)
        #expect(refused.json?["code"] == "too_many_requests")
        // Guessing tokens counts, too.
        #expect(try await ask(port, "/api/daemons").status == 429)
        #expect(try await ask(port, from: "127.0.0.2").status == 200)
        for _ in 0..<20 { #expect(try await served.request("GET", "/health").status == 200) }
    }

    @Test("ten thousand idle connections from one address: the surplus is closed, everyone else is served")
    func idleConnections() async throws {
        let served = try ServedHost()
        let port = try listen(served)
        let wanted = 10_000
        let limit = try raiseDescriptorLimit(to: wanted + 1_000)
        var idle: [RawClient] = []
        for _ in 0..<min(wanted, limit - 1_000) { idle.append(try RawClient(port: port)) }
        #expect(try await served.request("POST", "/api/daemons/inbox/start").json?["status"] == "running")
        #expect(try await ask(port, from: "127.0.0.2").status == 200)
        let connections = idle
        await ServedHost.eventually("all but those that one address may have are closed") {
            connections.count { !$0.isClosedByPeer } <= HTTPServer.Limits().addressConnections
        }
        #expect(connections.count { !$0.isClosedByPeer } > 0)
        idle = []
        await ServedHost.eventually("their places are free again") {
            (try? RawClient(port: port)).map { !$0.isClosedByPeer } ?? false
        }
    }

    private func raiseDescriptorLimit(to wanted: Int) throws -> Int {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard limit.rlim_cur < wanted else { return Int(limit.rlim_cur) }
        limit.rlim_cur = min(limit.rlim_max, rlim_t(wanted))
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(limit.rlim_cur)
    }

    @Test(
        "a request that does not come to an end is cut off, also when a byte comes now and then",
        arguments: [
            "", "GET /health HT", "POST /api/daemons HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{\"name\"",
        ])
    func halfSent(start: String) async throws {
        let served = try ServedHost(limits: HTTPServer.Limits(silence: 120, arrival: .milliseconds(300)))
        let client = try served.client()
        try await client.send(start)
        let began = SystemClock().monotonic()
        while !client.isClosedByPeer, SystemClock().monotonic() - began < .seconds(60) {
            try await client.send(Array(" ".utf8))
            await Task.yield()
        }
        #expect(client.isClosedByPeer)
        #expect(try await served.request("GET", "/health").status == 200)
        #expect(served.host.daemons().count == 2)
    }

    @Test("one that is worked on for longer than a request may take to arrive is answered, and so is the next")
    func slowAnswer() async throws {
        let served = try ServedHost(limits: HTTPServer.Limits(silence: 120, arrival: .seconds(2)))
        served.host.hold()
        let client = try served.client()
        // The next one is there already, so that it does not depend on this client's speed.
        try await client.send(
            "POST /api/daemons/inbox/start HTTP/1.1\r\nHost: x\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        await ServedHost.eventually("the command arrives") { served.host.held == 1 }
        // Another connection that is cut off meanwhile is the proof that the time has passed.
        let silent = try served.client()
        #expect(try await silent.receive() == "")
        served.host.release()
        let answers = try await client.receive { $0.contains("\"alive\"") }
        #expect(answers.contains("\"status\":\"running\"") && answers.contains("\"status\":\"alive\""))
    }

    // MARK: - Nonsense

    @Test(
        "an id that is none, however it is spelt, is a clear 4xx",
        arguments: [
            ("GET", "/api/daemons/..%2F..%2Fetc%2Fpasswd", 404), ("GET", "/api/daemons/a%00b", 400),
            ("GET", "/api/daemons/%2e%2e/config", 404), ("GET", "/api/daemons//config", 404),
            ("GET", "/api/daemons/in%62ox", 200), ("GET", "/api/daemons/inbox%20", 404),
            ("DELETE", "/api/daemons/%FF%FE", 400), ("POST", "/api/daemons/inbox%2Fstart", 405),
            ("GET", "/api/jobs/1%00", 400), ("GET", "/api/jobs/-1", 404), ("GET", "/api/jobs/0x1", 404),
            ("GET", "/api/jobs/99999999999999999999", 404), ("GET", "/api/jobs/1%2Flogs", 404),
            ("POST", "/api/errors/%27%3B--/resolve", 404), ("GET", "/api/daemons/%", 400),
            ("GET", "/api/logs?text=%", 400), ("GET", "/api/logs?limit=1e3", 400), ("GET", "/api/logs?limit=NaN", 400),
            ("GET", "/api/logs?after=9223372036854775808", 400), ("GET", "/api/statistics?since=now", 400),
        ])
    func ids(method: String, target: String, status: Int) async throws {
        let served = try ServedHost()
        let answer = try await served.request(method, target)
        #expect(answer.status == status)
        #expect(served.host.daemons().map(\.name) == ["inbox", "load"])
    }

    @Test(
        "a body that is no JSON object is refused, and nothing changes",
        arguments: [
            "{", "nul", "\"text\"", "12", "[]", "{\"batch\": 1,}", "{\"batch\": 01}", "{'batch': 1}",
            "{\"a\": \"\u{1}\"}",
            "{\"batch\": 1} x", "\u{FEFF}{}", "{\"\\ud800\": 1}", "{\"batch\": 1e999}",
        ])
    func bodies(body: String) async throws {
        let served = try ServedHost()
        let answer = try await served.request("PATCH", "/api/daemons/inbox/config", body: body)
        #expect(answer.status == 400, "\(answer.text)")
        #expect(!answer.detail.isEmpty)
        #expect(served.host.state.withLock { $0.config["inbox"] } == nil)
    }

    @Test("tables without end are refused, not followed")
    func depth() async throws {
        let served = try ServedHost()
        let deep = String(repeating: "[", count: 500_000)
        let answer = try await served.request("PATCH", "/api/daemons/inbox/config", body: #"{"a": "# + deep)
        #expect(answer.status == 413)
        #expect(try await served.request("GET", "/health").status == 200)
    }

    @Test("bytes that are not UTF-8 are refused in a body")
    func notText() async throws {
        let served = try ServedHost()
        let client = try served.client()
        let body: [UInt8] = Array(#"{"folder": ""#.utf8) + [0xFF, 0xC0] + Array(#""}"#.utf8)
        try await client.send(
            Array("PATCH /api/daemons/inbox/config HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.count)\r\n\r\n".utf8)
                + body)
        #expect(RawAnswer(try await client.receive { RawAnswer($0).isComplete }).status == 400)
    }
}
