import Model
import Testing

@testable import ControlAPI

@Suite struct ScheduleRouteTests {
    private static let nightly =
        #"{"name": "nightly", "type": "sha256", "cron": "0 3 * * *", "zone": "Europe/Berlin", "args": {"path": "a"}}"#

    @Test("a schedule is made, shown, changed, run, replaced and forgotten")
    func life() async throws {
        let served = try ServedHost()
        let made = try await served.request("POST", "/api/schedules", body: Self.nightly)
        #expect(made.status == 201)
        guard case .object(let fields)? = made.json else {
            Issue.record("no object: \(made.body)")
            return
        }
        #expect(
            fields.map(\.key) == [
                "name", "type", "args", "cron", "every", "zone", "catch_up", "overlap", "enabled", "next_at", "last_at",
                "last_outcome", "last_reason", "last_job", "waiting",
            ])
        #expect(made.json?["next_at"] == "2027-01-16T03:00:00.000Z")
        #expect(try await served.request("POST", "/api/schedules", body: Self.nightly).status == 409)
        #expect(try await served.request("GET", "/api/schedules/nightly").json == made.json)

        let change = #"{"zone": "local", "overlap": "queue", "enabled": false}"#
        let changed = try await served.request("PATCH", "/api/schedules/nightly", body: change).json
        #expect(changed?["zone"] == .null && changed?["overlap"] == "queue" && changed?["enabled"] == false)
        #expect(changed?["cron"] == "0 3 * * *" && changed?["args"] == ["path": "a"] && changed?["next_at"] == .null)

        let job = try await served.request("POST", "/api/schedules/nightly/run")
        #expect(job.status == 201)
        #expect(job.json?["type"] == "sha256" && job.json?["args"] == ["path": "a"])
        guard case .array(let runs)? = try await served.request("GET", "/api/schedules/nightly/runs?limit=5").json
        else {
            Issue.record("no runs")
            return
        }
        #expect(runs.map { $0["job"] } == [1])

        let put = try await served.request(
            "PUT", "/api/schedules/nightly", body: #"{"type": "sha256", "every": 60}"#
        ).json
        #expect(put?["every"] == 60.0 && put?["cron"] == .null && put?["overlap"] == "skip" && put?["enabled"] == true)
        #expect(try await served.request("DELETE", "/api/schedules/nightly").status == 204)
        #expect(try await served.request("GET", "/api/schedules").body == "[]")
        #expect(try await served.request("DELETE", "/api/schedules/nightly").status == 404)
    }

    @Test(
        "a schedule that makes no sense is refused with what would be right",
        arguments: [
            (#"{"name": "a", "type": "sha256"}"#, "needs a cron line"),
            (#"{"name": "a", "cron": "* * * * *"}"#, "needs a type"),
            (#"{"name": "a", "type": "sha256", "cron": "* * * *"}"#, "five fields"),
            (#"{"name": "a", "type": "sha256", "cron": "* * * * *", "every": 5}"#, "one of them"),
            (#"{"name": "a", "type": "sha256", "every": 0}"#, "at least 1"),
            (#"{"name": "a", "type": "sha256", "every": 5, "zone": "UTC"}"#, "same in every zone"),
            (#"{"name": "a", "type": "sha256", "every": 5, "overlap": "sometimes"}"#, "expected one of"),
            (#"{"name": "a", "type": "sha256", "evry": 5}"#, "did you mean"),
            (#"{"type": "sha256", "every": 5}"#, "name must be set"),
        ])
    func refused(body: String, words: String) async throws {
        let served = try ServedHost()
        let answer = try await served.request("POST", "/api/schedules", body: body)
        #expect(answer.status == 400)
        #expect(answer.json?["detail"]?.stringValue?.contains(words) == true, "\(answer.body)")
        #expect(try await served.request("GET", "/api/schedules").body == "[]")
    }

    @Test("job types tell what a form needs, and what is wrong with one that does not load")
    func types() async throws {
        let served = try ServedHost()
        guard case .array(let types)? = try await served.request("GET", "/api/job-types").json else {
            Issue.record("no types")
            return
        }
        #expect(types.map { $0["type"] } == ["broken", "sha256"])
        #expect(types[0]["problem"] == "it does not load" && types[0]["kind"] == nil)
        #expect(types[1]["kind"] == "command" && types[1]["timeout"] == 900.0 && types[1]["takes_any_args"] == false)
        guard case .array(let args)? = types[1]["args"], case .object(let key)? = args.first else {
            Issue.record("no args: \(types[1])")
            return
        }
        #expect(
            key.map(\.key) == ["key", "type", "default", "min", "max", "one_of", "required", "secret", "doc"])
        #expect(try await served.request("GET", "/api/job-types/sha256").json == types[1])
        #expect(try await served.request("GET", "/api/job-types/md5").status == 404)
    }
}
