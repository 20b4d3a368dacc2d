import Model
import Platform
import Testing

@testable import DaemonHost

extension EngineTests {
    @Suite("signs of life")
    struct WatchdogTests {
        /// Lets twice a hook's time limit pass in real time, by which its silence is measured.
        private func outlive(_ span: Duration, _ scene: HostScene) async {
            let real = SystemClock()
            let end = real.monotonic() + span
            await scene.wait(for: "the time limit to pass twice") { real.monotonic() >= end }
        }

        // How long a script computes without a sign of life is measured in real time, whatever the scene's clock says.
        @Test(
            "a step that is silent for too long is interrupted, and the place is told",
            arguments: [
                "while true do end", "while true do pcall(function() while true do end end) end",
                "pcall(function() local c = coroutine.wrap(function() while true do end end) c() end)",
            ])
        func silentStep(_ body: String) async throws {
            let script = """
                local d = { policy = { step_timeout = 0.25 } }
                function d:run_step()
                  lunad.log.info("busy")
                  \(body)
                end
                return d
                """
            try await HostScene.run(["d": script, "neighbour": "return { run_step = function() end }"]) { scene in
                try await scene.start()
                await scene.wait(for: "the step to be busy") { scene.said(by: "d") == ["busy"] }
                try await scene.wait(for: "the neighbour to run") { try scene.record("neighbour").status == .running }
                scene.move(by: .seconds(1))
                try await scene.wait(for: "the neighbour to step") { try scene.record("neighbour").steps >= 1 }
                try await scene.wait(for: "the step to be interrupted") { try scene.record("d").status == .backingOff }
                let record = try scene.record("d")
                #expect(
                    record.error == "scripts/d.lua:4: run_step gave no sign of life for 0.25 s and was interrupted",
                    "\(record.error ?? "no error")")
                #expect(record.traceback?.contains("scripts/d.lua:4:") == true)
            }
        }

        @Test("a long sleep is healthy")
        func longSleep() async throws {
            let script = """
                local d = { policy = { step_timeout = 0.3 } }
                function d:run_step() lunad.sleep(86400) end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                await outlive(.milliseconds(600), scene)
                await scene.advance(by: .seconds(120))
                let record = try scene.stored("d")
                #expect(record.status == .running && record.errors == 0 && record.steps == 0)
                let heartbeat = try #require(record.lastHeartbeat)
                #expect(scene.clock.now() - heartbeat <= .seconds(1), "alive")
                #expect(record.lastSuccess == nil, "but not advancing")
            }
        }

        @Test("a step that waits for the writer is healthy")
        func longWait() async throws {
            let script = """
                local d = { every = 10, policy = { step_timeout = 0.3 } }
                function d:run_step() lunad.session(function() end) end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                let held = try await scene.holdWriter()
                await scene.advance(by: .seconds(20))
                await outlive(.milliseconds(600), scene)
                await scene.advance(by: .seconds(100))
                await scene.giveBack(held)
                let record = try scene.record("d")
                #expect(record.status == .running && record.errors == 0)
            }
        }

        @Test("lunad.heartbeat keeps a long computation alive, and says what it is at")
        func heartbeatInComputation() async throws {
            let script = """
                local d = { every = 1000, policy = { step_timeout = 1 } }
                function d:run_step()
                  while lunad.monotonic() == 0 do lunad.heartbeat("counting") end
                end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.start()
                try await scene.wait(for: "a sign of life") { try scene.record("d").activity == "counting" }
                await outlive(.seconds(2), scene)
                scene.move(by: .seconds(1))
                await scene.settle()
                let record = try scene.record("d")
                #expect(record.steps == 1 && record.errors == 0 && record.status == .running, "\(record)")
            }
        }

        @Test("the books of all daemons are written in one batch a second")
        func batches() async throws {
            try await HostScene.run(["d": "return { every = 0.2, run_step = function() end }"]) { scene in
                for number in 1..<30 {
                    try await scene.write(.registerDaemon(name: "d\(number)", type: "d", enabled: true))
                }
                try await scene.boot()
                await scene.advance(by: .seconds(2))
                let before = scene.store.writes.count
                await scene.advance(by: .seconds(10))
                let batches = scene.store.writes.dropFirst(before).compactMap(\.heartbeats)
                #expect(batches.count == 10)
                #expect(batches.allSatisfy { $0.count == 30 })
                let record = try scene.stored("d7")
                #expect(record.steps >= 55 && record.lastSuccess != nil && record.memoryBytes > 0)
            }
        }

        @Test("a daemon with nothing to do is vouched for every thirty seconds")
        func vouched() async throws {
            try await HostScene.run(["d": "return { every = 86400, run_step = function() end }"]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(2))
                let before = scene.store.writes.count
                await scene.advance(by: .seconds(300))
                #expect(scene.store.writes.dropFirst(before).compactMap(\.heartbeats).count == 10)
                let record = try scene.stored("d")
                let heartbeat = try #require(record.lastHeartbeat)
                #expect(scene.clock.now() - heartbeat <= .seconds(30))
                #expect(record.lastSuccess == WallTime(milliseconds: 1_800_000_000_000))
            }
        }

        @Test("what a step says it is doing is shown, kept, and stands until it says another thing or stops")
        func activity() async throws {
            let script = """
                local d = { every = 1000 }
                function d:run_step()
                  lunad.status("copying", 0.25)
                  lunad.sleep(10)
                  lunad.status("checking", 7)
                  lunad.sleep(10)
                end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                #expect(try scene.record("d").activity == "copying" && scene.record("d").progress == 0.25)
                await scene.advance(by: .seconds(12))
                #expect(try scene.stored("d").activity == "checking" && scene.stored("d").progress == 1)
                await scene.advance(by: .seconds(10))
                #expect(try scene.record("d").steps == 1)
                #expect(try scene.record("d").activity == "checking")
                _ = await scene.stop()
                #expect(try scene.stored("d").activity == nil && scene.stored("d").progress == nil)
            }
        }
    }
}

extension HostWrite {
    var heartbeats: [Heartbeat]? {
        if case .heartbeats(let heartbeats) = self { heartbeats } else { nil }
    }
}
