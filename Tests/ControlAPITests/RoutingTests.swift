import Model
import Testing

@testable import ControlAPI

@Suite struct RoutingTests {
    @Test(
        "a target is taken apart and decoded; an escaped slash stays inside its part",
        arguments: [
            ("/api/daemons", ["api", "daemons"], []), ("/a%2Fb/c%20d", ["a/b", "c d"], []),
            ("/x?a=1&b=c+d&e", ["x"], ["a=1", "b=c d", "e="]), ("/a+b", ["a+b"], []),
            ("/%C3%A4?x=%3D%26", ["ä"], ["x==&"]),
        ] as [(String, [String], [String])])
    func targets(text: String, path: [String], query: [String]) throws {
        let target = try RequestTarget(text)
        #expect(target.path == path)
        #expect(target.query.map { "\($0.name)=\($0.value)" } == query)
    }

    @Test(
        "a target that cannot be decoded is refused with its reason",
        arguments: [
            ("/a%00b", "the address holds a NUL"), ("/%FF", "the address is not UTF-8"),
            ("/%4", "the address holds a % that is not followed by two hex digits"),
            ("/%zz", "the address holds a % that is not followed by two hex digits"),
            ("*", "the request's path does not begin with a slash"),
        ])
    func badTargets(text: String, message: String) {
        #expect(throws: HostError(.invalidArgument, message)) { try RequestTarget(text) }
    }

    @Test("every error is a problem object with its status", arguments: HostError.Code.allCases)
    func problems(code: HostError.Code) throws {
        let response = Problem(HostError(code, "it failed", cause: "because")).response
        guard case .bytes(let body) = response.body else {
            Issue.record("no body")
            return
        }
        let object = try JSON.decode(body)
        #expect((400..<600).contains(response.status))
        #expect(object["status"] == .integer(Int64(response.status)))
        #expect(object["code"] == .string(code.rawValue))
        #expect(object["type"] == .string("urn:lunad:problem:\(code.rawValue)"))
        #expect(object["detail"] == "it failed (because)")
        #expect(response.headers.first?.value == "application/problem+json")
    }

    @Test(
        "what an address does not have or take is told, with what was probably meant",
        arguments: [
            ("GET", "/api/daemon", 404, "there is nothing at /api/daemon; did you mean /api/daemons?"),
            ("GET", "/api/daemons/inbx", 404, "there is no daemon 'inbx'; did you mean 'inbox'?"),
            ("GET", "/api/daemons/in%2Fbox", 404, "there is no daemon 'in/box'; did you mean 'inbox'?"),
            ("GET", "/api/daemons/in%00box", 400, "the address holds a NUL"),
            ("PUT", "/api/daemons", 405, "PUT is not possible here; possible are GET, POST"),
            ("GET", "/api/daemons/inbox/start", 405, "GET is not possible here; possible are POST"),
            (
                "GET", "/api/daemons?sort=name", 400,
                "sort is not a parameter of this address; known are include"
            ),
            (
                "GET", "/api/logs?level=wran", 400,
                #"level is "wran"; expected one of "debug", "info", "warn", "error""#
            ),
            ("GET", "/api/logs?limit=0", 400, "limit is 0; expected a whole number from 1 to 1000"),
            ("GET", "/api/logs?since=soon", 400, #"since is "soon"; expected an instant such as 2026-01-31T12:00:00Z"#),
            ("GET", "/api/jobs/abc", 404, "there is no job 'abc'; jobs are numbered from 1"),
            ("GET", "/api/jobs/99", 404, "there is no job 99"),
            (
                "GET", "/api/jobs?status=runing", 400,
                #"status is 'runing' (did you mean "running"?); expected one of pending, running, cancelling, completed, failed, cancelled"#
            ),
            (
                "GET", "/api/events?kind=logs", 400,
                #"kind is 'logs' (did you mean "log"?); expected one of daemon, removed, log, job, alert"#
            ),
        ] as [(String, String, Int, String)])
    func refusals(method: String, target: String, status: Int, detail: String) async throws {
        let answer = try await ServedHost().request(method, target)
        #expect(answer.status == status)
        #expect(answer.detail == detail)
        #expect(answer.header("content-type") == "application/problem+json")
        if status == 405 { #expect(answer.header("allow").map { detail.hasSuffix($0) } == true) }
    }

    @Test(
        "a body that does not fit its declaration is refused, with every problem",
        arguments: [
            ("{", 400, "JSON"), ("[1]", 400, "expected a JSON object"), (" []", 400, "expected a JSON object"),
            ("{}", 400, "name must be set: a string from 1 to 100 characters"),
            (
                #"{"name": 1, "script": "inbox", "nmae": "x"}"#, 400,
                #"nmae is not a field of this body (did you mean "name"?)"#
            ),
            (#"{"name": 1, "script": "inbox"}"#, 400, "name is 1; expected a string from 1 to 100 characters"),
            (#"{"name": "b"}"#, 400, "give either script"),
            (#"{"name": "b", "script": "load", "source": "return {}"}"#, 400, "give either script"),
            (#"{"name": "load", "script": "load"}"#, 409, "there is a daemon 'load' already"),
            (#"{"name": "b", "script": "load", "set": ["batch=1000"]}"#, 400, "expected a whole number from 1 to 100"),
            (#"{"name": "b", "script": "load", "set": [1]}"#, 400, "set is [1]; expected a list of strings"),
        ])
    func badBodies(body: String, status: Int, detail: String) async throws {
        let served = try ServedHost()
        let answer = try await served.request("POST", "/api/daemons", body: body)
        #expect(answer.status == status)
        #expect(answer.detail.contains(detail), "\(answer.detail)")
        #expect(served.host.daemons().map(\.name) == ["inbox", "load"])
    }

    @Test("a body where none belongs, and one of another type, are refused")
    func strayBodies() async throws {
        let served = try ServedHost()
        let stray = try await served.request("POST", "/api/daemons/inbox/start", body: "{}")
        #expect(stray.status == 400)
        #expect(stray.detail == "POST /api/daemons/{name}/start takes no body")
        let xml = try await served.request(
            "PATCH", "/api/daemons/inbox/config", headers: ["Content-Type: text/xml"], body: "<a/>")
        #expect(xml.status == 415)
        #expect(served.host.daemons().allSatisfy { $0.status == .stopped })
    }

    @Test("no two routes are the same, and each can be reached")
    func table() throws {
        let served = try ServedHost()
        let routes = served.server.routes
        let names = routes.map { "\($0.method.rawValue) \($0.template)" }
        #expect(Set(names).count == names.count)
        #expect(routes.allSatisfy { $0.template.hasPrefix("/") && !$0.summary.isEmpty })
    }
}
