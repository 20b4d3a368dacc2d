import Glibc
import Model
import Platform
import Testing

@testable import ControlAPI

@Suite struct ServerTests {
    @Test("the socket is its owner's alone, replaces a dead host's, and goes at the end")
    func socketFile() async throws {
        let served = try ServedHost()
        let mode = try #require(try Files.facts(of: served.socket)?.mode)
        #expect(mode & 0o777 == 0o600)
        served.server.stop()
        #expect(try Files.facts(of: served.socket) == nil)
        #expect(throws: HostError.self) { try served.client() }
        // What a host that was killed leaves: a name that nobody listens at.
        close(try ListeningSocket.unix(served.socket))
        #expect(throws: HostError.self) { try served.client() }
        let heir = try ListeningSocket.unix(served.socket)
        _ = try served.client()
        close(heir)
        ListeningSocket.remove(served.socket)
    }

    @Test("a file in the socket's place is left alone")
    func fileInTheWay() throws {
        let served = try ServedHost()
        let folder = served.socket + ".folder"
        mkdir(folder, 0o700)
        defer { rmdir(folder) }
        #expect(throws: HostError(.conflict, "\(folder) is in the way of the host's socket: it is no socket")) {
            try ListeningSocket.unix(folder)
        }
        withExtendedLifetime(served) {}
    }

    @Test("daemons are listed and shown as status --json has them")
    func list() async throws {
        let served = try ServedHost()
        let all = try await served.request("GET", "/api/daemons")
        #expect(all.status == 200)
        #expect(all.header("content-type") == "application/json")
        #expect(all.json == .array(served.host.daemons().map(\.value)))
        let one = try await served.request("GET", "/api/daemons/inbox")
        #expect(one.json == (try served.host.daemon(named: "inbox").value))
    }

    @Test(
        "a command answers with the state after it",
        arguments: [("start", "running"), ("stop", "stopped"), ("restart", "running")])
    func command(word: String, status: String) async throws {
        let served = try ServedHost()
        let answer = try await served.request("POST", "/api/daemons/inbox/\(word)?wait=3")
        #expect(answer.status == 200)
        #expect(answer.json?["status"] == .string(status))
        #expect(served.host.state.withLock(\.patience) == [.seconds(3)])
        let all = try await served.request("POST", "/api/daemons/\(word)-all")
        #expect(all.json == .array(served.host.daemons().map(\.value)))
    }

    @Test("a request that waits holds up no other")
    func waiting() async throws {
        let served = try ServedHost()
        served.host.hold()
        let slow = try served.client()
        try await slow.send("POST /api/daemons/inbox/start HTTP/1.1\r\nHost: x\r\n\r\n")
        await ServedHost.eventually("the command arrives") { served.host.held == 1 }
        #expect(try await served.request("GET", "/health").status == 200)
        served.host.release()
        let answer = RawAnswer(try await slow.receive { RawAnswer($0).isComplete })
        #expect(answer.json?["status"] == "running")
    }

    @Test("a connection carries one request after another")
    func keepAlive() async throws {
        let served = try ServedHost()
        let client = try served.client()
        for _ in 0..<3 { #expect(try await client.request("GET", "/api/daemons").status == 200) }
    }

    @Test("at the end those who wait are told, and nobody is left hanging")
    func stopping() async throws {
        let served = try ServedHost()
        served.host.hold()
        let slow = try served.client()
        try await slow.send("POST /api/daemons/inbox/stop HTTP/1.1\r\nHost: x\r\n\r\n")
        await ServedHost.eventually("the command arrives") { served.host.held == 1 }
        let stream = try served.client()
        try await stream.send("GET /api/events HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try await stream.receive { $0.contains("id: ") }
        served.server.stop()
        // The answer may or may not make it out; the connection ends either way.
        let answer = RawAnswer(try await slow.receive())
        #expect(answer.status == 503 || answer.text == "")
        _ = try await stream.receive()
        served.host.release()
    }

    @Test("a body without a declared length is refused when it is too large")
    func chunkedBody() async throws {
        let served = try ServedHost(limits: HTTPServer.Limits(body: 1_000, silence: 120))
        let client = try served.client()
        try await client.send(
            "PATCH /api/daemons/inbox/config HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        let piece = String(repeating: "x", count: 500)
        for _ in 0..<4 { try await client.send("1f4\r\n\(piece)\r\n") }
        try await client.send("0\r\n\r\n")
        #expect(RawAnswer(try await client.receive { RawAnswer($0).isComplete }).status == 413)
    }

    @Test("a body that is declared too large is refused before it is sent")
    func declaredBody() async throws {
        let served = try ServedHost()
        let client = try served.client()
        try await client.send("POST /api/daemons HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n")
        let answer = RawAnswer(try await client.receive { RawAnswer($0).isComplete })
        #expect(answer.status == 413)
        #expect(answer.detail == "the request's body is larger than 1,048,576 bytes")
    }

    @Test("headers without end are refused")
    func endlessHeaders() async throws {
        let served = try ServedHost()
        let client = try served.client()
        try await client.send("GET /health HTTP/1.1\r\nHost: x\r\n")
        let line = "X-Filler: \(String(repeating: "x", count: 1_000))\r\n"
        for _ in 0..<200 where try await !client.send(Array(line.utf8)) { break }
        let answer = RawAnswer((try? await client.receive()) ?? "")
        #expect(answer.status == 431 || answer.text == "")
        #expect(try await served.request("GET", "/health").status == 200)
    }

    @Test(
        "what is no HTTP is turned away",
        arguments: ["\r\n\r\n\r\n", "hello\r\n\r\n", "GET\r\n\r\n", "\u{16}\u{3}\u{1}"])
    func noise(text: String) async throws {
        let served = try ServedHost()
        let client = try served.client()
        try await client.send(text)
        #expect(try await served.request("GET", "/health").status == 200)
    }

    @Test("idle connections are closed, and new clients are served while there are many")
    func idle() async throws {
        let served = try ServedHost(limits: HTTPServer.Limits(silence: 1))
        let idle = try (0..<200).map { _ in try served.client() }
        #expect(try await served.request("GET", "/health").status == 200)
        // Ends only when the server closes.
        #expect(try await idle[0].receive() == "")
        #expect(try await idle[199].receive() == "")
    }

    @Test("a client that goes before its answer takes nothing with it")
    func goneClient() async throws {
        let served = try ServedHost()
        served.host.hold()
        var client: RawClient? = try served.client()
        try await client?.send("POST /api/daemons/inbox/start HTTP/1.1\r\nHost: x\r\n\r\n")
        await ServedHost.eventually("the command arrives") { served.host.held == 1 }
        client = nil
        served.host.release()
        await ServedHost.eventually("the command is carried out") {
            served.host.daemons().first?.status == .running
        }
        #expect(try await served.request("GET", "/health").status == 200)
    }
}
