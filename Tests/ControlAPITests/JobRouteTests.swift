import Model
import Testing

@testable import ControlAPI

@Suite struct JobRouteTests {
    @Test("a job is launched, shown, listed, cancelled and retried")
    func life() async throws {
        let served = try ServedHost()
        let body = #"{"type": "sha256", "args": {"path": "/srv/a"}, "priority": 5, "tags": ["x"], "unique_key": "k"}"#
        let made = try await served.request("POST", "/api/jobs", body: body)
        #expect(made.status == 201)
        #expect(made.json?["args"] == ["path": "/srv/a"])
        #expect(made.json?["priority"] == 5)
        // The unfinished one with the same key stands for it.
        #expect(try await served.request("POST", "/api/jobs", body: body).status == 200)
        #expect(try await served.request("GET", "/api/jobs/1").json == made.json)
        let cancelled = try await served.request("POST", "/api/jobs/1/cancel", body: #"{"reason": "enough"}"#)
        #expect(cancelled.json?["status"] == "cancelled")
        #expect(cancelled.json?["reason"] == "enough")
        #expect(try await served.request("GET", "/api/jobs?status=pending,running").body == "[]")
        #expect(try await served.request("POST", "/api/jobs/1/retry").json?["status"] == "pending")
    }

    @Test("a job's log is its lines and its program's output")
    func logs() async throws {
        let served = try ServedHost()
        _ = try await served.request("POST", "/api/jobs", body: #"{"type": "sha256"}"#)
        try await served.write([.logs([served.log("mine", job: 1), served.log("another's", job: 2)])])
        let answer = try await served.request("GET", "/api/jobs/1/logs")
        guard case .array(let lines)? = answer.json?["lines"] else {
            Issue.record("no lines")
            return
        }
        #expect(lines.map { $0["message"] } == ["mine"])
        #expect(answer.json?["output"] == "done\n")
        #expect(answer.json?["error_output"] == "\u{FFFD}")
    }

    @Test(
        "a launch that makes no sense is refused",
        arguments: [
            (#"{"type": "md5"}"#, 404), (#"{"type": "sha256", "args": 1}"#, 400), (#"{"type": ""}"#, 400),
            (#"{"type": "sha256", "run_at": "soon"}"#, 400), (#"{"type": "sha256", "tags": [1]}"#, 400),
            (#"{"type": "sha256", "on_conflict": "no"}"#, 400),
        ])
    func badLaunch(body: String, status: Int) async throws {
        let served = try ServedHost()
        #expect(try await served.request("POST", "/api/jobs", body: body).status == status)
        #expect(try await served.request("GET", "/api/jobs").body == "[]")
    }
}
