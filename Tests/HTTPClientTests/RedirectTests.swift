import Model
import Synchronization
import TestServer
import Testing

@testable import HTTPClient

@Suite("Redirects")
struct RedirectTests {
    @Test("a redirect is followed, relative or not, and the answer says where it came from")
    func followed() async throws {
        let server = try TestServer { request in
            switch request.path {
            case "/a/first": .redirect(302, to: "second?x=1")
            case "/a/second": .redirect(301, to: "/third")
            default: .text("here")
            }
        }
        let answer = try await HTTPClient().ask(server.url("/a/first"))
        #expect(answer.text == "here")
        #expect(answer.url == server.url("/third"))
        #expect(server.requests.map(\.target) == ["/a/first", "/a/second?x=1", "/third"])
    }

    @Test(
        "what is posted is got after some redirects and posted again after others",
        arguments: [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
    func methods(status: Int, method: String) async throws {
        let server = try TestServer { $0.path == "/" ? .redirect(status, to: "/next") : .text("") }
        _ = try await HTTPClient().ask(
            server.url(), .post, headers: [WebHeader("Content-Type", "text/plain")], body: Array("body".utf8))
        let last = try #require(server.requests.last)
        #expect(last.method == method)
        #expect(last.body == (method == "POST" ? Array("body".utf8) : []))
        #expect((last.headers["content-type"] != nil) == (method == "POST"))
    }

    @Test("with no redirects to follow, the redirect is the answer")
    func none() async throws {
        let server = try TestServer { _ in .redirect(302, to: "/next") }
        let answer = try await HTTPClient().ask(server.url(), redirects: 0)
        #expect(answer.status == 302)
        #expect(answer.header("location") == "/next")
        #expect(server.requests.count == 1)
    }

    @Test("a redirect round and round ends at the limit")
    func tooMany() async throws {
        let server = try TestServer { _ in .redirect(302, to: "/again") }
        let error = await HTTPClient().error(server.url("/round"), redirects: 3)
        #expect(error?.code == .limitExceeded)
        #expect(error?.message.contains("more than 3 times") == true)
        #expect(server.requests.count == 4)
    }

    @Test("each hop is asked about, and one that is refused is not made")
    func permits() async throws {
        let other = try TestServer { _ in .text("secret") }
        let server = try TestServer { _ in .redirect(302, to: other.url("/x")) }
        let asked = Mutex<[Int]>([])
        let port = server.port
        let error = await HTTPClient().error(server.url()) { (target) throws(HostError) in
            asked.withLock { $0.append(target.port) }
            if target.port != port { throw HostError(.forbidden, "not there") }
        }
        #expect(error?.code == .forbidden)
        #expect(error?.message == "GET \(server.url()) was redirected: not there")
        #expect(asked.withLock { $0 } == [server.port, other.port])
        #expect(other.requests.isEmpty)
    }

    @Test("secrets are for the first origin only")
    func secrets() async throws {
        let other = try TestServer { _ in .text("") }
        let server = try TestServer { request in
            request.path == "/" ? .redirect(307, to: "/same") : .redirect(307, to: other.url())
        }
        let headers = [
            WebHeader("Authorization", "Bearer x"), WebHeader("cookie", "a=b"), WebHeader("X-Mine", "stays"),
        ]
        _ = try await HTTPClient().ask(server.url(), headers: headers)
        #expect(server.requests.map { $0.headers["authorization"] } == ["Bearer x", "Bearer x"])
        let last = try #require(other.requests.first)
        #expect(last.headers["authorization"] == nil && last.headers["cookie"] == nil)
        #expect(last.headers["x-mine"] == "stays")
    }

    @Test(
        "a redirect to what is no address of http is refused",
        arguments: ["file:///etc/passwd", "ftp://127.0.0.1/", "http://", "gopher://x/"])
    func schemes(location: String) async throws {
        let server = try TestServer { _ in .redirect(302, to: location) }
        #expect(await HTTPClient().error(server.url())?.code == .invalidArgument)
    }
}
