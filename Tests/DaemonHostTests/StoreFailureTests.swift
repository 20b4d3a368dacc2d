import Model
import Testing

@testable import DaemonHost

extension EngineTests {
    @Suite("a database that fails")
    struct StoreFailureTests {
        private static let full = HostError(.diskFull, "the disk is full")

        private static let counter = """
            local d = { every = 1, state = { n = 0 }, policy = { backoff = { base = 1, max = 1 }, max_errors = 1000 } }
            function d:on_start() lunad.log.info("on_start") end
            function d:run_step() self.state.n = self.state.n + 1 end
            return d
            """

        @Test("daemons that save nothing go on; the failure is told once, and its end once")
        func stateless() async throws {
            try await HostScene.run(["d": "return { run_step = function() end }"]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(2))
                scene.store.fail { _ in .fails(Self.full) }
                await scene.advance(by: .seconds(30))
                let record = try scene.record("d")
                #expect(record.status == .running && record.steps == 33 && record.errors == 0)
                let told = scene.log(of: nil).filter { $0.level == .error }.map(\.message)
                #expect(
                    told == ["the database cannot be written: the disk is full; daemons go on, what they save fails"])
                scene.store.fail(nil)
                await scene.advance(by: .seconds(30))
                #expect(scene.log(of: nil).count { $0.message == "the database can be written again" } == 1)
                #expect(scene.log(of: nil).count { $0.level == .error } == 1)
                #expect(try scene.stored("d").steps >= 61)
            }
        }

        @Test(
            "a state that cannot be saved fails the step; it goes on from what was committed when the database is back")
        func stateful() async throws {
            try await HostScene.run(["d": Self.counter]) { scene in
                try await scene.boot()
                await scene.advance(by: .milliseconds(2_500))
                #expect(try scene.storedState("d", "n") == 3)
                scene.store.fail { $0.contains { $0.isState } ? .fails(Self.full) : nil }
                await scene.advance(by: .seconds(5))
                let failing = try scene.record("d")
                #expect(failing.status == .backingOff && failing.steps == 3)
                #expect(failing.error == "the state could not be saved: the disk is full")
                scene.store.fail(nil)
                await scene.advance(by: .seconds(5))
                let record = try scene.record("d")
                #expect(record.status == .running && record.error == nil)
                #expect(try scene.storedState("d", "n") == .integer(record.steps))
                #expect(scene.said(by: "d") == ["on_start"], "it is the same Lua state")
            }
        }

        @Test("what is shown is true again once the database can be written")
        func statusIsMadeUp() async throws {
            let script = """
                local d = { policy = { max_errors = 1 } }
                function d:run_step() if lunad.monotonic() > 3 then error("no luck") end end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(2))
                scene.store.fail { _ in .fails(Self.full) }
                await scene.advance(by: .seconds(10))
                #expect(try scene.record("d").status == .failed)
                #expect(try scene.stored("d").status == .running, "the news could not be written")
                scene.store.fail(nil)
                await scene.advance(by: .seconds(2))
                let record = try scene.stored("d")
                #expect(record.status == .failed && record.reason.contains("no luck") && record.errors == 1)
            }
        }

        @Test("log lines wait for the database and are kept in order")
        func logs() async throws {
            let script = """
                local d = { every = 1 }
                function d:run_step() lunad.log.info("at " .. lunad.monotonic() // 1) end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                scene.store.fail { _ in .fails(Self.full) }
                await scene.advance(by: .milliseconds(5_500))
                scene.store.fail(nil)
                await scene.advance(by: .seconds(2))
                let kept = try scene.store.logs(LogQuery(daemon: "d", limit: 100)).map(\.entry.message)
                    .filter { $0.hasPrefix("at ") }
                #expect(kept.prefix(6) == ["at 0.0", "at 1.0", "at 2.0", "at 3.0", "at 4.0", "at 5.0"])
            }
        }

        @Test("a stop ends also when nothing can be written")
        func stop() async throws {
            try await HostScene.run(["d": Self.counter]) { scene in
                try await scene.boot()
                scene.store.fail { _ in .fails(Self.full) }
                await scene.advance(by: .seconds(3))
                #expect(await scene.stop() == [])
                #expect(try scene.record("d").status == .stopped)
            }
        }
    }
}
