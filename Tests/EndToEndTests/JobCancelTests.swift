import Glibc
import Model
import Testing

extension HeavyTests {
    @Suite("Cancelling jobs", .serialized)
    struct JobCancelTests {
        private static let crowd = isTorture ? 500 : 50

        private static let quick = "return { run = function(self, job) return { n = 1 } end }"
        private static let long = """
            local d = {}
            function d:run(job) while true do lunad.sleep(60) if job:cancelled() then return end end end
            function d:on_cancel(job)
              lunad.session(function(db) db:exec("INSERT INTO put_right VALUES (?)", job.id) end)
            end
            return d
            """
        private static let herd = """
            local d = { args = { n = { type = "integer" } } }
            function d:run(job)
              local ids = {}
              lunad.session(function(db)
                for i = 1, job.args.n do ids[i] = db:launch(i % 5 == 0 and "sleeper" or "long") end
              end)
              lunad.jobs.wait(ids)
            end
            return d
            """
        private static let tables = [
            "0001_witness.sql": """
            CREATE TABLE put_right (job INTEGER PRIMARY KEY) STRICT;
            CREATE TABLE ran (job INTEGER NOT NULL, attempt INTEGER NOT NULL) STRICT;
            """
        ]

        @Test("many running jobs end at one cancel, each after its on_cancel, and the queue goes on")
        func crowd() async throws {
            let project = try HostedProject.make(
                jobs: ["quick": Self.quick, "long": Self.long, "herd": Self.herd], workers: Self.crowd,
                migrations: Self.tables)
            try project.write(
                #"return { command = { argv = { "sleep", "600" }, env = { WITNESS = "\#(project.mark)" } } }"#,
                to: "scripts/jobs/sleeper.lua")
            let host = try await project.run()
            let parent = try await project.run(job: "herd", #"{"n": \#(Self.crowd)}"#)
            let (programs, scripts) = (Self.crowd / 5, Self.crowd - Self.crowd / 5)
            try await project.jobs(scripts, of: "long", where: "status = 'running'")
            try await project.jobs(programs, of: "sleeper", where: "status = 'running'")
            try await wait(for: "all programs") { try project.markedProcesses().count == programs ? true : nil }
            #expect(try await project.command("jobs", "cancel", "\(parent)").status == 0)
            try await project.job(parent, is: .cancelled)
            try await project.jobs(scripts, of: "long", where: "status = 'cancelled'")
            try await project.jobs(programs, of: "sleeper", where: "status = 'cancelled'")
            #expect(try project.markedProcesses() == [])
            #expect(try project.database.number("SELECT count(*) FROM put_right") == scripts)
            let ends = "SELECT count(*) FROM daemon_job_history WHERE action = 'CANCELLED'"
            #expect(try project.database.number(ends) == Self.crowd + 1)
            let next = try await project.command("jobs", "run", "quick", "--wait", "--json")
            #expect(next.status == 0, "\(next.messages)")
            #expect(try await host.stop() == .exited(0))
        }

        @Test("a job that waits never runs once it is cancelled")
        func pending() async throws {
            let leavesTrace = """
                return { run = function(self, job)
                  lunad.session(function(db) db:exec("INSERT INTO ran VALUES (?, ?)", job.id, job.attempt) end)
                end }
                """
            let project = try HostedProject.make(
                jobs: ["long": Self.long, "trace": leavesTrace], workers: 1, migrations: Self.tables)
            let host = try await project.run()
            let blocker = try await project.run(job: "long")
            try await project.job(blocker, is: .running)
            let cancelled = try await project.run(job: "trace")
            let kept = try await project.run(job: "trace")
            #expect(try await project.command("jobs", "cancel", "\(cancelled)").status == 0)
            #expect(try project.shown("status", ofJob: cancelled) == "cancelled")
            #expect(try await project.command("jobs", "cancel", "\(blocker)").status == 0)
            try await project.job(kept, is: .completed)
            #expect(try project.database.column("SELECT job FROM ran") == ["\(kept)"])
            #expect(try project.shown("started_at", ofJob: cancelled) == nil)
            #expect(try project.history(ofJob: cancelled) == ["LAUNCHED", "CANCELLED"])
            #expect(try await host.stop() == .exited(0))
        }

        @Test("a job that has ended refuses to be cancelled and stays as it is, whatever its end")
        func terminal() async throws {
            let fails = "return { run = function(self, job) lunad.fail('never') end }"
            let project = try HostedProject.make(
                jobs: ["quick": Self.quick, "fails": fails, "long": Self.long], migrations: Self.tables)
            let host = try await project.run()
            let completed = try await project.run(job: "quick")
            let failed = try await project.run(job: "fails")
            let cancelled = try await project.run(job: "long")
            _ = try await project.command("jobs", "cancel", "\(cancelled)")
            let ends: [(Int, JobStatus)] = [(completed, .completed), (failed, .failed), (cancelled, .cancelled)]
            for (id, status) in ends {
                try await project.job(id, is: status)
                let row = "status || coalesce(reason, '') || finished_at || coalesce(result, '') || attempt"
                let before = try project.shown(row, ofJob: id)
                let answer = try await project.command("jobs", "cancel", "\(id)")
                #expect(answer.status == 1)
                #expect(answer.messages.contains("job \(id) is \(status.rawValue) and cannot be cancelled"))
                #expect(try project.shown(row, ofJob: id) == before)
                #expect(try project.history(ofJob: id).count == 2)
            }
            #expect(try await project.command("jobs", "cancel", "987654").status == 4)
            #expect(try await host.stop() == .exited(0))
        }

        @Test("a program's whole group is gone, and its own cleanup done, before its job is called cancelled")
        func group() async throws {
            // The child would outlive its parent by a minute; the parent takes a moment to clean up.
            let program = """
                trap 'sleep 0.3; echo cleaned >> "$WITNESS"; exit 0' TERM
                (trap '' TERM; while :; do sleep 0.05; done) &
                echo started >> "$WITNESS"
                while :; do sleep 0.05; done
                """
            let project = try HostedProject.make(jobs: [:])
            try project.write(program, to: "program.sh")
            try project.write(
                """
                return { cancel_timeout = 2, command = {
                  argv = { "bash", "program.sh" }, env = { WITNESS = "\(project.mark)" } } }
                """, to: "scripts/jobs/stubborn.lua")
            let host = try await project.run()
            let id = try await project.run(job: "stubborn")
            try await wait(for: "the program's start") { try project.witnessed().isEmpty ? nil : true }
            #expect(try !project.markedProcesses().isEmpty)
            #expect(try await project.command("jobs", "cancel", "\(id)").status == 0)
            try await project.job(id, is: .cancelled)
            #expect(try project.markedProcesses() == [])
            #expect(try project.witnessed() == ["started", "cleaned"])
            #expect(try await host.stop() == .exited(0))
        }

        @Test("parents that are cancelled while they wait give back no worker twice, and keep none")
        func waitingParents() async throws {
            let alone = """
                exec 9>>"$WITNESS.lock"
                flock -n 9 || { echo clash >> "$WITNESS"; exit; }
                sleep 0.05
                echo alone >> "$WITNESS"
                """
            let project = try HostedProject.make(
                jobs: ["long": Self.long, "herd": Self.herd], workers: 1, migrations: Self.tables)
            try project.write(alone, to: "alone.sh")
            try project.write(
                #"return { command = { argv = { "bash", "alone.sh" }, env = { WITNESS = "\#(project.mark)" } } }"#,
                to: "scripts/jobs/alone.lua")
            let host = try await project.run()
            for round in 1...3 {
                let parent = try await project.run(job: "herd", #"{"n": 1}"#)
                try await project.jobs(1, of: "long", where: "status = 'running'")
                #expect(try await project.command("jobs", "cancel", "\(parent)").status == 0)
                try await project.job(parent, is: .cancelled)
                try await project.jobs(round, of: "long", where: "status = 'cancelled'")
            }
            for _ in 0..<4 { _ = try await project.run(job: "alone") }
            try await project.jobs(4, of: "alone", where: "status = 'completed'")
            #expect(try project.witnessed() == Array(repeating: "alone", count: 4))
            #expect(try await host.stop() == .exited(0))
        }

        @Test("a cancel that meets the end of a job leaves it in one terminal status")
        func race() async throws {
            let racer = """
                local d = { every = 3600, policy = { step_timeout = 60 } }
                function d:run_step()
                  for i = 1, 150 do
                    local id = lunad.jobs.launch(i % 3 == 0 and "command" or "blink", { seconds = (i % 10) / 1000 })
                    lunad.sleep((i % 7) / 1000)
                    lunad.jobs.cancel(id)
                  end
                  lunad.log.info("raced")
                end
                return d
                """
            let blink = "return { run = function(self, job) lunad.sleep(job.args.seconds) end }"
            let project = try HostedProject.make(
                jobs: ["blink": blink, "command": #"return { command = { "true" } }"#], daemons: ["racer": racer])
            let host = try await project.run()
            try await host.says("raced", daemon: "racer")
            let open = "SELECT id || ' ' || type || ' ' || status FROM jobs WHERE finished_at IS NULL"
            try await wait(
                for: "the end of all raced jobs", within: .seconds(20),
                detail: { "open are \((try? project.database.column(open)) ?? [])" },
                until: { try project.database.column(open).isEmpty ? true : nil })
            let ends = """
                SELECT count(*) FROM (SELECT job FROM daemon_job_history WHERE action <> 'LAUNCHED'
                    GROUP BY job HAVING count(*) = 1)
                """
            #expect(try project.database.number(ends) == 150)
            #expect(try await host.stop() == .exited(0))
        }
    }
}
