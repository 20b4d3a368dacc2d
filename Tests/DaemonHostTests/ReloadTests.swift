import Model
import Testing

@testable import DaemonHost

extension EngineTests {
    @Suite("scripts that come, go and change")
    struct ReloadTests {
        private func script(_ word: String, _ head: String = "") -> String {
            """
            local d = { every = 10, state = { n = 0 }, \(head) }
            function d:on_start() lunad.log.info("\(word)") end
            function d:run_step() self.state.n = self.state.n + 1 end
            function d:on_stop(reason) lunad.log.info("on_stop: " .. reason) end
            return d
            """
        }

        @Test("a file that is dropped into the folder is a daemon and starts")
        func newFile() async throws {
            try await HostScene.run(["old": script("old")]) { scene in
                try await scene.boot()
                try scene.project.write(script: "new", script("new"))
                try scene.project.write("scripts/notes.txt", "no script")
                try scene.project.write("scripts/.hidden.lua", "no script")
                try scene.host.filesChanged()
                await scene.settle()
                #expect(scene.daemons.map(\.name) == ["new", "old"])
                #expect(try scene.stored("new").status == .running)
                #expect(scene.said(by: "old") == ["old"])
            }
        }

        @Test("a daemon whose file is deleted stops, and starts again when it is back, with its state")
        func deletedFile() async throws {
            try await HostScene.run(["d": script("first")]) { scene in
                try await scene.boot()
                try scene.project.delete(script: "d")
                try scene.host.filesChanged()
                await scene.settle()
                let gone = try scene.stored("d")
                #expect(gone.status == .stopped && gone.reason == "its script scripts/d.lua is gone")
                #expect(scene.said(by: "d") == ["first", "on_stop: its script scripts/d.lua is gone"])
                await scene.advance(by: .seconds(100))
                #expect(try scene.record("d").steps == 1)
                try scene.project.write(script: "d", script("second"))
                try scene.host.filesChanged()
                await scene.settle()
                #expect(try scene.stored("d").status == .running)
                #expect(scene.said(by: "d").last == "second")
                #expect(try scene.storedState("d", "n") == 2)
            }
        }

        @Test("a reload swaps what changed, and leaves the rest alone")
        func changedFile() async throws {
            try await HostScene.run(["d": script("first"), "other": script("other")]) { scene in
                try await scene.boot()
                let before = try scene.record("d")
                try scene.project.write(script: "d", script("second"))
                try scene.host.reload(reason: "asked")
                await scene.settle()
                #expect(scene.said(by: "d") == ["first", "second"])
                let after = try scene.stored("d")
                #expect(after.generation == before.generation + 1 && after.codeHash != before.codeHash)
                #expect(after.restarts == before.restarts)
                #expect(try scene.storedState("d", "n") == 1, "the state goes on")
                #expect(scene.said(by: "other") == ["other"], "what did not change goes on undisturbed")
                try scene.host.reload(reason: "asked again")
                await scene.settle()
                #expect(scene.said(by: "d").count == 2)
            }
        }

        @Test("a daemon that backs off until a fresh start tries a new file at once")
        func fixWhileBackingOff() async throws {
            let broken = """
                local d = { policy = { backoff = { base = 1000, max = 1000 } }, run_step = function() end }
                function d:on_start() error("no luck") end
                return d
                """
            try await HostScene.run(["d": broken]) { scene in
                try await scene.boot()
                #expect(try scene.record("d").status == .backingOff)
                try scene.project.write(script: "d", script("fixed"))
                try scene.host.filesChanged()
                await scene.settle()
                #expect(try scene.record("d").status == .running)
                #expect(scene.said(by: "d") == ["fixed"])
            }
        }

        @Test("a parked daemon is not tried again when another file changes")
        func otherFile() async throws {
            try await HostScene.run(["d": "lunad.log.info('loading') return {}", "other": script("other")]) { scene in
                try await scene.boot()
                try scene.project.write(script: "other", script("changed"))
                try scene.host.filesChanged()
                await scene.settle()
                #expect(scene.said(by: "d") == ["loading"])
                try scene.project.write(script: "lib/shared", "return {}")
                try scene.host.filesChanged()
                await scene.settle()
                #expect(scene.said(by: "d") == ["loading", "loading"], "a module may have been what it lacked")
            }
        }

        @Test("a module of scripts/lib is there for require, with its errors")
        func modules() async throws {
            let script = """
                local shared = require("shared.words")
                local d = { every = 10, run_step = function() lunad.log.info(shared.greeting) end }
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                #expect(try scene.record("d").error?.contains("there is no scripts/lib/shared/words.lua") == true)
                try scene.project.makeFolder("scripts/lib/shared")
                try scene.project.write(script: "lib/shared/words", "return { greeting = 'hello' }")
                try scene.host.filesChanged()
                await scene.settle()
                #expect(scene.said(by: "d") == ["hello"])
            }
        }

        @Test("a script that no longer says enabled = false starts when it is read again")
        func enabledLater() async throws {
            try await HostScene.run(["d": script("off", "enabled = false")]) { scene in
                try await scene.boot()
                #expect(try scene.record("d").status == .stopped)
                try scene.project.write(script: "d", script("on"))
                try scene.host.filesChanged()
                await scene.settle()
                let record = try scene.stored("d")
                #expect(record.status == .running && record.enabled)
                #expect(scene.said(by: "d") == ["on"])
            }
        }

        @Test("a daemon that an operator stopped stays stopped when its file changes")
        func stoppedByOperator() async throws {
            try await HostScene.run(["d": script("first")]) { scene in
                try await scene.boot()
                try scene.daemon("d").deliver(.stop(reason: "asked"))
                await scene.settle()
                try scene.project.write(script: "d", script("second"))
                try scene.host.filesChanged()
                try scene.host.reload(reason: "asked")
                await scene.settle()
                #expect(try scene.record("d").status == .stopped)
                #expect(scene.said(by: "d") == ["first", "on_stop: asked"])
            }
        }

        @Test("a daemon that is added to the table appears with the next reload")
        func addedToTable() async throws {
            try await HostScene.run(["d": script("word")]) { scene in
                try await scene.boot()
                try await scene.write(.registerDaemon(name: "second", type: "d", enabled: true))
                try scene.host.reload(reason: "asked")
                await scene.settle()
                #expect(try scene.record("second").status == .running)
                #expect(scene.said(by: "second") == ["word"])
            }
        }
    }
}
