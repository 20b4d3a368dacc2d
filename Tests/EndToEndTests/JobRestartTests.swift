import Glibc
import Model
import Platform
import Testing

@Suite("Jobs across restarts")
struct JobRestartTests {
    /// Ends once the project's table `gate` has a row, so that a test decides when.
    private static let gated = """
        return { run = function(self, job)
          while lunad.session(function(db) return db:value("SELECT count(*) FROM gate") end) == 0 do lunad.sleep(0.02) end
          if job.args.fails then lunad.fail("as told") end
          return { n = job.args.n }
        end }
        """

    private static let watcher = """
        local d = { every = 3600, state = { told = {}, launched = false } }
        function d:run_step()
          if self.state.launched then return end
          lunad.session(function(db)
            self.state.launched = true
            db:launch("gated", { n = 1 }, { monitor = true })
            db:launch("gated", { n = 2, fails = true }, { monitor = true })
            db:launch("gated", { n = 3 })
          end)
        end
        function d:on_job(job)
          table.insert(self.state.told, job.args.n .. " " .. job.status .. " " .. (job.error or ""))
        end
        return d
        """

    private static let gate = ["0001_gate.sql": "CREATE TABLE gate (open INTEGER) STRICT;"]

    private static func told(_ project: HostedProject) throws -> [String] {
        try project.database.column(
            "SELECT told.value FROM daemon_state, json_each(state, '$.told') AS told WHERE daemon = 'watcher' ORDER BY 1"
        )
    }

    private static let bothEnds = ["1 completed ", "2 failed as told"]

    @Test("a daemon that was restarted while its jobs ran is told their ends, each once")
    func daemonRestart() async throws {
        let project = try HostedProject.make(
            jobs: ["gated": Self.gated], daemons: ["watcher": Self.watcher], migrations: Self.gate)
        let host = try await project.run()
        try await project.jobs(3, of: "gated", where: "status = 'running'")
        #expect(try await project.command("restart", "watcher").status == 0)
        try await project.status(.running, of: "watcher")
        try project.database.execute("INSERT INTO gate VALUES (1)")
        try await wait(for: "both ends told") { try Self.told(project).count >= 2 ? true : nil }
        try await project.jobs(3, of: "gated", where: "finished_at IS NOT NULL")
        #expect(try await host.stop() == .exited(0))
        #expect(try Self.told(project) == Self.bothEnds)
        let actions = try project.database.column(
            "SELECT action FROM daemon_job_history WHERE daemon = 'watcher' ORDER BY action")
        #expect(actions == ["FAILED", "FINISHED", "FINISHED", "LAUNCHED", "LAUNCHED", "LAUNCHED"])
    }

    @Test("ends that came while the daemon was stopped are told when it runs again")
    func whileStopped() async throws {
        let project = try HostedProject.make(
            jobs: ["gated": Self.gated], daemons: ["watcher": Self.watcher], migrations: Self.gate)
        let host = try await project.run()
        try await project.jobs(3, of: "gated", where: "status = 'running'")
        #expect(try await project.command("stop", "watcher").status == 0)
        try await project.status(.stopped, of: "watcher")
        try project.database.execute("INSERT INTO gate VALUES (1)")
        try await project.jobs(3, of: "gated", where: "finished_at IS NOT NULL")
        #expect(try Self.told(project) == [])
        #expect(try await project.command("start", "watcher").status == 0)
        try await wait(for: "both ends told") { try Self.told(project).count >= 2 ? true : nil }
        #expect(try await host.stop() == .exited(0))
        #expect(try Self.told(project) == Self.bothEnds)
    }

    @Test("after kill -9 nothing is shown running that is not, and the daemon is told the ends in the next life")
    func killedHost() async throws {
        let project = try HostedProject.make(
            jobs: ["gated": Self.gated], daemons: ["watcher": Self.watcher], workers: 2, migrations: Self.gate)
        let first = try await project.run()
        try await project.jobs(2, of: "gated", where: "status = 'running'")
        first.process.signal(SIGKILL)
        #expect(try await first.ending() == .killed(SIGKILL))
        let claims = try project.database.column("SELECT claim FROM jobs WHERE claim IS NOT NULL")
        let second = try await project.run()
        let now = try project.database.column("SELECT claim FROM jobs WHERE claim IS NOT NULL")
        #expect(claims.count == 2 && Set(claims).isDisjoint(with: now), "still claimed by the first life")
        #expect(try project.database.number("SELECT sum(kills) FROM jobs") == 2)
        try project.database.execute("INSERT INTO gate VALUES (1)")
        try await wait(for: "both ends told") { try Self.told(project).count >= 2 ? true : nil }
        try await project.jobs(3, of: "gated", where: "finished_at IS NOT NULL")
        #expect(try await second.stop() == .exited(0))
        #expect(try Self.told(project) == Self.bothEnds)
    }

