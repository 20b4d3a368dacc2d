import Model
import Testing

@testable import DaemonHost

extension EngineTests {
    @Suite("hot swap")
    struct SwapTests {
        /// Counts its steps in its state and says with which words it was written.
        private func counter(_ word: String, _ head: String = "", _ hooks: String = "") -> String {
            """
            local d = { every = 10, state = { n = 0 }, \(head) }
            function d:on_start() lunad.log.info("\(word) starts at " .. self.state.n) end
            function d:run_step() self.state.n = self.state.n + 1; lunad.log.info("\(word) " .. self.state.n) end
            function d:on_stop(reason) lunad.log.info("\(word) stops") end
            \(hooks)
            return d
            """
        }

        private func save(_ text: String, as name: String = "d", in scene: HostScene) async throws {
            try scene.project.write(script: name, text)
            try scene.host.filesChanged()
            await scene.settle()
        }

        @Test("a saved file takes over between two steps: with the state, without a stop, and the next step stays due")
        func takeOver() async throws {
            try await HostScene.run(["d": counter("old")]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(13))
                let before = try scene.record("d")
                try await save(counter("new"), in: scene)
                let after = try scene.record("d")
                #expect(after.status == .running && after.reason.contains("generation 2 took over"))
                #expect(after.generation == 2 && after.codeHash != before.codeHash)
                #expect(after.restarts == 0 && after.steps == 2)
                #expect(after.nextStepAt == before.nextStepAt)
                await scene.advance(by: .seconds(6))
                #expect(scene.said(by: "d") == ["old starts at 0", "old 1", "old 2", "new starts at 2"])
                await scene.advance(by: .seconds(1))
                #expect(scene.said(by: "d").last == "new 3")
                #expect(try scene.stored("d").generation == 2)
                let line = try #require(scene.log(of: "d").last { $0.message == "new 3" })
                #expect(line.generation == 2 && line.codeHash == after.codeHash)
            }
        }

        @Test("on_swap is given the old state and its version in place of on_start, and a new field has its default")
        func conversion() async throws {
            let new = """
                local d = { every = 10, state_version = 2, state = { total = 0, fresh = "yes" } }
                function d:on_start() lunad.log.info("on_start") end
                function d:on_swap(old, version)
                  lunad.log.info("from " .. version .. " with " .. old.n .. " and " .. self.state.fresh)
                  self.state.total = old.n
                  self.state.n = nil
                end
                function d:run_step() self.state.total = self.state.total + 1 end
                return d
                """
            try await HostScene.run(["d": counter("old")]) { scene in
                try await scene.boot()
                try await save(new, in: scene)
                #expect(scene.said(by: "d").last == "from 1 with 1 and yes")
                let stored = try #require(try scene.store.state(of: "d"))
                #expect(stored.version == 2)
                #expect(stored.state["total"] == 1 && stored.state["fresh"] == "yes" && stored.state["n"] == nil)
                #expect(try scene.store.state(of: "d", generation: 1)?.state == ["n": 1])
            }
        }

        @Test(
            "a version that is bad before it takes over changes nothing, and is told with its file and line",
            arguments: [
                ("return {", "scripts/d.lua:1:"),
                ("return { every = 10 }", "run_step is missing"),
                ("return { every = -1, run_step = function() end }", "every"),
                (
                    "return { config = { k = { type = 'string', default = 1 } }, run_step = function() end }",
                    "config.k"
                ),
                ("error('at load')", "scripts/d.lua:1: at load"),
                ("while true do end", "gave no sign of life"),
                ("local t = {} while true do t[#t + 1] = ('x'):rep(1e6) .. #t end", "policy.memory"),
                (
                    """
                    local d = { run_step = function() end }
                    function d:on_swap() error("cannot convert") end
                    return d
                    """, "scripts/d.lua:2: cannot convert"
                ),
                (
                    "local d = { run_step = function() end } function d:on_start() lunad.sleep(100) end return d",
                    "taken over after"
                ),
                (
                    "local d = { run_step = function() end } function d:on_swap() lunad.stop('no') end return d",
                    "asked to end itself"
                ),
            ])
        func refusal(text: String, expected: String) async throws {
            let old = counter("old", "policy = { start_timeout = 0.5 }")
            try await HostScene.run(["d": old]) { scene in
                try await scene.boot()
                let before = try scene.record("d")
                try scene.project.write(script: "d", text)
                try scene.host.filesChanged()
                await scene.advance(by: .seconds(5))
                try await scene.wait(for: "the refusal") { try scene.record("d").reason.contains("refused") }
                await scene.advance(by: .seconds(8))
                let after = try scene.record("d")
                #expect(after.status == .running && after.generation == 1 && after.codeHash == before.codeHash)
                #expect(after.reason.contains("the new version was refused"))
                #expect(after.reason.contains(expected), "\(after.reason)")
                #expect(scene.log(of: "d").contains { $0.level == .error && $0.message.contains(expected) })
                #expect(scene.said(by: "d") == ["old starts at 0", "old 1", "old 2"])
                let versions = try scene.store.versions(of: "d")
                #expect(versions.map(\.outcome) == [.refused, .running])
                try scene.host.filesChanged()
                await scene.settle()
                #expect(try scene.store.versions(of: "d").count == 2, "it is not tried again until it changes")
                try await save(counter("mended"), in: scene)
                #expect(try scene.record("d").generation == 3)
                #expect(scene.said(by: "d").last == "mended starts at 2")
            }
        }

