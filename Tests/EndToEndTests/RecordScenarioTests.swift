import Model
import Platform
import Testing

/// What is on record and what is shown, while it happens.
@Suite("The record while things happen")
struct RecordScenarioTests {
    @Test("progress, a checkpoint and an end that come after a job's end are refused, and the queue goes on")
    func lateWords() async throws {
        let project = try HostedProject.make(
            jobs: [
                "late": """
                return { attempts = 1, run = function(self, job)
                  job:progress(1, 4, "at work")
                  while lunad.session(function(db) return db:value("SELECT count(*) FROM gate") end) == 0 do
                    lunad.sleep(0.02)
                  end
                  job:progress(3, 4, "late")
                  local ok, why = pcall(job.checkpoint, job, { late = true })
                  lunad.log.info("too late", { ok = ok, why = tostring(why) })
                  return "late"
                end }
                """,
                "next": "return { run = function() return 'ran' end }",
            ], workers: 1, migrations: ["0001_gate.sql": "CREATE TABLE gate (open INTEGER) STRICT;"])
        let host = try await project.run()
        let id = try await project.run(job: "late")
        try await wait(for: "its progress") { try project.shown("done", ofJob: id) }
        // As an operator would end it by hand, behind the host's back.
        try project.database.execute(
            """
            UPDATE jobs SET status = 'failed', reason = 'by hand', claim = NULL,
                finished_at = strftime('%Y-%m-%dT%H:%M:%fZ') WHERE id = \(id)
            """)
        try project.database.execute("INSERT INTO gate VALUES (1)")
        let said = try await host.line("that it is too late") { $0.message == "too late" }
        #expect(said.field("ok") == false)
        #expect(said.field("why")?.stringValue?.contains("this run of the job is over") == true)
        let next = try await project.run(job: "next")
        try await project.job(next, is: .completed)
        let row =
            "status || ' ' || reason || ' ' || done || ' ' || message || ' ' || coalesce(result, checkpoint, 'nothing')"
        #expect(try project.shown(row, ofJob: id) == "failed by hand 1.0 at work nothing")
        #expect(try await host.stop() == .exited(0))
    }

    @Test("what a script logs as an error is among its errors, counted")
    func loggedErrors() async throws {
        let project = try HostedProject([
            "d": """
            local d = { every = 3600 }
            function d:run_step()
              for number = 1, 3 do lunad.log.error("disk " .. number .. " is gone", { number = number }) end
              lunad.log.warn("no error")
            end
            return d
            """
        ])
        let host = try await project.run()
        let errors = "SELECT kind || ': ' || message || ' x' || count FROM daemon_errors WHERE daemon = 'd'"
        try await wait(for: "three errors of a kind", detail: { "\((try? project.database.column(errors)) ?? [])" }) {
            try project.database.column(errors) == ["logged: disk 3 is gone x3"] ? true : nil
        }
        #expect(try await host.stop() == .exited(0))
    }

    @Test("enabling and disabling leave a daemon's config and state alone")
    func enabling() async throws {
        let project = try HostedProject([
            "d": """
            local d = { every = 3600, state = { n = 7 }, config = { a = { type = "integer", default = 1 } } }
            function d:run_step() self.state.n = self.state.n + 1 end
            return d
            """
        ])
        let host = try await project.run()
        #expect(try await project.command("config", "d", "a=5").status == 0)
        try await project.status(.running, of: "d")
        let before = try await project.command("config", "d", "--json").output
        for word in ["disable", "enable", "disable"] { #expect(try await project.command(word, "d").status == 0) }
        #expect(try await project.command("config", "d", "--json").output == before)
        #expect(try project.database.column("SELECT key || value FROM daemon_config") == ["a5"])
        #expect(try await host.stop() == .exited(0))
        #expect(try project.shown("enabled", of: "d") == "0")
    }

    @Test("the event of a start says running, and clients that come and go meanwhile are no daemon's trouble")
    func events() async throws {
        let project = try HostedProject([
            "busy": """
            local d = { every = 0.01, state = { n = 0 } }
            function d:run_step() self.state.n = self.state.n + 1; lunad.log.info("step", { n = self.state.n }) end
            return d
            """,
            "other": "return { every = 3600, run_step = function(self) end }",
        ])
        let host = try await project.run()
        try await project.status(.running, of: "other")
        let follower = try project.start("events", "other", "-f", "--json")
        for _ in 0..<5 {
            let short = try project.start("events", "-f", "--json")
            try await wait(for: "its first event") {
                try HostedProject.read(short.outputPath).contains("\n") ? true : nil
            }
            short.killAndReap()
        }
        #expect(try await project.command("restart", "other").status == 0)
        try await wait(for: "the event of the start", detail: { (try? HostedProject.read(follower.outputPath)) ?? "" })
        {
            try HostedProject.read(follower.outputPath).contains(#""status":"running""#) ? true : nil
        }
        follower.killAndReap()
        #expect(try project.shown("errors || ' ' || status", of: "busy") == "0 running")
        #expect(try await host.stop() == .exited(0))
    }
}
