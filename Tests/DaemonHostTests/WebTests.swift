import Model
import Platform
import TestServer
import Testing

@testable import DaemonHost

@Suite("lunad.http")
struct WebTests {
    @Test("a daemon gets what is at an address")
    func get() async throws {
        let server = try TestServer { .text("\($0.method) \($0.target)", headers: [("X-Kind", "test")]) }
        let script = HostScene.asking(
            server,
            """
            local answer = lunad.http.get(url .. "a", { query = { q = "x y&z", n = 2, list = { 1, true } } })
            lunad.log.info(answer.body, answer)
            """)
        try await HostScene.run(["asker": script]) { scene in
            try await scene.boot()
            await scene.waitForWords(of: "asker")
            #expect(scene.said(by: "asker") == ["GET /a?list=1&list=true&n=2&q=x%20y%26z"])
            let fields = try #require(scene.log(of: "asker").last { $0.fields?["status"] != nil }?.fields)
            #expect(fields["status"] == 200 && fields["ok"] == true)
            #expect(fields["headers"]?["x-kind"] == "test")
            #expect(fields["url"]?.stringValue?.hasPrefix(server.url("/a?")) == true)
            #expect((fields["seconds"]?.doubleValue ?? -1) >= 0)
        }
    }

    @Test("a string is posted as it is, a table as JSON, and an answer is parsed when asked for")
    func post() async throws {
        let server = try TestServer { request in
            .answer(headers: [("Content-Type", "application/json")], body: request.body)
        }
        let script = HostScene.asking(
            server,
            """
            lunad.log.info(lunad.http.post(url, "plain").body)
            local answer = lunad.http.post(url, { a = { 1, 2 } }, { parse = true })
            lunad.log.info(answer.json.a[2] .. answer.body)
            answer = lunad.http.request({ method = "patch", url = url, json = 7, headers = { ["X-A"] = { "1", 2 } } })
            lunad.log.info(answer.body)
            """)
        try await HostScene.run(["poster": script]) { scene in
            try await scene.boot()
            await scene.waitForWords(3, of: "poster")
            #expect(scene.said(by: "poster") == ["plain", "2{\"a\":[1,2]}", "7"])
            #expect(server.requests.map(\.method) == ["POST", "POST", "PATCH"])
            #expect(server.requests.map { $0.headers["content-type"] == "application/json" } == [false, true, true])
        }
    }

    @Test("a long answer is parsed, too, and one that is no JSON is an error that says so")
    func parse() async throws {
        let list = "[" + Array(repeating: "\"item\"", count: 20_000).joined(separator: ",") + "]"
        let server = try TestServer { $0.path == "/long" ? .text(list) : .text("<html>", status: 502) }
        let script = HostScene.asking(
            server,
            """
            lunad.log.info("got " .. #lunad.http.get(url .. "long", { parse = true }).json)
            lunad.http.get(url .. "page", { parse = true })
            """)
        try await HostScene.run(["asker": script]) { scene in
            try await scene.boot()
            await scene.wait(for: "the step to fail") { (try? scene.record("asker").error) != nil }
            #expect(scene.said(by: "asker") == ["got 20000"])
            #expect(try scene.record("asker").error?.contains("the answer, whose status is 502, is no JSON") == true)
        }
    }

