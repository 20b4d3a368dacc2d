import Model
import Synchronization
import Testing

@testable import DaemonHost

extension EngineTests {
    @Suite("starting and stopping")
    struct LifecycleTests {
        /// Says each hook that is called.
        private static let talker = """
            local d = { every = 5 }
            function d:on_start() lunad.log.info("on_start") end
            function d:run_step() lunad.log.info("step", { at = lunad.monotonic() }) end
            function d:on_stop(reason) lunad.log.info("on_stop: " .. reason) end
            return d
            """

        @Test("on_start comes before the first step, on_stop after the last")
        func hooksInOrder() async throws {
            try await HostScene.run(["talker": Self.talker]) { scene in
                let summary = try await scene.boot()
                #expect(summary.daemons == 1 && summary.started == 1)
                await scene.advance(by: .seconds(6))
                #expect(await scene.stop(reason: "enough") == [])
                #expect(scene.said(by: "talker") == ["on_start", "step", "step", "on_stop: enough"])
                let record = try scene.record("talker")
                #expect(record.status == .stopped && record.reason == "enough" && record.steps == 2)
                #expect(scene.statuses(of: "talker") == [.starting, .running, .stopping, .stopped])
            }
        }

        @Test("the log tells a status before what is done in it")
        func logInOrder() async throws {
            try await HostScene.run(["talker": Self.talker]) { scene in
                try await scene.boot()
                _ = await scene.stop(reason: "enough")
                #expect(
                    scene.log(of: "talker").map(\.message) == [
                        "starting: the host started", "on_start", "running: started: the host started", "step",
                        "stopping: enough", "on_stop: enough", "stopped: enough",
                    ])
            }
        }

