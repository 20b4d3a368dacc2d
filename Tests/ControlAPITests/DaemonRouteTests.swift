import Model
import Testing

@testable import ControlAPI

@Suite struct DaemonRouteTests {
    @Test("an instance is made with its config, and forgotten again")
    func addAndRemove() async throws {
        let served = try ServedHost()
        let made = try await served.request(
            "POST", "/api/daemons",
            body:
                #"{"name": "inbox2", "script": "inbox", "config": {"folder": "/srv/b"}, "set": ["batch=7"], "enabled": false}"#
        )
        #expect(made.status == 201)
        #expect(made.json?["type"] == "inbox")
        #expect(made.json?["enabled"] == false)
        #expect(served.host.state.withLock { $0.config["inbox2"] } == [.init("folder", "/srv/b"), .init("batch", 7)])
        let gone = try await served.request("DELETE", "/api/daemons/inbox2")
        #expect(gone.status == 204)
        #expect(try await served.request("GET", "/api/daemons/inbox2").status == 404)
    }

    @Test("enabling changes that setting alone")
    func enable() async throws {
        let served = try ServedHost()
        var before = try served.host.daemon(named: "inbox")
        let answer = try await served.request("POST", "/api/daemons/inbox/disable")
        before.enabled = false
        before.reason = "told to disable"
        #expect(answer.json == before.value)
    }

    @Test("one daemon is shown as it is now, however often it was asked for before, and each with its own")
    func keptAnswers() async throws {
        let served = try ServedHost()
        let changes: [(inout DaemonRecord) -> Void] = [
            { _ in }, { $0.steps = 7 }, { $0.progress = 0.5 }, { $0.activity = "reading" },
            { $0.lastHeartbeat = WallTime(milliseconds: 1_800_000_000_000) },
            { $0.lastHeartbeat = WallTime(milliseconds: 1_800_000_000_001) }, { $0.steps = 0 },
        ]
        for change in changes {
            var record = try served.host.daemon(named: "inbox")
            change(&record)
            served.host.state.withLock { [record] in $0.records["inbox"] = record }
            for _ in 0..<2 {
                let answer = try await served.request("GET", "/api/daemons/inbox")
                #expect(answer.json == record.value)
                #expect(answer.header("content-type") == "application/json")
                #expect(answer.header("cache-control") == "no-store")
            }
            let other = try await served.request("GET", "/api/daemons/load")
            #expect(try other.json == served.host.daemon(named: "load").value)
        }
        served.host.state.withLock { $0.records["inbox"] = nil }
        #expect(try await served.request("GET", "/api/daemons/inbox").status == 404)
        let head = try await served.client().request("HEAD", "/api/daemons/load")
        #expect(head.status == 200)
        #expect(try await served.request("GET", "/api/daemons/load?include=x").status == 400)
        #expect(try await served.request("GET", "/api/daemons/load", body: "{}").status == 400)
        #expect(try await served.request("GET", "/api/daemons/l%6Fad").status == 200)
    }

