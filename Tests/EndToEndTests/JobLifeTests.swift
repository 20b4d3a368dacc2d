import Model
import Testing

@Suite("The life of a job")
struct JobLifeTests {
    private static func errors(of id: Int, in project: HostedProject) throws -> [String] {
        try project.database.column("SELECT attempt || ': ' || message FROM job_errors WHERE job = \(id) ORDER BY id")
    }

    @Test("a launch that cannot be right is refused, and says what would be")
    func refusedLaunch() async throws {
        let strict = """
            return { args = { path = { type = "string", required = true }, depth = { type = "integer", default = 3, max = 9 } },
              run = function(self, job) return job.args end }
            """
        let project = try HostedProject.make(
            jobs: ["strict": strict, "broken": "return { run = function( end }"])
        let host = try await project.run()
        let cases = [
            ("strikt", "{}", "there is no job type 'strikt'", "did you mean \"strict\""),
            ("strict", #"{"path": "/a", "depth": 10}"#, "depth", "9"),
            ("strict", #"{"path": 7}"#, "path", "string"),
            ("strict", #"{"path": "/a", "dept": 1}"#, "dept", "did you mean \"depth\""),
            ("broken", "{}", "scripts/jobs/broken.lua:1", "expected"),
        ]
        for (type, args, what, hint) in cases {
            let answer = try await project.command("jobs", "run", type, args)
            #expect(answer.status != 0, "\(type) \(args) was taken")
            #expect(answer.messages.contains(what) && answer.messages.contains(hint), "\(answer.messages)")
        }
        #expect(try project.database.number("SELECT count(*) FROM jobs") == 0)
        let id = try await project.run(job: "strict", #"{"path": "/a"}"#)
        try await project.job(id, is: .completed)
        #expect(try project.shown("json_extract(result, '$.depth')", ofJob: id) == "3")
        #expect(try await host.stop() == .exited(0))
    }

    @Test("a result too large, a missing program and a failing one end as failures that say so")
    func badEnds() async throws {
        let project = try HostedProject.make(jobs: [
            "large": "return { attempts = 1, run = function(self, job) return string.rep('x', 2000000) end }",
            "missing": #"return { attempts = 1, command = { "no-such-program-anywhere" } }"#,
            "failing": #"return { attempts = 1, command = { "sh", "-c", "echo this went wrong >&2; exit 3" } }"#,
        ])
        let host = try await project.run()
        let cases = [
            ("large", "its result takes 2,000,00"), ("missing", "no-such-program-anywhere"),
            ("failing", "it exited with code 3: this went wrong"),
        ]
        for (type, message) in cases {
            let id = try await project.run(job: type)
            try await project.job(id, is: .failed)
            #expect(try project.shown("error", ofJob: id)?.contains(message) == true)
            #expect(try Self.errors(of: id, in: project).count == 1)
            #expect(try project.history(ofJob: id) == ["LAUNCHED", "FAILED"])
        }
        #expect(try await host.stop() == .exited(0))
    }

    @Test("output that is no UTF-8 and ten million bytes of input pass through unharmed")
    func bytes() async throws {
        let watcher = """
            local d = { every = 3600 }
            function d:run_step() lunad.jobs.launch("raw", {}, { monitor = true }) end
            function d:on_job(job)
              lunad.log.info("got", { same = job.result.out == "a\\xff\\xfe\\0z", size = #job.result.out })
            end
            return d
            """
        let feeder = """
            return { memory = "64MB", allow = { exec = { "wc" } }, run = function(self, job)
              return tonumber(lunad.exec({ "wc", "-c" }, { stdin = string.rep("0123456789", 1000000) }).out)
            end }
            """
        let project = try HostedProject.make(
            jobs: ["raw": #"return { command = { "printf", "a\\377\\376\\000z" } }"#, "feeder": feeder],
            daemons: ["watcher": watcher])
        let host = try await project.run()
        let got = try await host.says("got", daemon: "watcher")
        #expect(got.field("same") == true && got.field("size") == .integer(5), "\(String(describing: got.fields))")
        let raw = try project.database.number("SELECT id FROM jobs WHERE type = 'raw'")
        #expect(try project.database.text("SELECT hex(out) FROM job_output WHERE job = \(raw)") == "61FFFE007A")
        #expect(try await project.command("jobs", "show", "\(raw)", "--json").json["status"] == "completed")
        #expect(try await project.command("jobs", "logs", "\(raw)").status == 0)
        let fed = try await project.run(job: "feeder")
        try await project.job(fed, is: .completed)
        #expect(try project.shown("result", ofJob: fed) == "10000000")
        #expect(try await host.stop() == .exited(0))
    }

    @Test("a failed attempt is tried again until they are used up, and every error is kept with its attempt")
    func retries() async throws {
        let project = try HostedProject.make(jobs: [
            "third": """
            return { backoff = { base = 0, max = 0.01 }, run = function(self, job)
              if job.attempt < 3 then error("attempt " .. job.attempt .. " of " .. job.max_attempts) end
              return { attempt = job.attempt }
            end }
            """,
            "never": """
            return { attempts = 2, backoff = { base = 0, max = 0.01 }, run = function() error("never") end }
            """,
            "final": "return { run = function(self, job) lunad.fail('no use trying') end }",
            "later": """
            return { run = function(self, job)
              if job.attempt == 1 then lunad.retry_after(0.25, "come back") end
            end }
            """,
        ])
        let host = try await project.run()
        let third = try await project.run(job: "third")
        let never = try await project.run(job: "never")
        let final = try await project.run(job: "final")
        let later = try await project.run(job: "later")
        try await project.job(third, is: .completed)
        let kept = try Self.errors(of: third, in: project)
        #expect(kept.count == 2)
        #expect(kept.first?.hasSuffix("scripts/jobs/third.lua:2: attempt 1 of 20") == true, "\(kept)")
        #expect(kept.last?.hasPrefix("2: ") == true && kept.last?.hasSuffix("attempt 2 of 20") == true, "\(kept)")
        #expect(try project.shown("json_extract(result, '$.attempt')", ofJob: third) == "3")
        #expect(try project.history(ofJob: third) == ["LAUNCHED", "FINISHED"])
        try await project.job(never, is: .failed)
        #expect(try Self.errors(of: never, in: project).count == 2)
        let trace = "SELECT traceback LIKE '%never.lua:1%' FROM job_errors WHERE job = \(never)"
        #expect(try project.database.column(trace) == ["1", "1"])
        try await project.job(final, is: .failed)
        #expect(try Self.errors(of: final, in: project) == ["1: no use trying"])
        try await project.job(later, is: .completed)
        #expect(try Self.errors(of: later, in: project) == ["1: come back"])
        // The error is written a moment after the delay began.
        let delay = """
            SELECT started_at >= run_at AND (julianday(run_at) - julianday(created_at)) * 86400 >= 0.249
            FROM jobs WHERE id = \(later)
            """
        #expect(try project.database.text(delay) == "1")
        // By hand it begins anew.
        #expect(try await project.command("jobs", "retry", "\(final)").status == 0)
        try await wait(for: "the end of the retried job") {
            try project.history(ofJob: final).filter { $0 == "FAILED" }.count == 2 ? true : nil
        }
        #expect(try await project.command("jobs", "retry", "\(third)").status == 1)
        #expect(try await host.stop() == .exited(0))
    }

    @Test("a job that runs too long, or makes no progress, is interrupted; one that makes progress is not")
    func timeouts() async throws {
        let project = try HostedProject.make(jobs: [
            "endless": "return { attempts = 1, timeout = 0.3, run = function() while true do end end }",
            "asleep": "return { attempts = 1, timeout = 0.3, run = function() lunad.sleep(600) end }",
            "program": #"return { attempts = 1, timeout = 0.3, cancel_timeout = 0.2, command = { "sleep", "600" } }"#,
            "silent": "return { attempts = 1, progress_timeout = 0.3, run = function() lunad.sleep(600) end }",
            "steady": """
            return { attempts = 1, progress_timeout = 0.5, run = function(self, job)
              for i = 1, 12 do lunad.sleep(0.1) job:progress(i, 12, "at " .. i) end
            end }
            """,
        ])
        let host = try await project.run()
        let steady = try await project.run(job: "steady")
        let cases = [
            ("endless", "it may run for 0.3 s"), ("asleep", "it may run for 0.3 s"),
            ("program", "it may run for 0.3 s"), ("silent", "it made no progress for 0.3 s"),
        ]
        var jobs: [(id: Int, reason: String)] = []
        for (type, reason) in cases { jobs.append((try await project.run(job: type), reason)) }
        for (id, reason) in jobs {
            try await project.job(id, is: .failed)
            let shown = try project.shown("type || ' ' || coalesce(reason, 'no reason') || ' ' || error", ofJob: id)
            #expect(shown?.contains(" timed out: \(reason) ") == true, "\(shown ?? "")")
        }
        try await project.job(steady, is: .completed)
        #expect(try project.shown("done || ' ' || total || ' ' || message", ofJob: steady) == "12.0 12.0 at 12")
        #expect(try await host.stop() == .exited(0))
    }
}
