import Model
import Testing

@testable import DaemonHost

extension EngineTests {
    @Suite("types that must not run together, at work")
    struct JobFairnessTests {
        private static func type(_ body: String, _ policy: String = "") -> String {
            "return { \(policy) run = function(self, job) \(body) end }"
        }

        @Test("a stream of one does not starve the other, and keeping back costs no looking around")
        func stream() async throws {
            // Each second another scan of three seconds: there is always one that runs.
            let daemon = """
                local d = { every = 1, state = { n = 0 } }
                function d:run_step()
                  self.state.n = self.state.n + 1
                  lunad.jobs.launch("scan")
                  if self.state.n == 3 then lunad.jobs.launch("build") end
                end
                return d
                """
            try await HostScene.run([
                "d": daemon, "jobs/scan": Self.type("lunad.sleep(3)"),
                "jobs/build": Self.type("lunad.sleep(1)", "conflicts_with = { 'scan' },"),
            ]) { scene in
                try await scene.boot()
                await scene.advance(by: .milliseconds(2_500))
                let looks = scene.context.executor.statistics.looks
                await scene.settle()
                #expect(scene.context.executor.statistics.looks == looks)
                await scene.advance(by: .milliseconds(10_000))
                let build = try #require(try scene.context.queue.jobs(JobQuery(type: "build")).first)
                #expect(build.status == .completed)
                let scans = try scene.context.queue.jobs(JobQuery(type: "scan"))
                let started = try #require(build.startedAt)
                let finished = try #require(build.finishedAt)
                for scan in scans {
                    guard let begin = scan.startedAt else { continue }
                    #expect(begin >= finished || scan.finishedAt.map { $0 <= started } == true, "they ran together")
                    #expect((begin < started) == (scan.id < build.id), "the build was passed")
                }
                #expect(scans.contains { $0.startedAt.map { $0 >= finished } == true })
            }
        }

        @Test("a parent whose child is of its own type is not deadlocked by an older one that conflicts")
        func parents() async throws {
            let daemon = """
                local d = { every = 3600 }
                function d:run_step()
                  lunad.jobs.launch("scan", { launches = true })
                  lunad.sleep(0.1)
                  lunad.jobs.launch("build")
                end
                return d
                """
            let scan = Self.type(
                "if job.args.launches then lunad.sleep(1); local id = lunad.jobs.launch('scan', {}); lunad.jobs.wait(id) end"
            )
            try await HostScene.run([
                "d": daemon, "jobs/scan": scan, "jobs/build": Self.type("", "conflicts_with = { 'scan' },"),
            ]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(3))
                let jobs = try scene.context.queue.jobs(JobQuery())
                #expect(
                    jobs.reversed().map { "\($0.type) \($0.status)" }
                        == ["scan completed", "build completed", "scan completed"])
            }
        }
    }
}
