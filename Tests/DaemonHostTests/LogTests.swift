import Model
import Testing

@testable import DaemonHost

extension EngineTests {
    @Suite("what scripts log")
    struct LogTests {
        private func stored(_ scene: HostScene, _ daemon: String) throws -> [LogEntry] {
            try scene.store.logs(LogQuery(daemon: daemon, limit: 10_000)).map(\.entry)
        }

        @Test("a line carries level, fields, generation, code hash and step, and is kept within a second")
        func lines() async throws {
            let script = """
                local d = { every = 10 }
                function d:run_step()
                  lunad.log.debug("fine", { list = { 1, 2 } })
                  lunad.log.warn("odd")
                  lunad.log.error("bad")
                  print("printed", 1, nil, true)
                end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                await scene.advance(by: .milliseconds(10_500))
                await scene.advance(by: .seconds(1))
                let record = try scene.record("d")
                let lines = try stored(scene, "d").filter { $0.step > 0 }
                #expect(
                    lines.map(\.message)
                        == Array(repeating: ["fine", "odd", "bad", "printed\t1\tnil\ttrue"], count: 2).flatMap { $0 })
                #expect(
                    lines.map(\.level) == Array(repeating: [.debug, .warn, .error, .info], count: 2).flatMap { $0 })
                #expect(lines.map(\.step) == [1, 1, 1, 1, 2, 2, 2, 2])
                #expect(lines[0].fields == ["list": [1, 2]])
                #expect(lines.allSatisfy { $0.codeHash == record.codeHash && $0.generation == 1 })
                #expect(record.codeHash.count == 64)
            }
        }

        @Test("a line that is repeated is folded, and the count is told within two seconds")
        func repetition() async throws {
            let script = """
                local d = { every = 1000 }
                function d:run_step() for i = 1, 1000 do lunad.log.info("again") end end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                #expect(scene.said(by: "d") == ["again"])
                await scene.advance(by: .seconds(3))
                #expect(scene.said(by: "d") == ["again", "last line repeated 999 times"])
                await scene.advance(by: .seconds(60))
                #expect(scene.said(by: "d").count == 2, "it is told once")
            }
        }

        @Test("a flood is cut at the burst, and what was dropped is told; the neighbour's lines all come")
        func flood() async throws {
            let flood = """
                local d = { every = 1000, policy = { log_rate = 10, log_burst = 20 } }
                function d:run_step() for i = 1, 10000 do lunad.log.info("line " .. i) end end
                return d
                """
            let quiet = """
                local d = { every = 1 }
                function d:run_step() lunad.log.info("at " .. lunad.monotonic() // 1) end
                return d
                """
            try await HostScene.run(["flood": flood, "quiet": quiet]) { scene in
                try await scene.boot()
                await scene.advance(by: .milliseconds(3_500))
                let said = scene.said(by: "flood")
                #expect(said.count == 21 && said.first == "line 1")
                #expect(said.last?.hasPrefix("9,980 lines dropped") == true, "\(said.last ?? "nothing")")
                #expect(scene.said(by: "quiet").count == 4)
                #expect(try scene.record("flood").status == .running)
            }
        }

        @Test("a flood that never ends stays its daemon's problem")
        func endlessFlood() async throws {
            let flood = """
                local d = { policy = { step_timeout = 1000 } }
                function d:run_step() local i = 0 while not lunad.stopping() do i = i + 1 lunad.log.error("line " .. i) end end
                return d
                """
            try await HostScene.run(["flood": flood, "quiet": "return { run_step = function() end }"]) { scene in
                try await scene.start()
                try await scene.wait(for: "the neighbour to run") { try scene.record("quiet").status == .running }
                await scene.wait(for: "the flood to be at its limit") { scene.said(by: "flood").count >= 1_000 }
                scene.move(by: .seconds(1))
                try await scene.wait(for: "the neighbour to step") { try scene.record("quiet").steps >= 1 }
                try scene.daemon("flood").deliver(.stop(reason: "enough"))
                await scene.settle()
                #expect(try scene.record("flood").status == .stopped)
                #expect(scene.log.count < 1_300, "a burst, as much again for errors, and a second's worth")
            }
        }

        @Test("a line that is too long is cut, with a mark")
        func longLine() async throws {
            let script = """
                local d = { every = 1000 }
                function d:run_step() lunad.log.info(("x"):rep(100000), { big = ("y"):rep(100000) }) end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                let line = try #require(scene.log(of: "d").last { $0.step == 1 })
                #expect(line.message.utf8.count < LogGate.longestMessage + 50)
                #expect(line.message.hasSuffix("more bytes cut)"))
                #expect(line.fields?["cut"] != nil)
            }
        }

        @Test("lines that were held back are told when the daemon ends")
        func heldBack() async throws {
            let script = """
                local d = { every = 1000 }
                function d:run_step() for i = 1, 10 do lunad.log.info("again") end lunad.stop("enough") end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                #expect(scene.said(by: "d").contains("last line repeated 9 times"))
            }
        }
    }
}
