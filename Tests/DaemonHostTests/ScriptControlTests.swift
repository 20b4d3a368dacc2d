import Model
import Platform
import Testing

@testable import DaemonHost

extension EngineTests {
    @Suite("scripts that come and go by an operator's word")
    struct ScriptControlTests {
        private static let patience = Duration.seconds(60)
        private static let source = """
            local d = { every = 5, config = { greeting = { type = "string", default = "hello" } } }
            function d:run_step() lunad.log.info(self.config.greeting) end
            return d
            """

        private func path(_ scene: HostScene, _ name: String) -> String {
            "\(scene.project.folder.scripts)/\(name).lua"
        }

        @Test("a text becomes a script with its daemon, which runs with the config that came with it")
        func create() async throws {
            try await HostScene.run([:]) { scene in
                try await scene.boot()
                let addition = ScriptAddition(
                    name: "new", source: Self.source, config: ConfigChange(settings: [.init("greeting", "hey")]))
                let record = try await scene.host.create(addition, patience: Self.patience)
                await scene.settle()
                #expect(record.status == .running)
                #expect(try scene.stored("new").status == .running)
                #expect(scene.said(by: "new") == ["hey"])
                #expect(try Files.read(path(scene, "new")) == Array(Self.source.utf8))
                try scene.host.filesChanged()
                await scene.settle()
                #expect(scene.statuses(of: "new") == [.starting, .running])
            }
        }

        @Test("one that is to be disabled, by the request or by the script, does not start")
        func disabled() async throws {
            try await HostScene.run([:]) { scene in
                try await scene.boot()
                let off = try await scene.host.create(
                    ScriptAddition(name: "off", source: Self.source, isEnabled: false), patience: Self.patience)
                let modest = try await scene.host.create(
                    ScriptAddition(name: "modest", source: "return { enabled = false, run_step = function() end }"),
                    patience: Self.patience)
                try scene.host.filesChanged()
                await scene.settle()
                #expect(off.status == .stopped && modest.status == .stopped)
                #expect(try scene.record("off").status == .stopped)
                #expect(try scene.record("modest").status == .stopped)
                #expect(try scene.stored("off").enabledByOperator && !scene.stored("off").enabled)
                #expect(try !scene.stored("modest").enabledByOperator)
            }
        }

        @Test(
            "a text that would not load leaves nothing behind",
            arguments: [
                ("return {", "new", HostError.Code.script), ("return { run_stp = 1 }", "new", .script),
                (source, "../new", .invalidArgument), (source, "old", .conflict), ("error('no')", "new", .script),
            ])
        func refused(source: String, name: String, code: HostError.Code) async throws {
            try await HostScene.run(["old": Self.source]) { scene in
                try await scene.boot()
                do throws(HostError) {
                    _ = try await scene.host.create(
                        ScriptAddition(name: name, source: source), patience: Self.patience)
                    Issue.record("it was created")
                } catch {
                    #expect(error.code == code, "\(error)")
                }
                #expect(scene.daemons.map(\.name) == ["old"])
                #expect(try Files.list(scene.project.folder.scripts).filter { $0.hasSuffix(".lua") } == ["old.lua"])
                #expect(try scene.store.daemons().map(\.name) == ["old"])
            }
        }

        @Test("a config that does not fit is refused, and a file that is in the way is left as it is")
        func inTheWay() async throws {
            try await HostScene.run([:]) { scene in
                try await scene.boot()
                let unfit = ScriptAddition(
                    name: "new", source: Self.source, config: ConfigChange(settings: [.init("greting", "hey")]))
                await #expect(throws: HostError.self) { try await scene.host.create(unfit, patience: Self.patience) }
                try Files.write(Array("return 1".utf8), to: path(scene, "new"))
                await #expect(throws: HostError(.conflict, "there is a scripts/new.lua already")) {
                    try await scene.host.create(
                        ScriptAddition(name: "new", source: Self.source), patience: Self.patience)
                }
                #expect(scene.daemons.isEmpty)
                #expect(try scene.store.daemons().isEmpty)
                #expect(try Files.read(path(scene, "new")) == Array("return 1".utf8))
            }
        }

        @Test("a script is deleted with its own daemon, but not while there are other instances")
        func delete() async throws {
            try await HostScene.run(["old": Self.source]) { scene in
                try await scene.boot()
                _ = try await scene.host.add(DaemonAddition(name: "other", type: "old"), patience: Self.patience)
                for name in ["old", "other"] {
                    await #expect(throws: HostError.self) {
                        try await scene.host.deleteScript(of: name, patience: Self.patience)
                    }
                }
                #expect(try scene.record("old").status == .running)
                try await scene.host.remove(named: "other", patience: Self.patience)
                try await scene.host.deleteScript(of: "old", patience: Self.patience)
                try scene.host.filesChanged()
                await scene.settle()
                #expect(scene.daemons.isEmpty)
                #expect(try scene.store.daemons().isEmpty)
                #expect(try Files.facts(of: path(scene, "old")) == nil)
            }
        }
    }
}
