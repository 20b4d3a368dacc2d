import Model
import Testing

@testable import DaemonHost

extension EngineTests {
    @Suite("a host that comes after a killed one")
    struct BootTests {
        private static let counter = """
            local d = { every = 10, state = { n = 0 } }
            function d:on_start() lunad.log.info("from " .. self.state.n) end
            function d:run_step() self.state.n = self.state.n + 1 end
            return d
            """

        @Test("state, counters and identity go on from what was committed")
        func goesOn() async throws {
            try await HostScene.run(["d": Self.counter]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(35))
                let before = try scene.record("d")
                try await scene.afterKill { next in
                    try await next.boot()
                    #expect(next.said(by: "d") == ["from 4"])
                    let after = try next.record("d")
                    #expect(after.status == .running && after.steps == 5 && before.steps == 4)
                    #expect(after.codeHash == before.codeHash && after.generation == before.generation)
                    #expect(try next.storedState("d", "n") == 5)
                }
            }
        }

        @Test("no status of the killed host is shown, whatever the daemons were doing")
        func reconciled() async throws {
            let scripts = [
                "running": Self.counter,
                "starting": "return { on_start = function() lunad.sleep(100) end, run_step = print }",
                "backing_off": "return { run_step = function() error('no luck') end }",
            ]
            try await HostScene.run(scripts) { scene in
                try await scene.boot()
                await scene.settle()
                let names = scripts.keys.sorted()
                for name in names { #expect(try scene.stored(name).status.rawValue == name) }
                for name in names { try await scene.write(.setEnabled(name: name, enabled: false)) }
                try await scene.afterKill { next in
                    let summary = try await next.boot()
                    #expect(summary.daemons == 3 && summary.started == 0)
                    for name in names {
                        let record = try next.stored(name)
                        #expect(record.status == .stopped)
                        #expect(record.reason == "the host ended without stopping it (it was \(name))")
                        #expect(record.startedAt == nil && record.memoryBytes == 0 && record.nextStepAt == nil)
                    }
                }
            }
        }

        @Test("a failed daemon is tried again by the next host")
        func failed() async throws {
            let script = """
                local d = { policy = { max_errors = 1 } }
                function d:run_step() if lunad.monotonic() < 5 then error("no luck") end end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                #expect(try scene.stored("d").status == .failed)
                await scene.advance(by: .seconds(10))
                try await scene.afterKill { next in
                    try await next.boot()
                    let record = try next.stored("d")
                    #expect(record.status == .running && record.errors == 1 && record.error == nil)
                }
            }
        }

        @Test("a step that was killed in the middle left nothing, and is run again")
        func killedStep() async throws {
            let script = """
                local d = { every = 10, state = { n = 0 } }
                function d:run_step()
                  self.state.n = self.state.n + 1
                  lunad.log.info("sees " .. self.state.n)
                  lunad.sleep(5)
                end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(12))
                #expect(scene.said(by: "d") == ["sees 1", "sees 2"])
                try await scene.afterKill { next in
                    try await next.boot()
                    #expect(next.said(by: "d") == ["sees 2"])
                }
            }
        }

        @Test("a daemon whose script went while no host ran is shown stopped, with why")
        func scriptGone() async throws {
            try await HostScene.run(["d": Self.counter, "e": Self.counter]) { scene in
                try await scene.boot()
                try scene.project.delete(script: "d")
                try await scene.afterKill { next in
                    let summary = try await next.boot()
                    #expect(summary.started == 1)
                    let record = try next.stored("d")
                    #expect(record.status == .stopped && record.reason == "its script scripts/d.lua is gone")
                    #expect(try next.record("e").status == .running)
                }
            }
        }

        @Test("an instance whose script is missing fails and says so")
        func instanceWithoutScript() async throws {
            try await HostScene.run(["d": Self.counter]) { scene in
                try await scene.write(.registerDaemon(name: "lost", type: "nowhere", enabled: true))
                try await scene.boot()
                let record = try scene.stored("lost")
                #expect(record.status != .running)
                #expect("\(record.reason) \(record.error ?? "")".contains("scripts/nowhere.lua"), "\(record)")
            }
        }

        @Test("a script that was enabled while no host ran starts with the next one")
        func enabledMeanwhile() async throws {
            try await HostScene.run(["d": "return { enabled = false, run_step = print }"]) { scene in
                try await scene.boot()
                #expect(try scene.stored("d").enabled == false)
                try scene.project.write(script: "d", Self.counter)
                try await scene.afterKill { next in
                    try await next.boot()
                    let record = try next.stored("d")
                    #expect(record.status == .running && record.enabled)
                }
            }
        }
    }
}
