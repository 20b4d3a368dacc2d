import Model
import Testing

@testable import DaemonHost

extension EngineTests {
    @Suite("errors back off, and a fix is noticed")
    struct ErrorTests {
        /// A daemon whose steps fail as long as `fails` holds; says when each step began.
        private func failing(
            while fails: String, policy: String = "", state: String = "{}", how: String = "error('no luck')"
        ) -> String {
            """
            local steps = 0
            local d = { every = 100, policy = { \(policy) }, state = \(state) }
            function d:on_start() lunad.log.info("on_start", { at = lunad.monotonic() }) end
            function d:run_step()
              steps = steps + 1
              lunad.log.info("step", { at = lunad.monotonic(), n = steps })
              if \(fails) then \(how) end
            end
            function d:on_stop(reason) lunad.log.info("on_stop: " .. reason) end
            return d
            """
        }

        private func times(_ scene: HostScene, _ message: String = "step") -> [Double] {
            scene.log(of: "d").filter { $0.message == message }.compactMap { $0.fields?["at"]?.doubleValue }
        }

        @Test("a failed step is tried again after the base delay, then after twice as long, up to the maximum")
        func backoff() async throws {
            let script = failing(while: "true", policy: "max_errors = 100, backoff = { base = 2, max = 20 }")
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(75))
                #expect(times(scene) == [0, 2, 6, 14, 30, 50, 70])
                let record = try scene.stored("d")
                #expect(record.status == .backingOff && record.consecutiveErrors == 7)
                #expect(record.nextStepAt == scene.clock.now() + .seconds(15))
                #expect(record.error == "scripts/d.lua:7: no luck")
                #expect(record.traceback?.contains("run_step") == true, "\(record)")
            }
        }

        @Test("the retry runs in the same Lua state, and a success forgets the failures")
        func successForgets() async throws {
            let script = failing(while: "steps < 3 or steps == 4", policy: "backoff = { base = 1 }")
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(4))
                #expect(times(scene) == [0, 1, 3])
                #expect(times(scene, "on_start") == [0])
                let record = try scene.stored("d")
                #expect(record.status == .running && record.reason == "recovered")
                #expect(record.consecutiveErrors == 0 && record.error == nil && record.errors == 2)
                await scene.advance(by: .seconds(102))
                #expect(times(scene) == [0, 1, 3, 100, 101], "the first delay is the shortest again")
            }
        }

        @Test("jitter moves a delay by a fifth at most", arguments: [(0.0, 8.0), (0.5, 10.0), (0.999_999, 12.0)])
        func jitter(_ jitter: Double, _ delay: Double) async throws {
            let script = failing(while: "steps == 1", policy: "backoff = { base = 10 }")
            try await HostScene.run(["d": script], jitter: jitter) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(20))
                let times = times(scene)
                #expect(times.count == 2)
                #expect(abs((times.last ?? 0) - delay) < 0.001)
            }
        }

        @Test(
            "after too many errors in a row the daemon is failed, with cause, traceback and the time of the next probe")
        func tooManyErrors() async throws {
            let script = failing(
                while: "true", policy: "max_errors = 3, backoff = { base = 1 }, probe_interval = 600")
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(4))
                let record = try scene.stored("d")
                #expect(record.status == .failed && record.consecutiveErrors == 3)
                #expect(record.reason == "scripts/d.lua:7: no luck" && record.error == record.reason)
                #expect(record.traceback?.contains("scripts/d.lua:7: in ") == true)
                #expect(record.nextStepAt == scene.clock.now() + .seconds(599))
                #expect(record.memoryBytes == 0, "no Lua state is left")
                #expect(scene.said(by: "d").last == "on_stop: failed: scripts/d.lua:7: no luck")
            }
        }

        @Test("a failed daemon is probed in a fresh Lua state; it stays failed or runs again")
        func probe() async throws {
            let script = failing(
                while: "(self.state.tries or 0) < 1 and lunad.monotonic() < 1500",
                policy: "max_errors = 2, backoff = { base = 1 }, probe_interval = 600")
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                await scene.jump(by: .seconds(1))
                #expect(try scene.record("d").status == .failed)
                await scene.jump(by: .seconds(600))
                #expect(times(scene, "on_start") == [0, 601])
                #expect(times(scene) == [0, 1, 601])
                let failed = try scene.record("d")
                #expect(failed.status == .failed && failed.restarts == 1)
                #expect(failed.nextStepAt == scene.clock.now() + .seconds(600))
                await scene.jump(by: .seconds(600))
                await scene.jump(by: .seconds(600))
                #expect(times(scene, "on_start") == [0, 601, 1201, 1801])
                let record = try scene.stored("d")
                #expect(record.status == .running && record.consecutiveErrors == 0 && record.error == nil)
            }
        }

        @Test("a failed step leaves no trace in the state: the next one sees what was committed")
        func stateRolledBack() async throws {
            let script = """
                local steps = 0
                local d = { every = 100, policy = { backoff = { base = 1 } }, state = { n = 0, list = {} } }
                function d:run_step()
                  steps = steps + 1
                  lunad.log.info("seen", { step = steps, n = self.state.n, list = #self.state.list })
                  self.state.n = self.state.n + 1
                  if steps ~= 2 then return end
                  self.state.list[1] = "half"
                  error("no luck")
                end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(110))
                let seen = scene.log(of: "d").filter { $0.message == "seen" }.map { line in
                    ["step", "n", "list"].map { line.fields?[$0] }
                }
                #expect(seen == [[1, 0, 0], [2, 1, 0], [3, 1, 0]])
                #expect(try scene.storedState("d", "n") == 2)
                #expect(try scene.storedState("d", "list") == .emptyTable)
            }
        }

        @Test("a script may choose its own delay")
        func retryAfter() async throws {
            let script = failing(
                while: "steps == 1", how: "pcall(lunad.retry_after, 33, 'the peer is away') lunad.log.info('on')")
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                #expect(try scene.record("d").status == .backingOff)
                #expect(try scene.record("d").error == "the peer is away")
                await scene.advance(by: .seconds(40))
                #expect(times(scene) == [0, 33])
                #expect(!scene.said(by: "d").contains("on"))
            }
        }

        @Test("a script that fails for good is parked until its file changes")
        func declaredFailure() async throws {
            let script = failing(while: "true", how: "lunad.fail('set folder first')")
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                await scene.jump(by: .seconds(1_000_000))
                let record = try scene.stored("d")
                #expect(record.status == .failed && record.reason == "set folder first" && record.nextStepAt == nil)
                #expect(times(scene) == [0])
                try scene.project.write(script: "d", failing(while: "false"))
                try scene.host.filesChanged()
                await scene.settle()
                #expect(try scene.stored("d").status == .running)
            }
        }

        @Test(
            "a script that does not load is parked with file and line, and tried at once when its file changes",
            arguments: [
                ("return {\n every = }", "scripts/d.lua:2:"), ("local d = nil\nreturn d.x", "scripts/d.lua:2:"),
                ("return { every = 1 }", "run_step is missing"),
                ("return { evry = 1, run_step = function() end }", "did you mean \"every\""),
                ("return 7", "it must return a table, not number"),
            ])
        func loadError(_ script: String, _ hint: String) async throws {
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                await scene.jump(by: .seconds(1_000_000))
                let record = try scene.stored("d")
                #expect(record.status == .failed && record.nextStepAt == nil && record.errors == 1)
                #expect(record.error?.contains(hint) == true, "\(record.error ?? "no error")")
                try scene.project.write(script: "d", failing(while: "false"))
                try scene.host.filesChanged()
                await scene.settle()
                let fixed = try scene.stored("d")
                #expect(fixed.status == .running && fixed.error == nil && fixed.consecutiveErrors == 0)
            }
        }

        @Test("a memory limit fails the daemon at once, names the limit, and leaves its neighbour alone")
        func memoryLimit() async throws {
            let script = """
                local d = { policy = { memory = "1MB" } }
                function d:run_step() local t = {} while true do pcall(function() t[#t + 1] = ("x"):rep(1000) .. #t end) end end
                return d
                """
            try await HostScene.run(["d": script, "neighbour": "return { run_step = function() end }"]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(5))
                let record = try scene.stored("d")
                #expect(record.status == .failed)
                #expect(
                    record.error?.contains("needed more than the 1 MB that policy.memory allows") == true, "\(record)")
                #expect(record.nextStepAt == scene.clock.now() + .seconds(3_595))
                #expect(try scene.record("neighbour").steps >= 5)
            }
        }

        @Test("a failing on_start is tried again from the load on")
        func startErrors() async throws {
            let script = """
                local d = { policy = { backoff = { base = 1 } } }
                function d:on_start() if lunad.monotonic() < 2 then error("too early") end end
                function d:run_step() lunad.log.info("step") end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                #expect(try scene.record("d").status == .backingOff)
                await scene.advance(by: .seconds(3))
                let record = try scene.record("d")
                #expect(record.status == .running && record.restarts == 2 && record.errors == 2)
                #expect(scene.said(by: "d") == ["step"])
            }
        }

        @Test("failures of a kind are counted together, with their place")
        func countedErrors() async throws {
            let script = failing(
                while: "true", policy: "max_errors = 3, backoff = { base = 1 }", how: "error('no luck, try ' .. steps)")
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(5))
                let reports = scene.store.writes.compactMap { write -> ErrorReport? in
                    if case .error(let report) = write { report } else { nil }
                }
                #expect(reports.map(\.message) == (1...3).map { "scripts/d.lua:7: no luck, try \($0)" })
                #expect(Set(reports.map(\.fingerprint)).count == 1)
                #expect(reports.allSatisfy { $0.file == "scripts/d.lua" && $0.line == 7 && $0.kind == "runtime" })
            }
        }
    }
}
