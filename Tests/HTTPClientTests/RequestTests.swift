import Glibc
import Model
import Synchronization
import TestServer
import Testing

@testable import HTTPClient

@Suite("Requests and their answers")
struct RequestTests {
    @Test("a request arrives as it was made, and its answer comes back whole")
    func roundTrip() async throws {
        let server = try TestServer { request in
            .text(
                "\(request.method) \(request.target)", status: 201,
                headers: [
                    ("X-One", "1"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-MANY", "x"), ("x-many", "y"),
                ])
        }
        let client = HTTPClient()
        let answer = try await client.ask(
            server.url("/a%20b?c=d#part"), .put, headers: [WebHeader("X-Mine", "yes"), WebHeader("X-Empty", "")],
            body: Array("body\0with zero".utf8))
        #expect(answer.status == 201)
        #expect(answer.text == "PUT /a%20b?c=d")
        #expect(answer.url == server.url("/a%20b?c=d"))
        #expect(answer.header("x-one") == "1")
        #expect(answer.value["headers"]?["set-cookie"] == "a=1\nb=2")
        #expect(answer.value["headers"]?["x-many"] == "x, y")
        #expect(answer.value["ok"] == true)
        let request = try #require(server.requests.first)
        #expect(request.body == Array("body\0with zero".utf8))
        #expect(request.headers["x-mine"] == "yes" && request.headers["x-empty"] == "")
        #expect(request.headers["user-agent"] == "lunad/\(LunadVersion.current)")
        #expect(request.headers["expect"] == nil)
    }

    @Test("every method is sent by its name, with a body or without", arguments: WebRequest.Method.allCases)
    func methods(method: WebRequest.Method) async throws {
        let server = try TestServer { .text($0.method) }
        let client = HTTPClient()
        let plain = try await client.ask(server.url(), method)
        #expect(plain.text == (method == .head ? "" : method.rawValue))
        guard method != .head, method != .get else { return }
        #expect(try await client.ask(server.url(), method, body: []).text == method.rawValue)
        #expect(try await client.ask(server.url(), method, body: [1, 2]).text == method.rawValue)
        #expect(server.requests.map(\.method) == [method.rawValue, method.rawValue, method.rawValue])
        #expect(server.requests.map(\.body) == [[], [], [1, 2]])
    }

    @Test("a status that tells of an error is an answer", arguments: [204, 304, 404, 500, 503])
    func errorStatus(status: Int) async throws {
        let server = try TestServer { _ in .answer(status: status) }
        let answer = try await HTTPClient().ask(server.url())
        #expect(answer.status == status)
        #expect(answer.value["ok"] == .boolean(status == 204))
    }

    @Test("a connection is used again")
    func reuse() async throws {
        let server = try TestServer { _ in .text("x") }
        let client = HTTPClient()
        for _ in 0..<5 { _ = try await client.ask(server.url()) }
        #expect(server.requests.count == 5)
        #expect(server.connections == 1)
    }

    @Test("hundreds of requests are under way at once, on one thread")
    func hundreds() async throws {
        let count = 300
        let arrived = Mutex(0)
        let server = try TestServer { request in
            arrived.withLock { $0 += 1 }
            // Nobody is answered before all have come.
            while arrived.withLock({ $0 }) < count { sched_yield() }
            return .text(request.path)
        }
        let client = HTTPClient()
        let texts = try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<count {
                group.addTask { try await client.ask(server.url("/\(number)")).text }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(texts == Set((0..<count).map { "/\($0)" }))
        #expect(server.connections == count)
    }

    @Test("what finds no place waits for its turn, and is answered")
    func queue() async throws {
        let server = try TestServer { .text($0.path) }
        let client = HTTPClient(limit: 2)
        let texts = try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<40 { group.addTask { try await client.ask(server.url("/\(number)")).text } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(texts.count == 40)
        #expect(server.connections <= 4)
    }

    @Test("a packed answer is unpacked, and what is unpacked is measured")
    func packed() async throws {
        // 100,000 zeros, by gzip.
        let zeros = GzipOfZeros.bytes
        let server = try TestServer { _ in .answer(headers: [("Content-Encoding", "gzip")], body: zeros) }
        let client = HTTPClient()
        #expect(try await client.ask(server.url()).body == [UInt8](repeating: 0, count: 100_000))
        #expect(server.requests.first?.headers["accept-encoding"]?.contains("gzip") == true)
        let error = await client.error(server.url(), bodyLimit: 99_999)
        #expect(error?.code == .limitExceeded)
    }

    @Test("after the end nothing is sent")
    func closed() async throws {
        let server = try TestServer { _ in .silence }
        let client = HTTPClient()
        async let pending = client.error(server.url())
        await wait(for: "the request to arrive") { !server.requests.isEmpty }
        client.close()
        #expect(await pending?.code == .unavailable)
        #expect(await client.error(server.url())?.code == .unavailable)
    }
}
