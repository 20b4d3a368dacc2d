import Model
import Testing

@testable import DaemonHost

extension EngineTests {
    @Suite("a cancel that is written just before a job's end")
    struct JobOvertakingTests {
        private static let launcher = """
            local d = { every = 3600 }
            function d:run_step() lunad.jobs.launch("nap") end
            return d
            """

        /// Ends after a second, well or not.
        private static func nap(_ end: String, limits: String = "", onCancel: String) -> String {
            """
            local j = { \(limits) }
            function j:run(job) lunad.sleep(1); \(end) end
            function j:on_cancel(job) \(onCancel) end
            return j
            """
        }

        /// Runs a scene in which the job's cancel comes to the writer ahead of its end, and gives the job at `end`.
        private func overtaken(_ nap: String, _ end: (HostScene, JobRecord) async throws -> Void) async throws {
            try await HostScene.run(["d": Self.launcher, "jobs/nap": nap]) { scene in
                try await scene.boot()
                let writer = try await scene.holdWriter()
                let cancelled = Task { try await scene.host.context.jobs.cancel(1, reason: "by hand") }
                await scene.wait(for: "the cancel to stand in line") { scene.store.queued == 1 }
                await scene.advance(by: .seconds(1))
                await scene.wait(for: "the end to stand behind it") { scene.store.queued >= 2 }
                await scene.giveBack(writer)
                #expect(try await cancelled.value.status == .cancelling)
                await scene.settle()
                try await end(scene, try #require(try scene.context.queue.job(1)))
            }
        }

        @Test(
            "makes the end void: on_cancel is called, and the job ends as cancelled",
            arguments: ["return 'done'", "error('failed')", "lunad.fail('for good')"])
        func callsHook(end: String) async throws {
            let nap = Self.nap(end, onCancel: "lunad.log.info('put right', { cancelled = job.id })")
            try await overtaken(nap) { scene, job in
                #expect(job.status == .cancelled && job.reason == "by hand" && job.result == nil)
                #expect(scene.said(by: "d").count { $0 == "put right" } == 1)
                #expect(scene.context.jobs.runningJobs.isEmpty)
            }
        }

        @Test("leaves on_cancel its own time, also when the run's is over")
        func timedOut() async throws {
            let nap = Self.nap(
                "return 'done'", limits: "timeout = 1, cancel_timeout = 5", onCancel: "lunad.log.info('put right')"
            ).replacing("lunad.sleep(1)", with: "lunad.sleep(60)")
            try await overtaken(nap) { scene, job in
                #expect(job.status == .cancelled && job.error == nil)
                #expect(scene.said(by: "d").contains("put right"))
                #expect(scene.context.jobs.runningJobs.isEmpty)
            }
        }
    }
}
