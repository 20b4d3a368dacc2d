import Glibc
import Model
import Testing

extension HeavyTests {
    @Suite("kill -9 with jobs", .serialized)
    struct JobKillTests {
        private static let rounds = isTorture ? 200 : 6

        /// Holds a lock of its own job while it works, so that a second run at the same time is seen.
        private static let program = """
            exec 9>>"$WITNESS.$1"
            flock -n 9 || { echo "clash $1" >> "$WITNESS"; exit 1; }
            echo "begin $1" >> "$WITNESS"
            sleep 0.0$(( $1 % 10 ))
            echo "end $1" >> "$WITNESS"
            """

        /// Its state counts what it launched and how often it was told of each end; both commit with what they count.
        private static func boss(launches: Bool) -> String {
            """
            local d = { every = 0.03, state = { batches = 0, told = {} } }
            local types = { "short", "program", "mixed" }
            function d:run_step()
              if not \(launches) then return 60 end
              lunad.session(function(db)
                self.state.batches = self.state.batches + 1
                for i, type in ipairs(types) do
                  db:launch(type, { n = self.state.batches * 3 + i }, { monitor = true })
                end
              end)
            end
            function d:on_job(job)
              local key = "job" .. job.id
              self.state.told[key] = (self.state.told[key] or 0) + 1
            end
            return d
            """
        }

        private static func project() throws -> HostedProject {
            let project = try HostedProject.make(
                jobs: ["short": "return { run = function(self, job) lunad.sleep(0.02) return job.args end }"],
                daemons: ["boss": boss(launches: true)], workers: 8)
            let argv = #""bash", "program.sh""#
            let environment = #"env = { WITNESS = "\#(project.mark)" }"#
            try project.write(program, to: "program.sh")
            try project.write(
                #"return { command = { argv = { \#(argv), "{n}" }, \#(environment) } }"#,
                to: "scripts/jobs/program.lua")
            try project.write(
                """
                local d = { allow = { exec = { "bash" } } }
                function d:run(job)
                  local ended = lunad.exec({ \(argv), tostring(job.args.n) }, { cwd = "\(project.folder.path)", \(environment) })
                  assert(ended.code == 0, ended.err)
                end
                return d
                """, to: "scripts/jobs/mixed.lua")
            return project
        }

        @Test("every job ends once, none runs twice at once, every end is told once, no program is left")
        func anyMoment() async throws {
            let project = try Self.project()
            var generator = SystemRandomNumberGenerator()
            for _ in 0..<Self.rounds {
                let before = try project.hasDatabase ? Int(project.state("batches", of: "boss") ?? "0") ?? 0 : 0
                let host = try await project.run()
                try await wait(for: "new jobs in this life") {
                    try Int(project.state("batches", of: "boss") ?? "0") ?? 0 > before ? true : nil
                }
                // The moment of the kill is what this test varies: it waits for nothing.
                try await Task.sleep(for: .milliseconds(Int.random(in: 0..<400, using: &generator)))
                host.process.signal(SIGKILL)
                #expect(try await host.ending() == .killed(SIGKILL))
            }
            try project.script("boss", Self.boss(launches: false))
            let host = try await project.run()
            try await Self.settle(project)
            #expect(try await host.stop() == .exited(0))
            try Self.endedOnce(project)
            try Self.toldOnce(project)
            let clashes = try project.witnessed().filter { $0.hasPrefix("clash") }
            #expect(clashes.isEmpty, "ran twice at once: \(clashes.prefix(5))")
            #expect(try project.markedProcesses() == [])
        }

        private static func settle(_ project: HostedProject) async throws {
            let open = "SELECT id || ' ' || type || ' ' || status FROM jobs WHERE finished_at IS NULL"
            let owed = "SELECT job || ' is owed' FROM job_monitors WHERE delivered_at IS NULL"
            try await wait(
                for: "the end of all jobs, told to their daemon", within: .seconds(isTorture ? 300 : 60),
                detail: { "open are \((try? project.database.column("\(open) UNION \(owed) LIMIT 20")) ?? [])" },
                until: { try project.database.column("\(open) UNION \(owed) LIMIT 1").isEmpty ? true : nil })
        }

        private static func endedOnce(_ project: HostedProject) throws {
            let batches = try #require(try project.state("batches", of: "boss").flatMap { Int($0) })
            #expect(
                try project.database.number("SELECT count(*) FROM jobs") == 3 * batches, "jobs were lost or doubled")
            #expect(batches >= rounds)
            let wrong = try project.database.column(
                """
                SELECT job || ': ' || group_concat(action) FROM daemon_job_history GROUP BY job
                HAVING sum(action = 'LAUNCHED') <> 1 OR count(*) <> 2
                """)
            #expect(wrong.isEmpty, "\(wrong.prefix(5))")
            #expect(
                try project.database.number("SELECT count(DISTINCT job) FROM daemon_job_history") == 3 * batches)
            let failed = try project.database.column(
                "SELECT id || ' ' || coalesce(reason, error) FROM jobs WHERE status <> 'completed'")
            #expect(failed.allSatisfy { $0.contains("poison") }, "\(failed.prefix(5))")
            #expect(failed.count <= batches / 2, "\(failed.count) of \(3 * batches) were killed too often")
            let ended = Set(try project.witnessed().filter { $0.hasPrefix("end") }.map { String($0.dropFirst(4)) })
            let completed = try project.database.column(
                "SELECT json_extract(args, '$.n') FROM jobs WHERE status = 'completed' AND type <> 'short'")
            #expect(completed.allSatisfy { ended.contains($0) }, "completed without having run to the end")
        }

        private static func toldOnce(_ project: HostedProject) throws {
            let jobs = Set(try project.database.column("SELECT 'job' || id FROM jobs"))
            let told = try project.database.column(
                """
                SELECT key || ' ' || told.value FROM daemon_state, json_each(state, '$.told') AS told
                WHERE daemon = 'boss'
                """)
            #expect(Set(told) == Set(jobs.map { "\($0) 1" }))
        }
    }
}
