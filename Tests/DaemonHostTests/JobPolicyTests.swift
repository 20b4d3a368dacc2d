import Model
import Testing

@testable import DaemonHost

extension EngineTests {
    @Suite("a daemon's jobs when it stops")
    struct JobPolicyTests {
        /// Launches two jobs of `nap` and one for next week.
        private func launcher(_ policy: String) -> String {
            """
            local d = { every = 3600, policy = { stop_jobs = "\(policy)" } }
            function d:run_step()
              for delay = 0, 1 do lunad.jobs.launch("nap", { seconds = 60 + delay * 10 }) end
              lunad.jobs.launch("nap", { seconds = 1 }, { delay = 604800 })
            end
            return d
            """
        }

        private static let nap = """
            return { run = function(self, job) lunad.sleep(job.args.seconds); return "slept" end }
            """

        private func statuses(_ scene: HostScene) throws -> [JobStatus] {
            try scene.context.queue.jobs(JobQuery(limit: 10)).reversed().map(\.status)
        }

        @Test("left alone, they go on")
        func leave() async throws {
            try await HostScene.run(["d": launcher("leave"), "jobs/nap": Self.nap]) { scene in
                try await scene.boot()
                #expect(try statuses(scene) == [.running, .running, .pending])
                #expect(try await scene.host.carryOut(.stop, on: "d", patience: .seconds(60)).status == .stopped)
                await scene.advance(by: .seconds(90))
                #expect(try statuses(scene) == [.completed, .completed, .pending])
            }
        }

        @Test("to be cancelled, they are once it has stopped, those that wait as well as those that run")
        func cancel() async throws {
            try await HostScene.run(["d": launcher("cancel"), "jobs/nap": Self.nap]) { scene in
                try await scene.boot()
                let record = try await scene.host.carryOut(.stop, on: "d", patience: .seconds(60))
                #expect(record.status == .stopped)
                await scene.settle()
                let jobs = try scene.context.queue.jobs(JobQuery(limit: 10))
                #expect(jobs.map(\.status) == [.cancelled, .cancelled, .cancelled])
                #expect(jobs.allSatisfy { $0.reason?.hasPrefix("its daemon stopped: ") == true })
            }
        }

        @Test("one that ends itself cancels them, too")
        func endsItself() async throws {
            let script = launcher("cancel").replacing(
                "604800 })", with: "604800 })\n  lunad.stop(\"had enough\")")
            try await HostScene.run(["d": script, "jobs/nap": Self.nap]) { scene in
                try await scene.boot()
                #expect(try scene.record("d").status == .stopped)
                #expect(try statuses(scene) == [.cancelled, .cancelled, .cancelled])
                #expect(
                    try scene.context.queue.job(1)?.reason == "its daemon stopped: had enough")
            }
        }

        @Test("waited for, it goes on running until the last of them has ended")
        func wait() async throws {
            let script = launcher("wait").replacing("delay = 604800", with: "delay = 5")
            try await HostScene.run(["d": script, "jobs/nap": Self.nap]) { scene in
                try await scene.boot()
                let early = Task { try await scene.host.carryOut(.stop, on: "d", patience: .zero).status }
                await scene.settle()
                _ = try await early.value
                await scene.advance(by: .seconds(65))
                #expect(try statuses(scene) == [.completed, .running, .completed])
                #expect(try scene.record("d").status == .running)
                #expect(scene.log.contains { $0.message == "d stops once its 3 jobs have ended" })
                await scene.advance(by: .seconds(10))
                #expect(try statuses(scene) == [.completed, .completed, .completed])
                let record = try scene.record("d")
                #expect(record.status == .stopped)
                #expect(record.reason.hasSuffix("its jobs have ended"), "\(record.reason)")
            }
        }
    }
}