    @Test("at once is answered what a look at a plain name gives, and nothing else")
    func atOnce() throws {
        let look: Route.Look = { $0 == "a" ? .noContent : nil }
        let router = Router(routes: [
            Route(.get, "/x/{name}", "", answer: .nothing, atOnce: look) { _ in .noContent }
        ])
        #expect(router.respondAtOnce("GET", "/x/a")?.status == 204)
        #expect(router.respondAtOnce("HEAD", "/x/a")?.status == 204)
        let others = [
            ("POST", "/x/a"), ("GET", "/x/b"), ("GET", "/x/"), ("GET", "/x"), ("GET", "/x/a/"), ("GET", "/x/%61"),
            ("GET", "/x/a?q"), ("GET", "/x/a\u{0}"), ("GET", "/y/a"),
            ("GET", "/x/" + String(repeating: "a", count: 9_999)),
        ]
        for (method, target) in others { #expect(router.respondAtOnce(method, target) == nil, "\(method) \(target)") }
    }

    private func values(_ answer: RawAnswer) -> [String: Value] {
        guard case .array(let keys)? = answer.json?["keys"] else { return [:] }
        return Dictionary(uniqueKeysWithValues: keys.map { ($0["key"]?.stringValue ?? "", $0["value"] ?? .null) })
    }

    @Test("PATCH changes the named keys alone, PUT unsets the others, null unsets one")
    func config() async throws {
        let served = try ServedHost()
        let address = "/api/daemons/inbox/config"
        #expect(values(try await served.request("GET", address)) == ["folder": "/srv", "batch": 10, "key": .null])
        let patched = try await served.request("PATCH", address, body: #"{"batch": 20, "key": "hidden"}"#)
        #expect(patched.status == 200)
        #expect(!patched.text.contains("hidden"))
        _ = try await served.request("PATCH", address, body: #"{"folder": "/x"}"#)
        #expect(values(try await served.request("GET", address)) == ["folder": "/x", "batch": 20, "key": .null])
        _ = try await served.request("PATCH", address, body: #"{"folder": null}"#)
        #expect(values(try await served.request("GET", address)) == ["folder": "/srv", "batch": 20, "key": .null])
        _ = try await served.request("PUT", address, body: #"{"folder": "/y"}"#)
        #expect(served.host.state.withLock { $0.config["inbox"] } == [.init("folder", "/y")])
        let typed = try await served.request("POST", address, body: #"{"set": ["batch=3"], "unset": ["folder"]}"#)
        #expect(values(typed) == ["folder": "/srv", "batch": 3, "key": .null])
    }

    @Test(
        "a change with a problem changes nothing",
        arguments: [
            (#"{"batch": 20, "foldr": "/x"}"#, #"foldr is not a config key (did you mean "folder"?)"#),
            (#"{"batch": 1000, "folder": "/x"}"#, "batch is 1000; expected a whole number from 1 to 100"),
            (#"{"batch": "many"}"#, #"batch is "many"; expected"#), (#"{"bach": null}"#, "bach is not a config key"),
        ])
    func badConfig(body: String, detail: String) async throws {
        let served = try ServedHost()
        let answer = try await served.request("PATCH", "/api/daemons/inbox/config", body: body)
        #expect(answer.status == 400)
        #expect(answer.detail.contains(detail), "\(answer.detail)")
        #expect(served.host.state.withLock { $0.config["inbox"] } == nil)
    }

    @Test("logs are filtered and followed by their ids")
    func logs() async throws {
        let served = try ServedHost()
        try await served.write([
            .logs([
                served.log("one"), served.log("two", level: .warn), served.log("three", daemon: "load", level: .error),
                served.log("four", level: .error),
            ])
        ])
        func messages(_ target: String) async throws -> [String] {
            guard case .array(let lines)? = try await served.request("GET", target).json else { return [] }
            return lines.compactMap { $0["message"]?.stringValue }
        }
        #expect(try await messages("/api/daemons/inbox/logs") == ["one", "two", "four"])
        #expect(try await messages("/api/daemons/inbox/logs?level=warn&limit=1") == ["four"])
        #expect(try await messages("/api/logs?after=1&limit=2") == ["two", "three"])
        #expect(try await messages("/api/logs?text=THR") == ["three"])
        #expect(try await messages("/api/logs?since=2030-01-01T00:00:00Z") == [])
    }

    @Test("errors are given once each with their count, activities in order")
    func errors() async throws {
        let served = try ServedHost()
        let report = ErrorReport(
            at: WallTime(milliseconds: 1_800_000_000_000), daemon: "inbox", kind: "runtime", message: "boom",
            traceback: "stack", file: "scripts/inbox.lua", line: 7, fingerprint: "f", generation: 2, codeHash: "c")
        try await served.write([
            .registerDaemon(name: "inbox", type: "inbox", enabled: true), .error(report), .error(report),
            .activity(Activity(at: report.at, daemon: "inbox", kind: "status", message: "running: started")),
        ])
        guard case .array(let errors)? = try await served.request("GET", "/api/daemons/inbox/errors").json else {
            Issue.record("no list")
            return
        }
        #expect(errors.count == 1)
        #expect(errors.first?["count"] == 2)
        #expect(errors.first?["line"] == 7)
        try await served.write([.error(report.of("load"))])
        let unclear = try await served.request("POST", "/api/errors/f/resolve")
        #expect(unclear.status == 409)
        #expect(unclear.detail.contains("(inbox, load): say whose with ?daemon=NAME"), "\(unclear.detail)")
        let resolved = try await served.request("POST", "/api/errors/f/resolve?daemon=inbox")
        #expect(resolved.json?["resolved_at"]?.stringValue != nil)
        #expect(resolved.json?["count"] == 2)
        #expect(try await served.request("GET", "/api/daemons/inbox/errors").body == "[]")
        #expect(try await served.request("GET", "/api/daemons/load/errors").body.contains("boom"))
        try await served.write([.error(report)])
        let again = try await served.request("GET", "/api/daemons/inbox/errors")
        #expect(again.body.contains(#""count":3,"#), "\(again.body)")
        #expect(try await served.request("POST", "/api/daemons/inbox/errors/resolve-all").status == 204)
        #expect(try await served.request("GET", "/api/daemons/inbox/errors").body == "[]")
        #expect(try await served.request("POST", "/api/errors/none/resolve").status == 404)
        #expect(try await served.request("POST", "/api/errors/f/resolve?daemon=nobody").status == 404)
        #expect(try await served.request("GET", "/api/errors?resolved=true").body.contains("boom"))
        #expect(try await served.request("GET", "/api/daemons/inbox/activities").body.contains("running: started"))
    }

    @Test("statistics go back an hour unless another instant is named, a day at most")
    func statistics() async throws {
        let served = try ServedHost()
        let answer = try await served.request("GET", "/api/statistics")
        #expect(answer.json?["bucket_seconds"] == 10)
        #expect(answer.body.contains(#""errors":1"#))
        _ = try await served.request("GET", "/api/statistics?daemon=inbox&since=2027-01-15T07:59:00Z")
        let old = try await served.request("GET", "/api/statistics?since=1970-01-01T00:00:00Z")
        #expect(old.json?["bucket_seconds"] == 300)
        _ = try await served.request("GET", "/api/statistics?since=2099-01-01T00:00:00Z")
        #expect(
            served.statistics.spans.withLock { $0 } == [.seconds(3_600), .seconds(60), .seconds(86_400), .zero])
        #expect(try await served.request("GET", "/api/statistics?daemon=nobody").status == 404)
    }

    @Test("the list has the durations of the last steps when they are asked for")
    func recentSteps() async throws {
        let served = try ServedHost()
        let plain = try await served.request("GET", "/api/daemons")
        #expect(!plain.body.contains("recent_steps"))
        guard case .array(let daemons)? = try await served.request("GET", "/api/daemons?include=recent").json else {
            Issue.record("no list")
            return
        }
        #expect(daemons.map { $0["name"] } == ["inbox", "load"])
        #expect(daemons.map { $0["recent_steps"] } == [[0.25, 0.5], .emptyTable])
        #expect(try await served.request("GET", "/api/daemons?include=all").status == 400)
    }

    @Test("what became of jobs is told of all, of one daemon's, and of one")
    func history() async throws {
        let served = try ServedHost()
        for _ in 0..<2 { _ = try await served.request("POST", "/api/jobs", body: #"{"type": "sha256"}"#) }
        let all = try await served.request("GET", "/api/history")
        #expect(all.body.contains(#""job":2,"type":"sha256","action":"LAUNCHED""#))
        let one = try await served.request("GET", "/api/jobs/1/history")
        #expect(one.body.contains(#""job":1"#) && !one.body.contains(#""job":2"#))
        #expect(try await served.request("GET", "/api/daemons/inbox/history").body == "[]")
        #expect(try await served.request("GET", "/api/jobs/9/history").status == 404)
    }

    @Test("readiness tells its reasons; health does not depend on it")
    func ready() async throws {
        let served = try ServedHost()
        #expect(try await served.request("GET", "/ready").json == ["ready": true, "reasons": .emptyTable])
        served.host.state.withLock { $0.unready = ["the critical daemon inbox is failed: boom"] }
        let answer = try await served.request("GET", "/ready")
        #expect(answer.status == 503)
        #expect(answer.json?["reasons"] == ["the critical daemon inbox is failed: boom"])
        #expect(try await served.request("GET", "/health").status == 200)
        served.store.close()
        #expect(try await served.request("GET", "/ready").body.contains("the database does not answer"))
    }

    @Test("metrics count daemons and jobs, and escape what names may hold")
    func metrics() async throws {
        let served = try ServedHost(FakeHost("a\"b\\c\nd"))
        _ = try await served.request("POST", "/api/jobs", body: #"{"type": "sha256"}"#)
        let answer = try await served.request("GET", "/metrics")
        #expect(answer.header("content-type") == "text/plain; version=0.0.4; charset=utf-8")
        for line in [
            #"lunad_daemons{status="stopped"} 1"#, #"lunad_daemon_steps_total{daemon="a\"b\\c\nd"} 0"#,
            #"lunad_jobs{status="pending"} 1"#, #"lunad_jobs{status="failed"} 0"#,
        ] { #expect(answer.body.contains(line + "\n"), "\(line)") }
    }
}

extension ErrorReport {
    /// The same failure of another daemon.
    fileprivate func of(_ daemon: String) -> ErrorReport {
        var report = self
        report.daemon = daemon
        return report
    }
}