        @Test("a daemon is shown running only when on_start has ended")
        func startingUntilStarted() async throws {
            let script = """
                local d = {}
                function d:on_start() lunad.sleep(20) end
                function d:run_step() end
                return d
                """
            try await HostScene.run(["slow": script]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(19))
                #expect(try scene.record("slow").status == .starting)
                #expect(try scene.stored("slow").status == .starting)
                await scene.advance(by: .seconds(2))
                #expect(try scene.record("slow").status == .running)
                #expect(try scene.stored("slow").status == .running)
            }
        }

        @Test("a daemon whose on_start fails is never shown running")
        func failingStart() async throws {
            let script = """
                local d = { policy = { max_errors = 3 } }
                function d:on_start() error("no way in") end
                function d:run_step() lunad.log.info("step") end
                return d
                """
            try await HostScene.run(["broken": script]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(60))
                #expect(!scene.statuses(of: "broken").contains(.running))
                #expect(scene.said(by: "broken") == [])
                let record = try scene.record("broken")
                #expect(record.status == .failed && record.consecutiveErrors == 3)
                #expect(record.error?.contains("scripts/broken.lua:2: no way in") == true)
            }
        }

        @Test("a daemon whose on_stop fails ends stopped all the same, and its error is noted")
        func failingStop() async throws {
            let script = """
                local d = {}
                function d:run_step() end
                function d:on_stop() error("the door is stuck") end
                return d
                """
            try await HostScene.run(["stuck": script]) { scene in
                try await scene.boot()
                #expect(await scene.stop(reason: "enough") == [])
                let record = try scene.stored("stuck")
                #expect(record.status == .stopped)
                #expect(record.reason.hasPrefix("enough; on_stop failed: "))
                #expect(record.error?.contains("the door is stuck") == true)
                #expect(record.errors == 1)
            }
        }

        @Test("two starts at the same moment give one instance")
        func startTwice() async throws {
            try await HostScene.run(["talker": Self.talker]) { scene in
                try await scene.boot()
                let daemon = try scene.daemon("talker")
                for _ in 0..<100 {
                    daemon.deliver(.stop(reason: "for the next round"))
                    await scene.settle()
                    await withTaskGroup { group in
                        for _ in 0..<2 { group.addTask { daemon.start(reason: "asked") } }
                    }
                    await scene.settle()
                }
                let said = scene.said(by: "talker")
                #expect(said.count { $0 == "on_start" } == 101)
                #expect(said.count { $0.hasPrefix("on_stop") } == 100)
                #expect(daemon.snapshot().status == .running)
            }
        }

        @Test("a stopped daemon ignores a second stop")
        func stopTwice() async throws {
            try await HostScene.run(["talker": Self.talker]) { scene in
                try await scene.boot()
                let daemon = try scene.daemon("talker")
                for reason in ["first", "second"] {
                    daemon.deliver(.stop(reason: reason))
                    await scene.settle()
                }
                #expect(scene.said(by: "talker") == ["on_start", "step", "on_stop: first"])
                #expect(daemon.snapshot().reason == "first")
            }
        }

        @Test("a daemon can end itself, and what follows in its step is not run")
        func selfStop() async throws {
            let script = """
                local d = { every = 1, state = { n = 0 } }
                function d:run_step()
                  self.state.n = self.state.n + 1
                  if self.state.n < 3 then return end
                  pcall(function() lunad.stop("the work is done") end)
                  lunad.log.info("still here")
                end
                function d:on_stop(reason) lunad.log.info("on_stop: " .. reason) end
                return d
                """
            try await HostScene.run(["worker": script]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(60))
                #expect(scene.said(by: "worker") == ["on_stop: the work is done"])
                let record = try scene.stored("worker")
                #expect(record.status == .stopped && record.reason == "the work is done")
                #expect(record.error == nil && record.errors == 0)
                #expect(try scene.storedState("worker", "n") == 3, "the last step's state is kept")
            }
        }

        @Test("a restart calls on_stop and on_start, and keeps the state")
        func restart() async throws {
            let script = """
                local d = { every = 10, state = { n = 0 } }
                function d:on_start() lunad.log.info("on_start", { n = self.state.n }) end
                function d:run_step() self.state.n = self.state.n + 1 end
                return d
                """
            try await HostScene.run(["counter": script]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(25))
                try scene.daemon("counter").deliver(.restart(reason: "asked"))
                await scene.settle()
                let starts = scene.log(of: "counter").filter { $0.message == "on_start" }.map { $0.fields?["n"] }
                #expect(starts == [0, 3])
                let record = try scene.record("counter")
                #expect(record.status == .running && record.restarts == 1 && record.steps == 4)
            }
        }

        @Test("a script that says enabled = false is shown but not started, unless an operator says otherwise")
        func enabledByScript() async throws {
            let script = "return { enabled = false, run_step = function() end }"
            try await HostScene.run(["off": script, "on": script]) { scene in
                try await scene.write(
                    .registerDaemon(name: "on", type: "on", enabled: false), .setEnabled(name: "on", enabled: true))
                try await scene.boot()
                let off = try scene.stored("off")
                #expect(off.status == .stopped && !off.enabled && off.reason == "its script says enabled = false")
                #expect(try scene.stored("on").status == .running)
            }
        }

        @Test("a daemon that the operator disabled is not started")
        func disabledByOperator() async throws {
            try await HostScene.run(["talker": Self.talker]) { scene in
                try await scene.write(
                    .registerDaemon(name: "talker", type: "talker", enabled: true),
                    .setEnabled(name: "talker", enabled: false))
                let summary = try await scene.boot()
                #expect(summary.daemons == 1 && summary.started == 0)
                #expect(scene.said(by: "talker") == [])
                #expect(try scene.record("talker").status == .stopped)
            }
        }

        @Test("several daemons run one script, each with its own state and config")
        func instances() async throws {
            let script = """
                local d = { every = 10, config = { by = { type = "integer", default = 1 } }, state = { n = 0 } }
                function d:run_step() self.state.n = self.state.n + self.config.by end
                return d
                """
            try await HostScene.run(["counter": script]) { scene in
                try await scene.write(
                    .registerDaemon(name: "other", type: "counter", enabled: true),
                    .setConfig(daemon: "other", key: "by", value: 100))
                let summary = try await scene.boot()
                #expect(summary.daemons == 2 && summary.started == 2)
                await scene.advance(by: .seconds(25))
                #expect(try scene.storedState("counter", "n") == 3)
                #expect(try scene.storedState("other", "n") == 300)
            }
        }
    }
}
