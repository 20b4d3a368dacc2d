import Model
import Testing

@Suite("A job as others see it")
struct JobRecordTests {
    private static func make(_ status: JobStatus) -> JobRecord {
        let at = WallTime(milliseconds: 1_795_560_573_123)
        var job = JobRecord(id: 7, type: "sha256", args: ["path": "/a"], createdAt: at)
        job.status = status
        job.error = "an earlier attempt's"
        job.result = ["digest": "abc"]
        job.daemon = "inbox"
        job.tags = ["nightly"]
        (job.done, job.total, job.message) = (1, 4, "hashing")
        job.finishedAt = at + .seconds(1)
        return job
    }

    @Test("the object has every documented field, in order, also where there is nothing to say")
    func value() throws {
        let keys = { (value: Value) in
            if case .object(let fields) = value { fields.map(\.key) } else { [] as [String] }
        }
        let documented = [
            "id", "type", "status", "reason", "args", "result", "error", "progress", "done", "total",
            "message", "attempt", "max_attempts", "priority", "run_at", "created_at", "started_at", "finished_at",
            "daemon", "parent", "tags",
        ]
        #expect(keys(Self.make(.running).value) == documented)
        #expect(keys(JobRecord(id: 1, type: "t", args: [], createdAt: WallTime(milliseconds: 0)).value) == documented)
        let value = Self.make(.running).value
        #expect(value["progress"] == 0.25 && value["tags"] == ["nightly"] && value["parent"] == .null)
        #expect(value["finished_at"] == "2026-11-24T22:49:34.123Z" && value["started_at"] == .null)
    }

    @Test(
        "on_job sees a result only of a completed job and an error only of a failed one", arguments: JobStatus.allCases)
    func view(_ status: JobStatus) {
        let view = Self.make(status).endView
        #expect(view["status"] == .string(status.rawValue) && view["args"] == ["path": "/a"] && view["id"] == 7)
        #expect((view["result"] != nil) == (status == .completed))
        #expect((view["error"] != nil) == (status == .failed))
        #expect(view["priority"] == nil && view["parent"] == nil)
    }

    @Test(
        "progress is a share, whatever a job says",
        arguments: [
            (1.0 as Double?, 4.0 as Double?, 0.25 as Double?), (9, 4, 1), (-1, 4, 0), (1, 0, nil), (nil, 4, nil),
            (1, nil, nil),
        ])
    func progress(_ done: Double?, _ total: Double?, _ expected: Double?) {
        var job = Self.make(.running)
        (job.done, job.total) = (done, total)
        #expect(job.progress == expected)
    }

    @Test(
        "a request that no store would take is refused",
        arguments: [
            JobRequest(type: ""), JobRequest(type: String(repeating: "x", count: 201)), JobRequest(type: "t", args: 5),
            JobRequest(type: "t", priority: 1_001), JobRequest(type: "t", maxAttempts: 0),
            JobRequest(type: "t", uniqueKey: ""),
            JobRequest(type: "t", tags: Array(repeating: "x", count: 17)), JobRequest(type: "t", tags: [""]),
        ])
    func requests(_ request: JobRequest) {
        #expect(throws: HostError.self) { try request.check() }
    }
}
