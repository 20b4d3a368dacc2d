import Model
import Platform
import Testing

@testable import ControlAPI
@testable import ControlPage

@Suite struct BrowserAccessTests {
    private static let token = String(repeating: "a1", count: 32)

    /// A listener on TCP, and a browser's requests to it.
    private struct Site {
        let served: ServedHost
        let port: UInt16

        init(_ served: ServedHost) throws {
            self.served = served
            port = try served.server.listen(on: try NetworkAddress("127.0.0.1:0"), token: BrowserAccessTests.token)
        }

        var origin: String { "Origin: http://127.0.0.1:\(port)" }

        func ask(
            _ method: String, _ target: String, _ headers: String?..., body: String? = nil
        ) async throws -> RawAnswer {
            try await RawClient(port: port).request(
                method, target, headers: ["Host: 127.0.0.1:\(port)"] + headers.compactMap { $0 }, body: body)
        }

        /// Shows the token, and gives the `Cookie` header that a browser sends from then on.
        func logIn() async throws -> String {
            let answer = try await ask(
                "POST", "/api/login", origin, body: #"{"token": "\#(BrowserAccessTests.token)"}"#)
            try #require(answer.status == 204, "\(answer.text)")
            let cookie = try #require(answer.header("set-cookie"))
            return "Cookie: other=1; \(cookie.prefix { $0 != ";" })"
        }
    }

    @Test("the page and what it is made of are served to anyone, and say so little that nobody learns a thing")
    func page() async throws {
        let site = try Site(try ServedHost())
        let page = try await site.ask("GET", "/")
        #expect(page.status == 200)
        #expect(page.header("content-type") == "text/html; charset=utf-8")
        #expect(page.header("content-security-policy")?.contains("default-src 'self'") == true)
        #expect(!page.body.contains("inbox"))
        for name in ["app.js", "base.css", "icon.svg"] {
            #expect(page.body.contains("/assets/\(name)"))
            #expect(try await site.ask("GET", "/assets/\(name)").status == 200)
        }
        #expect(try await site.ask("GET", "/assets/app.js").header("content-type") == "text/javascript; charset=utf-8")
        for missing in ["/assets/", "/assets/none.js", "/assets/..%2Findex.html", "/assets/a/b"] {
            #expect(try await site.ask("GET", missing).status == 404, "\(missing)")
        }
        #expect(try await site.ask("POST", "/", site.origin).status == 405)
    }

    @Test("a browser that has a file of the page is told so instead of being sent it again")
    func tags() async throws {
        let site = try Site(try ServedHost())
        let first = try await site.ask("GET", "/assets/app.js")
        let tag = try #require(first.header("etag"))
        #expect(first.header("cache-control") == "no-cache")
        let client = try RawClient(port: site.port)
        try await client.send(
            "GET /assets/app.js HTTP/1.1\r\nHost: 127.0.0.1:\(site.port)\r\nIf-None-Match: \(tag)\r\n\r\n")
        let again = RawAnswer(try await client.receive { $0.contains("\r\n\r\n") })
        #expect(again.status == 304)
        #expect(again.body.isEmpty)
        #expect(again.header("etag") == tag)
        #expect(try await site.ask("GET", "/assets/app.js", "If-None-Match: \"old\"").status == 200)
    }

