import Model
import Testing

@testable import LuaSyntax

@Suite("What the checker knows of jobs")
struct JobScriptCheckTests {
    private func check(_ source: String, as role: ScriptRole = .job) -> [String] {
        ScriptChecker(
            functions: LunadAPI.functions, role: role, jobFields: LunadAPI.type(named: "JobRun")?.names ?? [],
            endedJobFields: LunadAPI.type(named: "Job")?.names ?? []
        ).check(Array(source.utf8), file: "x.lua").map(\.description)
    }

    @Test("a good job type has no findings")
    func clean() {
        let source = """
            local j = { args = { path = { type = "string" }, count = { type = "integer", default = 1 } } }
            function j:run(job)
              local args = job.args
              for step = job.checkpoint_data and job.checkpoint_data.step or 1, args.count do
                if job:cancelled() then return end
                job:progress(step, args.count, args.path)
                job:checkpoint({ step = step })
              end
              return { id = job.id, type = job.type, try = job.attempt .. "/" .. job.max_attempts, by = job.daemon or job.parent }
            end
            j.on_cancel = function(self, job) lunad.log.info("cancelled", { job = job.id }) end
            return j
            """
        #expect(check(source) == [])
        #expect(check("return { run = function(self, job) return job.args.anything end }") == [])
    }

    @Test(
        "what a job does not have is told with what was meant",
        arguments: [
            ("job:progres(1)", "error: a job has no method 'progres'; did you mean 'progress'?"),
            ("return job.arg", "error: a job has no field 'arg'; did you mean 'args'?"),
            ("return job.cancelled", "error: 'cancelled' is a method: write job:cancelled(…)"),
            ("job.progress(1, 2)", "error: 'progress' is a method: write job:progress(…)"),
            ("return job.args.pth", "error: argument 'pth' is not declared; did you mean 'path'?"),
            ("return job.args.other", "error: argument 'other' is not declared; declare it in the table's args"),
            ("job:progress('much')", "error: argument 1 (done) of job:progress must be a number, not a string"),
            ("job:query('SELECT 1')", "error: a job has no method 'query'"),
            (
                "lunad.session(function(db) job:checkpoint(db:value('SELECT 1')) end)",
                "error: job:checkpoint waits, and nothing may wait inside a session"
            ),
            (
                "lunad.session(function(db) db:progress(1) end)",
                "error: a database handle has no method 'progress'"
            ),
        ])
    func mistakes(body: String, expected: String) {
        let args = "args = { path = { type = 'string' } }"
        for source in [
            "return { \(args), run = function(self, job) \(body) end }",
            "local j = { \(args) } function j:on_cancel(job) \(body) end return j",
            "local j = { \(args) } j.run = function(_, job) \(body) end return j",
        ] {
            let findings = check(source)
            #expect(findings.count == 1 && findings.first?.contains(expected) == true, "\(source): \(findings)")
        }
    }

    @Test("a daemon's on_job is told of an ended job, which has other fields and no methods")
    func ended() {
        func daemon(_ body: String) -> [String] {
            check("local d = {} function d:on_job(job) \(body) end return d", as: .daemon)
        }
        #expect(daemon("return job.status, job.error, job.result and job.result.out, job.args.any") == [])
        #expect(daemon("return job.checkpoint_data").first?.contains("a job has no field 'checkpoint_data'") == true)
        #expect(daemon("return job.stats").first?.contains("did you mean 'status'?") == true)
        #expect(daemon("job:progress(1)").first?.contains("has ended and has no methods") == true)
    }

    @Test("a function of that name in a script of another kind is not taken for it, nor is a local that was given anew")
    func others() {
        #expect(check("local d = {} function d:run(job) return job.anything end return d", as: .daemon) == [])
        #expect(check("local m = {} function m.run(self, job) return self, job.x end return m", as: .other) == [])
        #expect(
            check("return { run = function(self, job) job = { x = 1 } return job.x end }") == [])
    }
}