        @Test("a version whose schema the config does not fit is refused, and says which key")
        func configMismatch() async throws {
            let head = "config = { size = { type = 'integer', default = 5 } }"
            try await HostScene.run(["d": counter("old", head)]) { scene in
                try await scene.boot()
                try await scene.write(.setConfig(daemon: "d", key: "size", value: 50))
                try await save(
                    counter("new", "config = { size = { type = 'integer', default = 5, max = 10 } }"), in: scene)
                let record = try scene.record("d")
                #expect(record.generation == 1 && record.reason.contains("size"))
                try await save(
                    counter("wide", "config = { size = { type = 'integer', default = 5, max = 99 } }"), in: scene)
                #expect(try scene.record("d").generation == 3)
            }
        }

        @Test("a version that fails on its third step gives way to the one before, which goes on with its own state")
        func probation() async throws {
            let bad = """
                local d = { every = 10, state = { n = 0 } }
                function d:run_step()
                  self.state.n = self.state.n + 100
                  if self.state.n > 250 then error("third step") end
                end
                return d
                """
            try await HostScene.run(["d": counter("old")]) { scene in
                try await scene.boot()
                try await save(bad, in: scene)
                #expect(try scene.record("d").generation == 2)
                await scene.advance(by: .seconds(20))
                #expect(try scene.storedState("d", "n") == 201)
                await scene.advance(by: .seconds(10))
                let after = try scene.record("d")
                #expect(after.status == .running && after.generation == 1 && after.consecutiveErrors == 0)
                #expect(after.reason.contains("took over again") && after.reason.contains("third step"))
                #expect(
                    scene.said(by: "d") == ["old starts at 0", "old 1", "old 2"], "its step is made up for at once")
                #expect(try scene.storedState("d", "n") == 2)
                #expect(try scene.stored("d").generation == 1)
                #expect(try scene.store.versions(of: "d").map(\.outcome) == [.failed, .running])
                try scene.host.filesChanged()
                await scene.advance(by: .seconds(10))
                #expect(try scene.record("d").generation == 1, "the text that failed is not tried again")
                try await save(counter("good"), in: scene)
                #expect(try scene.record("d").generation == 3)
            }
        }

        @Test("once it has proven itself a version's failures are its own: it backs off as any other")
        func proven() async throws {
            let late = """
                local d = { every = 10, state = { n = 0 } }
                function d:run_step() self.state.n = self.state.n + 1; if self.state.n > 6 then error("late") end end
                return d
                """
            try await HostScene.run(["d": counter("old")]) { scene in
                try await scene.boot()
                try await save(late, in: scene)
                await scene.advance(by: .seconds(61))
                let after = try scene.record("d")
                #expect(after.generation == 2 && after.status == .backingOff)
                #expect(try scene.daemon("d").core.withLock { $0.frozen.isEmpty })
            }
        }

        @Test("of several versions that fail on trial each gives way to the one before it")
        func chain() async throws {
            func failing(at step: Int, _ word: String) -> String {
                """
                local d = { every = 10, state = { n = 0 } }
                local steps = 0
                function d:run_step()
                  steps = steps + 1
                  if steps == \(step) then error("\(word)") end
                end
                return d
                """
            }
            try await HostScene.run(["d": counter("old")]) { scene in
                try await scene.boot()
                try await save(failing(at: 3, "second"), in: scene)
                await scene.advance(by: .seconds(10))
                try await save(failing(at: 1, "third"), in: scene)
                try await save(failing(at: 2, "fourth"), in: scene)
                try await save(failing(at: 1, "fifth"), in: scene)
                await scene.advance(by: .seconds(10))
                #expect(try scene.record("d").generation == 4)
                await scene.advance(by: .seconds(10))
                #expect(try scene.record("d").generation == 1)
                #expect(scene.said(by: "d").last == "old 2")
            }
        }

        @Test("while a step is in progress the new version waits for its end")
        func duringStep() async throws {
            let slow = """
                local d = { every = 10, state = { n = 0 } }
                function d:run_step() lunad.sleep(60); self.state.n = self.state.n + 1; lunad.log.info("slept") end
                return d
                """
            try await HostScene.run(["d": slow]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(5))
                try await save(counter("new"), in: scene)
                #expect(try scene.record("d").generation == 1)
                await scene.advance(by: .seconds(56))
                #expect(scene.said(by: "d") == ["slept", "new starts at 1", "new 2"])
            }
        }

        @Test("a backing-off daemon takes the new version and steps at once; a failed one starts with it")
        func mending() async throws {
            let broken = """
                local d = { every = 10, state = { n = 0 }, policy = { max_errors = 2, backoff = { base = 100, max = 100 } } }
                function d:run_step() error("broken") end
                return d
                """
            try await HostScene.run(["d": broken, "e": broken]) { scene in
                try await scene.boot()
                #expect(try scene.record("d").status == .backingOff)
                try await save(counter("mended"), in: scene)
                #expect(try scene.record("d").status == .running)
                #expect(try scene.record("d").consecutiveErrors == 0)
                #expect(scene.said(by: "d") == ["mended starts at 0", "mended 1"])
                await scene.advance(by: .seconds(130))
                #expect(try scene.record("e").status == .failed)
                try await save(counter("mended"), as: "e", in: scene)
                #expect(scene.said(by: "e") == ["mended starts at 0", "mended 1"])
            }
        }

        @Test("the next save while one is loading wins, and a stop in the middle stops the old version")
        func overlap() async throws {
            let sleepy =
                "lunad.log.info('loading') " + counter("sleepy", "", "function d:on_swap() lunad.sleep(20) end")
            try await HostScene.run(["d": counter("old"), "e": counter("old")]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(9))
                try await save(sleepy, in: scene)
                try await save(sleepy, as: "e", in: scene)
                try await save(counter("newer"), in: scene)
                #expect(try scene.record("d").generation == 2)
                #expect(scene.said(by: "d").last == "newer starts at 1")
                try scene.daemon("e").deliver(.stop(reason: "asked"))
                await scene.settle()
                let stopped = try scene.record("e")
                #expect(stopped.status == .stopped && stopped.generation == 1)
                #expect(scene.said(by: "e").last == "old stops")
                #expect(try scene.storedState("e", "n") == 1)
            }
        }

        @Test("swap = \"manual\" waits to be asked")
        func manual() async throws {
            try await HostScene.run(["d": counter("old", "swap = 'manual'")]) { scene in
                try await scene.boot()
                try await save(counter("new", "swap = 'manual'"), in: scene)
                #expect(try scene.record("d").generation == 1)
                _ = try await scene.host.swap("d", code: nil, patience: .seconds(1))
                #expect(try scene.record("d").generation == 2)
            }
        }

        @Test("a changed module swaps all who require it, or none of them")
        func modules() async throws {
            func user(_ word: String, _ check: String = "") -> String {
                """
                local words = require("words")
                \(check)
                return { every = 10, run_step = function() lunad.log.info("\(word) " .. words.greeting) end }
                """
            }
            let picky = user("picky", "assert(words.greeting ~= 'bad', 'picky does not like it')")
            try await HostScene.run([
                "a": user("a"), "picky": picky, "other": counter("other"), "lib/words": "return { greeting = 'hello' }",
            ]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(9))
                try await save("return { greeting = 'bad' }", as: "lib/words", in: scene)
                #expect(try scene.record("a").generation == 1)
                #expect(try scene.record("picky").generation == 1)
                #expect(try scene.record("a").reason.contains("picky, which needs the same change"))
                try await save("return { greeting = 'hi' }", as: "lib/words", in: scene)
                await scene.advance(by: .seconds(10))
                #expect(scene.said(by: "a") == ["a hello", "a hi"])
                #expect(scene.said(by: "picky") == ["picky hello", "picky hi"])
                #expect(try scene.record("other").generation == 1)
            }
        }

        @Test("a change of a module that was first required in a step is a change, too")
        func lateModules() async throws {
            let script = "return { every = 10, run_step = function() lunad.log.info(require('words').greeting) end }"
            try await HostScene.run(["d": script, "lib/words": "return { greeting = 'hello' }"]) { scene in
                try await scene.boot()
                try await save("return { greeting = 'hi' }", as: "lib/words", in: scene)
                #expect(try scene.record("d").generation == 2)
                await scene.advance(by: .seconds(10))
                #expect(scene.said(by: "d") == ["hello", "hi"])
                try scene.host.filesChanged()
                await scene.settle()
                #expect(try scene.record("d").generation == 2)
            }
        }

        @Test("a job that ends while a version takes over is told to the new one, once")
        func jobEnds() async throws {
            let launcher = """
                local d = { every = 1000 }
                function d:run_step() lunad.jobs.launch("quick", {}, { monitor = true }) end
                function d:on_job(job) lunad.log.info("old heard " .. job.status) end
                return d
                """
            let new = """
                local d = { every = 1000 }
                function d:on_swap() lunad.sleep(20) end
                function d:run_step() end
                function d:on_job(job) lunad.log.info("new heard " .. job.status) end
                return d
                """
            let job = "return { run = function() lunad.sleep(10) end }"
            try await HostScene.run(["d": launcher, "jobs/quick": job]) { scene in
                try await scene.boot()
                try await save(new, in: scene)
                await scene.advance(by: .seconds(30))
                #expect(scene.said(by: "d").filter { $0.contains("heard") } == ["new heard completed"])
            }
        }

        @Test("after a restart of the host a version that was passed over is not loaded, and a new one is")
        func afterRestart() async throws {
            try await HostScene.run(["d": counter("old")]) { scene in
                try await scene.boot()
                try await save("return {", in: scene)
                try await scene.restarted { scene in
                    #expect(try scene.record("d").status == .running)
                    #expect(scene.said(by: "d").contains("old starts at 1"))
                    #expect(scene.log(of: "d").contains { $0.level == .warn && $0.message.contains("passed over") })
                    try await save(counter("mended"), in: scene)
                    #expect(scene.said(by: "d").last == "mended starts at 2")
                }
            }
        }

        @Test("a text that changed while the host was down gets the state through on_swap, then starts")
        func convertedAtBoot() async throws {
            let new = counter(
                "new", "state_version = 2", "function d:on_swap(old, v) self.state.n = old.n * 10 + v end")
            try await HostScene.run(["d": counter("old")]) { scene in
                try await scene.boot()
                try scene.project.write(script: "d", new)
                try await scene.restarted { scene in
                    #expect(scene.said(by: "d").prefix(2) == ["new starts at 11", "new 12"])
                    let versions = try scene.store.versions(of: "d")
                    #expect(versions.map(\.outcome) == [.running, .replaced])
                }
            }
        }

        @Test("rollback goes back to the version before, which stays after a restart until the file changes")
        func rollback() async throws {
            try await HostScene.run(["d": counter("one")]) { scene in
                try await scene.boot()
                try await save(counter("two"), in: scene)
                _ = try await scene.host.rollBack("d", to: nil, patience: .seconds(1))
                #expect(scene.said(by: "d").last == "one starts at 1")
                #expect(try scene.record("d").generation == 3)
                #expect(try scene.store.versions(of: "d").map(\.outcome) == [.running, .rolledBack, .replaced])
                try scene.host.filesChanged()
                await scene.settle()
                #expect(try scene.record("d").generation == 3)
                try await scene.restarted { scene in
                    #expect(scene.said(by: "d").contains("one starts at 1"))
                    try await save(counter("three"), in: scene)
                    #expect(scene.said(by: "d").last?.hasPrefix("three starts") == true)
                }
            }
        }

        @Test("a take-over that cannot be made durable is refused, and the old version goes on")
        func storeFails() async throws {
            try await HostScene.run(["d": counter("old")]) { scene in
                try await scene.boot()
                scene.store.fail { writes in
                    let takesOver = writes.contains { if case .version(.runs) = $0 { true } else { false } }
                    return takesOver ? .fails(HostError(.diskFull, "the disk is full")) : nil
                }
                try await save(counter("new"), in: scene)
                #expect(try scene.record("d").generation == 1)
                #expect(try scene.record("d").reason.contains("the disk is full"))
                scene.store.fail(nil)
                await scene.advance(by: .seconds(10))
                #expect(scene.said(by: "d").last == "old 2")
            }
        }
    }
}