    @Test("a job that is killed with its host three times is poison")
    func poison() async throws {
        let project = try HostedProject.make(jobs: ["gated": Self.gated], migrations: Self.gate)
        var id: Int?
        for _ in 1...3 {
            let host = try await project.run()
            let job: Int
            if let id { job = id } else { job = try await project.run(job: "gated") }
            id = job
            try await project.job(job, is: .running)
            host.process.signal(SIGKILL)
            _ = try await host.ending()
        }
        let host = try await project.run()
        let job = try #require(id)
        try await project.job(job, is: .failed)
        #expect(try project.shown("reason", ofJob: job) == "poison")
        #expect(try project.history(ofJob: job) == ["LAUNCHED", "FAILED"])
        #expect(try await host.stop() == .exited(0))
    }

    @Test("a graceful stop costs a job no attempt, and its checkpoint is given back in the next life")
    func checkpoint() async throws {
        let stepper = """
            return { attempts = 1, run = function(self, job)
              local done = job.checkpoint_data and job.checkpoint_data.done or 0
              if done == 0 then
                job:checkpoint({ done = 7 })
                while true do lunad.sleep(600) end
              end
              return { from = done, attempt = job.attempt }
            end }
            """
        let project = try HostedProject.make(jobs: [
            "stepper": stepper,
            "program":
                #"return { attempts = 1, command = { "sh", "-c", "if ! test -e again; then touch again; sleep 600; fi" } }"#,
        ])
        let first = try await project.run()
        let id = try await project.run(job: "stepper")
        let program = try await project.run(job: "program")
        try await wait(for: "the checkpoint") { try project.shown("checkpoint", ofJob: id) }
        try await wait(for: "the program's mark") { try HostedProject.isThere(project.folder.path + "/again") }
        #expect(try await first.stop() == .exited(0))
        for job in [id, program] {
            #expect(try project.shown("status || ' ' || attempt || ' ' || kills", ofJob: job) == "pending 0 0")
        }
        let second = try await project.run()
        try await project.job(id, is: .completed)
        let result = "json_extract(result, '$.from') || ' ' || json_extract(result, '$.attempt')"
        #expect(try project.shown(result, ofJob: id) == "7 1")
        try await project.job(program, is: .completed)
        #expect(try await second.stop() == .exited(0))
        for job in [id, program] { #expect(try project.history(ofJob: job) == ["LAUNCHED", "FINISHED"]) }
    }

    @Test("a key has one unfinished job: a second launch gets it, replaces it, or is refused")
    func uniqueKeys() async throws {
        let keeper = """
            local d = { every = 3600 }
            function d:run_step()
              local function launch(n, conflict, delay)
                return lunad.jobs.launch("note", { n = n }, { key = "k", on_conflict = conflict, delay = delay })
              end
              local first, new = launch(1, nil, 600)
              local second, again = launch(2)
              local ok, why = pcall(launch, 3, "refuse")
              local fourth = launch(4, "replace")
              lunad.jobs.wait(first)
              local fifth, fresh = launch(5)
              lunad.log.info("keys", { same = first == second and first == fourth and fifth ~= first,
                new = new, again = again, fresh = fresh, ok = ok, why = tostring(why),
                ran = lunad.jobs.get(first).result.n })
            end
            return d
            """
        let project = try HostedProject.make(
            jobs: ["note": "return { run = function(self, job) return job.args end }"], daemons: ["keeper": keeper])
        let host = try await project.run()
        let said = try await host.says("keys", daemon: "keeper")
        #expect(said.field("same") == true && said.field("new") == true && said.field("again") == false)
        #expect(said.field("fresh") == true && said.field("ok") == false && said.field("ran") == .integer(4))
        #expect(said.field("why")?.stringValue?.contains("has the unique key 'k'") == true)
        #expect(try await host.stop() == .exited(0))
    }

    @Test("a schedule launches its job by the clock, and an occurrence that meets an unfinished one is skipped aloud")
    func schedules() async throws {
        let project = try HostedProject.make(
            jobs: [
                "tick": "return { run = function(self, job) return job.args end }",
                "slow": "return { run = function() lunad.sleep(600) end }",
            ],
            migrations: [
                "0001_schedules.sql": """
                INSERT INTO job_schedules (name, type, args, every_seconds) VALUES
                    ('ticks', 'tick', '{"n":5}', 1), ('crawl', 'slow', '{}', 1);
                """
            ])
        let host = try await project.run()
        try await wait(for: "two ticks") {
            try project.database.number(
                "SELECT count(*) FROM jobs WHERE schedule = 'ticks' AND status = 'completed' AND args = '{\"n\":5}'")
                >= 2
                ? true : nil
        }
        let skipped = try await host.says("schedule crawl: an occurrence was skipped", daemon: nil)
        #expect(skipped.level == "warn")
        #expect(try project.database.number("SELECT count(*) FROM jobs WHERE schedule = 'crawl'") == 1)
        let runs = "SELECT count(*) FROM job_schedule_runs WHERE schedule = 'crawl' AND"
        #expect(try project.database.number("\(runs) job IS NOT NULL") == 1)
        #expect(try project.database.number("\(runs) skipped IS NOT NULL") >= 1)
        #expect(try await host.stop() == .exited(0))
    }
}

extension HostedProject {
    /// True when there is such a file, nil when not: for a wait.
    fileprivate static func isThere(_ path: String) throws -> Bool? { try Files.facts(of: path) == nil ? nil : true }
}