    @Test("what is not granted is refused with the line that would grant it, and nothing is sent")
    func refused() async throws {
        let server = try TestServer { _ in .text("x") }
        let script = """
            local d = { every = 3600, allow = { http = { "127.0.0.1" } } }
            function d:run_step() lunad.http.get("\(server.url())") end
            return d
            """
        try await HostScene.run(["asker": script]) { scene in
            try await scene.boot()
            let error = try #require(try scene.record("asker").error)
            #expect(
                error.hasSuffix(
                    "a request to 127.0.0.1:\(server.port) is not granted: allow = { http = { \"127.0.0.1:\(server.port)\" } } "
                        + "in scripts/asker.lua would grant it"))
            #expect(server.connections == 0)
        }
    }

    @Test("the operator can narrow what is granted")
    func narrowed() async throws {
        let server = try TestServer { _ in .text("x") }
        var settings = HostSettings()
        settings.allow.http = ["api.example.org"]
        let script = HostScene.asking(server, "lunad.http.get(url)")
        try await HostScene.run(["asker": script], settings: settings) { scene in
            try await scene.boot()
            let error = try #require(try scene.record("asker").error)
            #expect(error.contains("is granted by scripts/asker.lua but not by the operator"))
            #expect(server.connections == 0)
        }
    }

    @Test("a config key grants the host of its address")
    func configured() async throws {
        let server = try TestServer { _ in .text("granted") }
        let script = """
            local d = {
              every = 3600, allow = { http = { "$base" } },
              config = { base = { type = "string", default = "\(server.url("/v1"))" } },
            }
            function d:run_step() lunad.log.info(lunad.http.get(self.config.base .. "/x").body) end
            return d
            """
        try await HostScene.run(["asker": script]) { scene in
            try await scene.boot()
            await scene.waitForWords(of: "asker")
            #expect(scene.said(by: "asker") == ["granted"])
            #expect(server.requests.first?.target == "/v1/x")
        }
    }

    @Test("a redirect to a host that is not granted is refused")
    func redirected() async throws {
        let other = try TestServer { _ in .text("secret") }
        let server = try TestServer { _ in .redirect(302, to: other.url()) }
        let script = HostScene.asking(
            server, "local ok, why = pcall(lunad.http.get, url) lunad.log.info(tostring(ok) .. ': ' .. tostring(why))")
        try await HostScene.run(["asker": script]) { scene in
            try await scene.boot()
            await scene.waitForWords(of: "asker")
            let said = try #require(scene.said(by: "asker").first)
            #expect(said.hasPrefix("false: ") && said.contains("127.0.0.1:\(other.port) is not granted"))
            #expect(other.connections == 0)
        }
    }

    @Test(
        "wrong options are refused with what would be right",
        arguments: [
            ("lunad.http.get(url, { timout = 1 })", "unknown option 'timout' (did you mean \"timeout\"?)"),
            ("lunad.http.get(url, { timeout = 0 })", "option 'timeout' is 0; expected seconds above 0 and up to 3600"),
            ("lunad.http.get(url, { method = 'TRACE' })", "option 'method' is \"TRACE\"; expected one of"),
            ("lunad.http.get(url, { headers = { Host = 'x' } })", "the header 'Host' is set by the host itself"),
            ("lunad.http.get(url, { headers = { ['a b'] = 'x' } })", "\"a b\" is no name for a header"),
            ("lunad.http.get(url, { headers = { a = 'x\\r\\nb: c' } })", "has a line end"),
            ("lunad.http.get(url, { body = 'x' })", "a GET has no body"),
            ("lunad.http.post(url, 'x', { json = {} })", "one body"),
            ("lunad.http.post(url, 'x', { redirects = -1 })", "a whole number from 0 to 50"),
            ("lunad.http.request({})", "the option 'url' is missing"),
            ("lunad.http.request()", "bad argument #1 to 'request' (table expected, got no value)"),
            ("lunad.http.get(url, { query = { a = {{}} } })", "expected a string, a number or a boolean"),
            ("lunad.http.get('file:///etc/passwd')", "expected http:// or https://"),
            ("lunad.session(function() lunad.http.get(url) end)", "cannot wait inside a session"),
        ])
    func wrong(call: String, message: String) async throws {
        let server = try TestServer { _ in .text("x") }
        try await HostScene.run(["asker": HostScene.asking(server, call)]) { scene in
            try await scene.boot()
            let error = try #require(try scene.record("asker").error)
            #expect(error.contains(message))
            #expect(server.connections == 0)
        }
    }

    @Test("a failure is an error of the step, with the address and the cause")
    func failure() async throws {
        let server = try TestServer { _ in .raw([]) }
        try await HostScene.run(["asker": HostScene.asking(server, "lunad.http.get(url .. 'x?key=1')")]) { scene in
            try await scene.boot()
            await scene.wait(for: "the step to fail") { (try? scene.record("asker").error) != nil }
            let error = try #require(try scene.record("asker").error)
            #expect(error.contains("GET \(server.url("/x")) failed ("))
            #expect(try scene.record("asker").status == .backingOff)
        }
    }

    @Test("a job sends requests, too")
    func job() async throws {
        let server = try TestServer { .text("hello " + $0.path) }
        let script = """
            local d = { every = 3600, state = {} }
            function d:on_start() lunad.jobs.launch("fetch", { path = "v2" }) end
            function d:run_step() end
            return d
            """
        let job = """
            return {
              allow = { http = { "127.0.0.1:\(server.port)" } },
              run = function(self, job) return lunad.http.get("\(server.url())" .. job.args.path).body end,
            }
            """
        try await HostScene.run(["launcher": script]) { scene in
            try scene.project.makeFolder("scripts/jobs")
            try scene.project.write(script: "jobs/fetch", job)
            try await scene.boot()
            await scene.wait(for: "the job to send its request") { !server.requests.isEmpty }
            await scene.wait(for: "the job to end") { (try? scene.context.queue.job(1)?.status) == .completed }
            #expect(try scene.context.queue.job(1)?.result == "hello /v2")
        }
    }
}
