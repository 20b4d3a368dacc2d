import Model
import Testing

@testable import DaemonHost

extension EngineTests {
    @Suite("stop always stops")
    struct StopLadderTests {
        private static let onStop = "function d:on_stop(reason) lunad.log.info('on_stop: ' .. reason) end return d"

        @Test("a sleep in a step ends at once, the step goes on to its end, then on_stop is called")
        func sleeping() async throws {
            let script = """
                local d = { state = { done = false } }
                function d:run_step()
                  local whole = lunad.sleep(3600)
                  lunad.log.info("woken", { whole = whole, stopping = lunad.stopping(), at = lunad.monotonic() })
                  self.state.done = true
                end
                \(Self.onStop)
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(100))
                #expect(await scene.stop(reason: "enough") == [])
                #expect(scene.said(by: "d") == ["woken", "on_stop: enough"])
                let woken = scene.log(of: "d").first { $0.message == "woken" }?.fields
                #expect(woken?["whole"] == false && woken?["stopping"] == true && woken?["at"] == 100.0)
                #expect(try scene.storedState("d", "done") == true)
                #expect(try scene.stored("d").status == .stopped)
            }
        }

        @Test("a sleep that nobody cuts short says so")
        func wholeSleep() async throws {
            let script = """
                local d = { every = 100 }
                function d:run_step() lunad.log.info("woken", { whole = lunad.sleep(1) }) end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(2))
                #expect(scene.log(of: "d").first { $0.message == "woken" }?.fields == ["whole": true])
            }
        }

        @Test("between two steps it stops at once")
        func betweenSteps() async throws {
            let script = "local d = { every = 60 } function d:run_step() end \(Self.onStop)"
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                let before = scene.clock.monotonic()
                #expect(await scene.stop() == [])
                #expect(scene.clock.monotonic() == before)
                #expect(scene.said(by: "d") == ["on_stop: the host was told to stop"])
            }
        }

        @Test("in on_start the rest of it is run, no step follows")
        func inStart() async throws {
            let script = """
                local d = {}
                function d:on_start() lunad.sleep(100) lunad.log.info("started") end
                function d:run_step() lunad.log.info("step") end
                \(Self.onStop)
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                #expect(await scene.stop(reason: "enough") == [])
                #expect(scene.said(by: "d") == ["started", "on_stop: enough"])
                #expect(scene.statuses(of: "d") == [.starting, .stopping, .stopped])
            }
        }

        @Test("a step that waits for its session is interrupted when its patience ends, then on_stop is called")
        func waitingForSession() async throws {
            let script = """
                local d = { every = 100, policy = { stop_timeout = 10, stop_hook_timeout = 4 } }
                function d:run_step()
                  if lunad.monotonic() > 0 then pcall(lunad.session, function() lunad.log.info("inside") end) end
                end
                \(Self.onStop)
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                let held = try await scene.holdWriter()
                await scene.jump(by: .seconds(100))
                let daemon = try scene.daemon("d")
                daemon.deliver(.stop(reason: "enough"))
                await scene.advance(by: .milliseconds(5_999))
                #expect(scene.said(by: "d") == [] && daemon.snapshot().status == .stopping)
                await scene.advance(by: .milliseconds(1))
                #expect(scene.said(by: "d") == ["on_stop: enough"])
                #expect(daemon.snapshot().status == .stopped)
                await scene.giveBack(held)
                #expect(scene.said(by: "d") == ["on_stop: enough"], "its turn came too late and did nothing")
            }
        }

        @Test("while it backs off, a Lua state that works gets its on_stop")
        func backingOff() async throws {
            let script = "local d = {} function d:run_step() error('no luck') end \(Self.onStop)"
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                #expect(try scene.record("d").status == .backingOff)
                #expect(await scene.stop(reason: "enough") == [])
                #expect(scene.said(by: "d") == ["on_stop: enough"])
                #expect(try scene.record("d").status == .stopped)
                let errors = try scene.record("d").errors
                await scene.jump(by: .seconds(1_000))
                #expect(try scene.record("d").errors == errors, "no retry comes after the stop")
            }
        }

        @Test("while it waits for a fresh start, there is nothing to call")
        func backingOffToStart() async throws {
            let script = "local d = { run_step = print } function d:on_start() error('no luck') end \(Self.onStop)"
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                #expect(await scene.stop(reason: "enough") == [])
                #expect(scene.said(by: "d") == [])
                await scene.jump(by: .seconds(1_000))
                #expect(try scene.record("d").status == .stopped && scene.record("d").restarts == 0)
            }
        }

        @Test("a failed daemon that is stopped is not probed any more")
        func failed() async throws {
            let script = """
                local d = { policy = { max_errors = 1, probe_interval = 10 } }
                function d:on_start() lunad.log.info("on_start", { at = lunad.monotonic() }) end
                function d:run_step() error("no luck") end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                #expect(try scene.record("d").status == .failed)
                try scene.daemon("d").deliver(.stop(reason: "enough"))
                await scene.advance(by: .seconds(100))
                #expect(scene.said(by: "d") == ["on_start"])
                #expect(try scene.stored("d").status == .stopped)
            }
        }

        @Test(
            "what ignores the stop is interrupted, however it tries to go on",
            arguments: [
                ("while true do lunad.sleep(1) end", "a step that sleeps again and again"),
                ("while true do pcall(function() while true do end end) end", "a loop in pcall"),
                ("local s = ('a'):rep(40) while true do s:find(('a?'):rep(40) .. ('a'):rep(40)) end", "patterns"),
            ])
        func ignoring(_ body: String, _ what: String) async throws {
            let script = """
                local d = { policy = { step_timeout = 1000 } }
                function d:run_step() lunad.log.info("busy") \(body) end
                \(Self.onStop)
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.start()
                await scene.wait(for: "the step to be busy") { scene.said(by: "d") == ["busy"] }
                let daemon = try scene.daemon("d")
                daemon.deliver(.stop(reason: "enough"))
                scene.move(by: .seconds(5))
                await scene.settle()
                #expect(scene.said(by: "d") == ["busy", "on_stop: enough"], "\(what)")
                #expect(daemon.snapshot().status == .stopped)
            }
        }

        @Test("an on_stop without end has a budget of its own")
        func endlessStop() async throws {
            let script = """
                local d = { policy = { stop_timeout = 10, stop_hook_timeout = 3 } }
                function d:run_step() end
                function d:on_stop() lunad.log.info("busy") while true do pcall(lunad.sleep, 1) end end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                let daemon = try scene.daemon("d")
                daemon.deliver(.stop(reason: "enough"))
                await scene.wait(for: "on_stop to be busy") { scene.said(by: "d") == ["busy"] }
                scene.move(by: .milliseconds(2_900))
                #expect(daemon.snapshot().status == .stopping)
                scene.move(by: .milliseconds(100))
                await scene.settle()
                #expect(daemon.snapshot().reason == "enough; on_stop was interrupted")
            }
        }

        @Test("an interrupt that comes before a hook has begun is not lost")
        func interruptBeforeBegin() async throws {
            let script = """
                local d = { every = 1000, policy = { stop_timeout = 1000, stop_hook_timeout = 1000 } }
                function d:run_step() end
                function d:on_stop() while true do end end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                let daemon = try scene.daemon("d")
                for round in 0..<50 {
                    daemon.deliver(.stop(reason: "enough"))
                    daemon.deliver(.hurry)
                    await scene.settle()
                    #expect(daemon.snapshot().reason == "enough; on_stop was interrupted", "round \(round)")
                    daemon.start(reason: "for the next round")
                    await scene.settle()
                }
            }
        }

        @Test("a script that loads without end is interrupted when it is stopped")
        func loading() async throws {
            try await HostScene.run(["d": "lunad.log.info('busy') while true do end"]) { scene in
                try await scene.start()
                await scene.wait(for: "the load to be busy") { scene.said(by: "d") == ["busy"] }
                let daemon = try scene.daemon("d")
                daemon.deliver(.stop(reason: "enough"))
                scene.move(by: .seconds(5))
                await scene.settle()
                #expect(daemon.snapshot().status == .stopped)
                #expect(daemon.wasAbandoned == false)
            }
        }

        @Test("a second request to stop skips what is left of the patience")
        func hurry() async throws {
            let script = """
                local d = { policy = { step_timeout = 1000, stop_timeout = 20 } }
                function d:run_step() lunad.log.info("busy") while true do end end
                \(Self.onStop)
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.start()
                await scene.wait(for: "the step to be busy") { scene.said(by: "d") == ["busy"] }
                async let abandoned = scene.host.stop(reason: "enough")
                await scene.wait(for: "the stop to have begun") { scene.daemons[0].status == .stopping }
                scene.host.hurry()
                #expect(await abandoned == [])
                #expect(scene.said(by: "d") == ["busy", "on_stop: enough"])
                #expect(scene.clock.monotonic() == .init(nanoseconds: 0))
            }
        }

        @Test("what does not even react to an interrupt is abandoned by name, and the others stop beside it")
        func abandoned() async throws {
            let stuck = """
                local d = { every = 10, state = { n = 0 } }
                function d:run_step() self.state.n = self.state.n + 1 end
                return d
                """
            let waiting = """
                local d = { every = 10, policy = { stop_timeout = 10 } }
                function d:run_step() lunad.session(function() end) end
                \(Self.onStop)
                """
            let scripts = ["stuck1": stuck, "stuck2": stuck, "good": "return { run_step = function() end }"]
            let more = Dictionary(uniqueKeysWithValues: (0..<20).map { ("waiting\($0)", waiting) })
            try await HostScene.run(scripts.merging(more) { first, _ in first }) { scene in
                try await scene.boot()
                // The commits of two states are never answered, and the writer is held against everybody else.
                scene.store.fail { $0.contains { $0.isState } ? .neverAnswered : nil }
                let held = try await scene.holdWriter()
                await scene.advance(by: .seconds(11))
                let before = scene.clock.monotonic()
                let stop = Task { await scene.stop() }
                await scene.wait(for: "the daemons to end or be given up") {
                    scene.daemons.allSatisfy { $0.status == .stopped }
                }
                await scene.giveBack(held)
                #expect(await stop.value == ["stuck1", "stuck2"])
                let took = scene.clock.monotonic() - before
                #expect(took <= .seconds(7), "all of them wait side by side")
                #expect(try scene.record("stuck1").reason.contains("abandoned: it did not react to an interrupt"))
                #expect(scene.log(of: nil).contains { $0.message.contains("abandoned: stuck1, stuck2") })
                #expect((0..<20).allSatisfy { scene.said(by: "waiting\($0)").count == 1 })
            }
        }

        @Test("the whole stop has one deadline, whatever the daemons' own patience is")
        func deadline() async throws {
            let script = """
                local d = { every = 10, state = { n = 0 }, policy = { stop_timeout = 3600 } }
                function d:run_step() self.state.n = self.state.n + 1 end
                return d
                """
            var settings = HostSettings()
            settings.shutdownTimeout = .seconds(8)
            try await HostScene.run(["d": script], settings: settings) { scene in
                try await scene.boot()
                scene.store.fail { $0.contains { $0.isState } ? .neverAnswered : nil }
                await scene.advance(by: .seconds(11))
                let before = scene.clock.monotonic()
                #expect(await scene.stop() == ["d"])
                #expect(scene.clock.monotonic() - before <= .seconds(8))
            }
        }
    }
}