    @Test("every module and style that the page names is there")
    func references() throws {
        let imports = /from "\.\/([^"]+)"/
        let names = Set(PageAsset.files.map(\.name))
        for (name, bytes) in PageAsset.files {
            for match in String(decoding: bytes, as: UTF8.self).matches(of: imports) {
                #expect(names.contains(String(match.1)), "\(name) imports \(match.1)")
            }
            #expect(PageAsset.named(name)?.type != "application/octet-stream", "\(name)")
        }
        #expect(names.count > 30)
    }

    @Test("a cookie that was given for the token lets a browser in")
    func cookie() async throws {
        let site = try Site(try ServedHost())
        let cookie = try await site.logIn()
        #expect(try await site.ask("GET", "/api/daemons", cookie).status == 200)
        #expect(try await site.ask("GET", "/api/daemons", cookie, "Sec-Fetch-Site: same-origin").status == 200)
        #expect(try await site.ask("POST", "/api/daemons/inbox/stop", cookie, site.origin).status == 200)
        #expect(site.served.host.state.withLock { $0.records["inbox"]?.status } == .stopped)
    }

    @Test("the cookie is the browser's alone, for this site alone, and ends")
    func cookieWords() async throws {
        let site = try Site(try ServedHost())
        let answer = try await site.ask("POST", "/api/login", site.origin, body: #"{"token": "\#(Self.token)"}"#)
        let cookie = try #require(answer.header("set-cookie"))
        #expect(cookie.hasPrefix("lunad-\(site.port)="))
        for word in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=604800"] {
            #expect(cookie.contains("; \(word)"))
        }
        #expect(!cookie.contains(Self.token))
        let ended = try await site.ask("POST", "/api/logout", try await site.logIn(), site.origin)
        #expect(ended.header("set-cookie")?.contains("Max-Age=0") == true)
    }

    @Test("a wrong token gets no cookie")
    func wrongToken() async throws {
        let site = try Site(try ServedHost())
        for token in ["", "x", String(repeating: "b2", count: 32), Self.token + "a"] {
            let answer = try await site.ask("POST", "/api/login", site.origin, body: #"{"token": "\#(token)"}"#)
            #expect(answer.status == 401)
            #expect(answer.header("set-cookie") == nil)
            #expect(answer.detail.contains("lunad token"))
        }
        #expect(try await site.ask("POST", "/api/login", site.origin, body: "{}").status == 400)
        #expect(try await site.ask("POST", "/api/login", "Origin: http://evil.example", body: "{}").status == 403)
    }

    @Test("a forged, changed or foreign cookie lets nobody in")
    func forgedCookies() async throws {
        let site = try Site(try ServedHost())
        let good = try await site.logIn()
        let value = try #require(good.split(separator: "=").last).description
        let end = try #require(value.split(separator: ".").first).description
        let name = "lunad-\(site.port)"
        let bad = [
            "\(name)=", "\(name)=.", "\(name)=\(end)", "\(name)=\(end).", "\(name)=\(value)0", "\(name)=9\(value)",
            "\(name)=\(value.dropLast())", "\(name)x=\(value)", "lunad-1=\(value)", "\(name)=\(Self.token)",
            "\(name)=99999999999999999999.\(value)", "\(name)=-1.\(value)",
        ]
        for cookie in bad {
            #expect(try await site.ask("GET", "/api/daemons", "Cookie: \(cookie)").status == 401, "\(cookie)")
        }
        let other = try Site(site.served)
        #expect(try await other.ask("GET", "/api/daemons", good).status == 401)
    }

    @Test("a cookie that has ended, or that says it ends too late, does not count")
    func endedCookies() async throws {
        let clock = ManualClock()
        let session = BrowserSession(token: Self.token, port: 8_000, clock: clock)
        let given = try #require(session.open(with: Self.token)).value
        let cookie = given.prefix { $0 != ";" }.description
        #expect(session.accepts(cookie))
        clock.advance(by: .seconds(BrowserSession.life - 1))
        #expect(session.accepts(cookie))
        clock.advance(by: .seconds(1))
        #expect(!session.accepts(cookie))
        let later = BrowserSession(token: Self.token, port: 8_000, clock: ManualClock())
        #expect(!later.accepts(try #require(session.open(with: Self.token)).value.prefix { $0 != ";" }.description))
    }

    @Test("a page of another port of this machine, to which a browser sends the cookie, too, changes nothing")
    func otherPorts() async throws {
        let site = try Site(try ServedHost())
        let cookie = try await site.logIn()
        let stop = "/api/daemons/inbox/stop"
        #expect(try await site.ask("POST", stop, cookie).status == 403)
        #expect(try await site.ask("POST", stop, cookie, "Origin: http://127.0.0.1:1").status == 403)
        #expect(try await site.ask("POST", stop, cookie, site.origin, "Sec-Fetch-Site: same-site").status == 403)
        #expect(try await site.ask("GET", "/api/daemons", cookie, "Sec-Fetch-Site: same-site").status == 403)
        #expect(try await site.ask("GET", "/api/daemons", cookie, "Sec-Fetch-Site: cross-site").status == 403)
        #expect(try await site.ask("PATCH", "/api/daemons/inbox/config", cookie, body: #"{"batch": 20}"#).status == 403)
        #expect(site.served.host.state.withLock { $0.config["inbox"] } == nil)
    }

    @Test("on the project's own socket the page needs no login, and there is none")
    func socket() async throws {
        let served = try ServedHost()
        #expect(try await served.request("GET", "/").status == 200)
        #expect(try await served.request("POST", "/api/login", body: #"{"token": "x"}"#).status == 404)
    }
}
