import Model
import Synchronization
import Testing

@testable import DaemonHost

extension EngineTests {
    @Suite("an operator's code in a running daemon")
    struct ConsoleTests {
        private static let script = """
            local shared = { hits = 7 }
            local d = { every = 10, state = { n = 0 }, policy = { step_timeout = 0.2 } }
            function d:run_step() self.state.n = self.state.n + 1; shared.hits = shared.hits + 1 end
            return d
            """

        private func run(_ code: String, in scene: HostScene) async throws -> ConsoleAnswer {
            try await scene.host.evaluate(code, in: "d")
        }

        @Test(
            "an expression shows its values, as text",
            arguments: [
                ("1 + 1, 'a\\n', nil, true, 2.0", ["2", #""a\n""#, "nil", "true", "2.0"]),
                ("self.state.n", ["1"]), ("shared.hits", ["8"]), ("type(lunad.sleep), d", [#""function""#, "nil"]),
                ("local x = 3", []), ("{ 1, key = { deep = true } }", ["{\n  1,\n  key = {\n    deep = true\n  }\n}"]),
                ("return 5", ["5"]), ("{}", ["{}"]), ("math.huge", ["inf"]), ("('x'):rep(3)", [#""xxx""#]),
            ])
        func values(code: String, expected: [String]) async throws {
            try await HostScene.run(["d": Self.script]) { scene in
                try await scene.boot()
                let answer = try await run(code, in: scene)
                #expect(answer.error == nil)
                #expect(answer.values == expected)
            }
        }

        @Test("what it defines stays for the next piece of code, and what the daemon's functions share is the same")
        func environment() async throws {
            try await HostScene.run(["d": Self.script]) { scene in
                try await scene.boot()
                _ = try await run("mine = 41", in: scene)
                _ = try await run("shared.hits = 100", in: scene)
                await scene.advance(by: .seconds(10))
                #expect(try await run("mine + 1, shared.hits, _G.mine", in: scene).values == ["42", "101", "nil"])
            }
        }

        @Test("the state it changes is kept when it ends well, and undone when it fails")
        func state() async throws {
            try await HostScene.run(["d": Self.script]) { scene in
                try await scene.boot()
                _ = try await run("self.state.n = 50", in: scene)
                #expect(try scene.storedState("d", "n") == 50)
                let failed = try await run("self.state.n = 99; error('no')", in: scene)
                #expect(failed.error?.hasPrefix("console:1: no") == true)
                #expect(try await run("self.state.n", in: scene).values == ["50"])
                #expect(try await run("self.state.f = print", in: scene).error?.contains("cannot be saved") == true)
                await scene.advance(by: .seconds(10))
                #expect(try scene.storedState("d", "n") == 51)
            }
        }

        @Test(
            "it cannot fail the daemon, whatever it does",
            arguments: [
                "error({})", "while true do end", "local t = {} while true do t[#t + 1] = ('x'):rep(2^16) .. #t end",
                "lunad.fail('no')", "lunad.retry_after(5, 'later')", "return (", "self.state = 5", "lunad.sleep(1e9)",
            ])
        func harmless(code: String) async throws {
            try await HostScene.run(["d": Self.script]) { scene in
                try await scene.boot()
                let answer = Mutex<ConsoleAnswer?>(nil)
                async let running: Void = {
                    let got = try await run(code, in: scene)
                    answer.withLock { $0 = got }
                }()
                for _ in 0..<20 where answer.withLock({ $0 == nil }) { await scene.advance(by: .seconds(10)) }
                try await running
                #expect(answer.withLock { $0?.error } != nil)
                let before = try scene.record("d").steps
                await scene.advance(by: .seconds(11))
                let after = try scene.record("d")
                #expect(after.status == .running && after.steps > before)
                #expect(after.errors == 0)
            }
        }

        @Test("what it logs and prints is also for who typed it")
        func output() async throws {
            try await HostScene.run(["d": Self.script]) { scene in
                try await scene.boot()
                let answer = try await run("print('one', 2); lunad.log.warn('three')", in: scene)
                #expect(answer.output == ["one\t2", "three"])
                #expect(scene.said(by: "d").contains("three"))
            }
        }

        @Test("it waits for the step in progress, runs while the daemon backs off, and is refused where nothing runs")
        func timing() async throws {
            let script = """
                local d = { every = 10, state = { n = 0 }, policy = { backoff = { base = 1000, max = 1000 } } }
                function d:run_step() lunad.sleep(5); self.state.n = 1; lunad.session(function() end); error("after") end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                async let answer = run("self.state.n", in: scene)
                await scene.advance(by: .seconds(6))
                #expect(try await answer.values == ["1"], "the session kept it")
                #expect(try scene.record("d").status == .backingOff)
                #expect(try await run("6 * 7", in: scene).values == ["42"])
                try scene.daemon("d").deliver(.stop(reason: "asked"))
                await scene.settle()
                await #expect(throws: HostError.self) { try await run("1", in: scene) }
            }
        }
    }
}
