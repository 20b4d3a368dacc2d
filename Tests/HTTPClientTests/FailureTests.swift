import Glibc
import Model
import Platform
import TestServer
import Testing

@testable import HTTPClient

@Suite("Requests that fail")
struct FailureTests {
    @Test(
        "what is no address is refused before anything is sent",
        arguments: [
            "", "x", "example.org", "ftp://example.org/", "http://", "http://ex\u{0}ample/", "http://ex ample/",
            "http://bücher.example/", "http://a:99999/", "//x",
        ])
    func addresses(text: String) async {
        let error = await HTTPClient().error(text)
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("http:// or https://") == true)
    }

    @Test(
        "where a request leads is read as it will be connected to",
        arguments: [
            ("http://good.example@evil.example/", "evil.example", 80),
            ("http://evil.example#@good.example/", "evil.example", 80),
            ("https://EXAMPLE.org./x", "example.org", 443),
            ("http://2130706433/", "127.0.0.1", 80),
            ("http://0x7f.1:81/", "127.0.0.1", 81),
            ("http://[::1]:8080/", "[::1]", 8080),
            ("http://evil%2eexample/", "evil.example", 80),
        ])
    func targets(text: String, host: String, port: Int) throws {
        let target = try WebAddress(text).target
        #expect(target.host == host)
        #expect(target.port == port)
    }

    @Test("messages show neither passwords nor queries")
    func secrets() throws {
        #expect(try WebAddress("http://me:secret@example.org:81/a?token=x").shown == "http://example.org:81/a")
    }

    @Test("what is not permitted is not sent")
    func refused() async throws {
        let server = try TestServer { _ in .text("x") }
        let error = await HTTPClient().error(server.url()) { (_) throws(HostError) in
            throw HostError(.forbidden, "no")
        }
        #expect(error == HostError(.forbidden, "no"))
        #expect(server.connections == 0)
    }

    @Test("an answer without end is ended at the limit, and the connection with it", arguments: [0, 1, 100_000])
    func endless(limit: Int) async throws {
        let server = try TestServer { _ in .endless([UInt8](repeating: 120, count: 10_000)) }
        let error = await HTTPClient().error(server.url("/big"), bodyLimit: limit)
        #expect(error?.code == .limitExceeded)
        #expect(error?.message.contains("max_bytes") == true && error?.message.contains(limit.grouped) == true)
        await wait(for: "the server to see the end of the connection") { server.abandoned == 1 }
    }

    @Test("an answer of just the limit is taken")
    func justFits() async throws {
        let server = try TestServer { _ in .answer(body: [1, 2, 3]) }
        #expect(try await HTTPClient().ask(server.url(), bodyLimit: 3).body == [1, 2, 3])
        #expect(await HTTPClient().error(server.url(), bodyLimit: 2)?.code == .limitExceeded)
    }

    @Test("headers without end are ended, too")
    func headers() async throws {
        let line = "X-Long: " + String(repeating: "x", count: 10_000) + "\r\n"
        let server = try TestServer { _ in
            .raw(Array(("HTTP/1.1 200 OK\r\n" + String(repeating: line, count: 200) + "\r\n").utf8))
        }
        let error = await HTTPClient().error(server.url())
        #expect(error?.code == .limitExceeded || error?.code == .io)
    }

    @Test("a silent server is left at the timeout")
    func timeout() async throws {
        let server = try TestServer { _ in .silence }
        let error = await HTTPClient().error(server.url("/quiet?key=secret"), timeout: .milliseconds(60))
        #expect(error?.code == .timeout)
        #expect(
            error?.message
                == "GET \(server.url("/quiet")) timed out: there was no whole answer within 0.06 s")
        await wait(for: "the server to see the end of the connection") { server.abandoned == 1 }
    }

    @Test("the timeout counts while a request waits for a place")
    func timeoutInQueue() async throws {
        let server = try TestServer { _ in .silence }
        let client = HTTPClient(limit: 1)
        let lasting = WebRequest(.get, server.url("/1"), timeout: .seconds(600)) { (_) throws(HostError) in }
        let first = try client.send(lasting) { _ in }
        await wait(for: "the first to take the only place") { server.requests.count == 1 }
        let error = await client.error(server.url("/2"), timeout: .milliseconds(60))
        #expect(error?.code == .timeout)
        #expect(server.requests.map(\.path) == ["/1"])
        first.cancel()
    }

    @Test("a cancelled request ends at once, and so does its connection")
    func cancel() async throws {
        let server = try TestServer { _ in .silence }
        let client = HTTPClient()
        let ended = Ending()
        let lasting = WebRequest(.get, server.url(), timeout: .seconds(600)) { (_) throws(HostError) in }
        let transfer = try client.send(lasting) { ended.note($0) }
        await wait(for: "the request to arrive") { server.requests.count == 1 }
        transfer.cancel()
        await wait(for: "the request to end") { ended.error != nil }
        #expect(ended.error?.code == .cancelled)
        await wait(for: "the server to see the end of the connection") { server.abandoned == 1 }
        transfer.cancel()
        let other = try TestServer { _ in .text("x") }
        #expect(try await client.ask(other.url()).status == 200)
        #expect(ended.count == 1)
    }

    @Test("a cancelled request that waits for a place never goes out")
    func cancelInQueue() async throws {
        let server = try TestServer { _ in .silence }
        let client = HTTPClient(limit: 1)
        let ended = Ending()
        let request = WebRequest(.get, server.url()) { (_) throws(HostError) in }
        let first = try client.send(request) { _ in }
        await wait(for: "the first to arrive") { server.requests.count == 1 }
        let second = try client.send(request) { ended.note($0) }
        second.cancel()
        await wait(for: "the second to end") { ended.error != nil }
        #expect(ended.error?.code == .cancelled)
        #expect(server.requests.count == 1)
        first.cancel()
    }

    @Test(
        "a broken answer is an error that names the address",
        arguments: ["", "garbage", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"])
    func broken(answer: String) async throws {
        let server = try TestServer { _ in .raw(Array(answer.utf8)) }
        let error = await HTTPClient().error(server.url("/x"))
        #expect(error?.code == .io)
        #expect(error?.message == "GET \(server.url("/x")) failed")
        #expect(error?.cause?.isEmpty == false)
    }

    @Test("where nobody listens there is an error that says so")
    func nobody() async throws {
        let server = try TestServer { _ in .text("x") }
        server.close()
        let error = await HTTPClient().error(server.url("/x"))
        #expect(error?.code == .unavailable)
        #expect(error?.description.hasPrefix("GET \(server.url("/x")): the server cannot be reached (") == true)
    }
}
