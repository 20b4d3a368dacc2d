import Model
import Testing

@testable import DaemonHost

extension EngineTests {
    @Suite("config and grants")
    struct ConfigTests {
        private static let script = """
            local d = {
              every = 10,
              config = {
                folder = { type = "string", default = "inbox" },
                batch_size = { type = "integer", default = 100, min = 1, max = 1000 },
                ratio = { type = "number", default = 0.5 },
                tags = { type = "list", default = { "a", "b" } },
              },
            }
            function d:run_step()
              local c = self.config
              lunad.log.info(lunad.json.encode({ c.folder, c.batch_size, c.ratio, #c.tags }), { at = lunad.monotonic() })
            end
            return d
            """

        @Test("a key that nobody set has its default, one that was set has that")
        func defaults() async throws {
            try await HostScene.run(["d": Self.script]) { scene in
                try await scene.write(
                    .registerDaemon(name: "d", type: "d", enabled: true),
                    .setConfig(daemon: "d", key: "batch_size", value: 7.0))
                try await scene.boot()
                #expect(scene.said(by: "d") == [#"["inbox",7,0.5,2]"#])
            }
        }

        @Test(
            "a value that does not fit parks the daemon and says what would be right",
            arguments: [
                ("batch_size", .integer(0), "batch_size is 0; expected a whole number from 1 to 1000"),
                ("batch_size", "many", "batch_size is \"many\"; expected a whole number"),
                ("batch_siz", 5, "batch_siz is not a config key (did you mean \"batch_size\"?)"),
                ("tags", "a", "tags is \"a\"; expected a list"),
            ] as [(String, Value, String)])
        func unfit(_ key: String, _ value: Value, _ hint: String) async throws {
            try await HostScene.run(["d": Self.script]) { scene in
                try await scene.write(
                    .registerDaemon(name: "d", type: "d", enabled: true),
                    .setConfig(daemon: "d", key: key, value: value),
                    .setConfig(daemon: "d", key: "folder", value: "kept"))
                try await scene.boot()
                await scene.jump(by: .seconds(1_000_000))
                let record = try scene.stored("d")
                #expect(record.status == .failed && record.nextStepAt == nil)
                #expect(record.error?.contains(hint) == true, "\(record.error ?? "no error")")
                #expect(scene.said(by: "d") == [])
                try await scene.write(.setConfig(daemon: "d", key: key, value: nil))
                try scene.host.reload(reason: "the config changed")
                await scene.settle()
                #expect(try scene.stored("d").status == .running)
                #expect(scene.said(by: "d") == [#"["kept",100,0.5,2]"#], "the other key is as it was")
            }
        }

        @Test("all problems of a config are told at once")
        func allProblems() async throws {
            try await HostScene.run(["d": Self.script]) { scene in
                try await scene.write(
                    .registerDaemon(name: "d", type: "d", enabled: true),
                    .setConfig(daemon: "d", key: "nonsense", value: 1),
                    .setConfig(daemon: "d", key: "batch_size", value: 1_001),
                    .setConfig(daemon: "d", key: "ratio", value: "half"))
                try await scene.boot()
                let error = try #require(try scene.record("d").error)
                #expect(["nonsense", "batch_size", "ratio"].allSatisfy { error.contains($0) }, "\(error)")
            }
        }

        @Test("a script cannot change its config")
        func readOnly() async throws {
            let script = """
                local d = { every = 10, config = { list = { type = "list", default = { 1 } } } }
                function d:run_step()
                  for _, change in ipairs({
                    function() self.config.list = {} end, function() self.config.new = 1 end,
                    function() self.config.list[1] = 2 end, function() rawset(self.config, "list", 1) end,
                    function() table.insert(self.config.list, 2) end,
                  }) do
                    local ok, message = pcall(change)
                    if ok then lunad.log.info("changed") else lunad.log.info("refused", { message = message }) end
                  end
                  lunad.log.info("list " .. #self.config.list .. " " .. self.config.list[1])
                end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                let said = scene.said(by: "d")
                #expect(said == Array(repeating: "refused", count: 5) + ["list 1 1"], "\(said)")
            }
        }

        @Test("files outside the grants are refused, with the line that would grant them")
        func refusedFiles() async throws {
            let script = """
                local d = { every = 1000, allow = { fs = { "data" } } }
                function d:run_step()
                  lunad.log.info(lunad.fs.read("data/in.txt"))
                  lunad.fs.write("data/out.txt", "written")
                  for _, path in ipairs({ "secret.txt", "data/../secret.txt", "/etc/passwd" }) do
                    local ok, message = pcall(lunad.fs.read, path)
                    lunad.log.info(ok and "read" or message)
                  end
                end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try scene.project.makeFolder("data")
                try scene.project.write("data/in.txt", "granted")
                try scene.project.write("secret.txt", "hidden")
                try await scene.boot()
                let said = scene.said(by: "d")
                #expect(said.count == 4 && said.first == "granted", "\(said)")
                for message in said.dropFirst() {
                    #expect(message.contains("is not granted: allow = { fs = { \""))
                    #expect(message.contains("in scripts/d.lua would grant it"))
                }
                #expect(try scene.project.text("data/out.txt") == "written")
            }
        }

        @Test("a grant of $key follows the instance's config")
        func grantByKey() async throws {
            let script = """
                local d = {
                  every = 1000, config = { folder = { type = "string", default = "a" } }, allow = { fs = { "$folder" } },
                }
                function d:run_step()
                  for _, folder in ipairs({ "a", "b" }) do
                    local ok, list = pcall(lunad.fs.list, folder)
                    lunad.log.info(folder .. (ok and " granted" or " refused"))
                  end
                end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try scene.project.makeFolder("a")
                try scene.project.makeFolder("b")
                try await scene.write(
                    .registerDaemon(name: "e", type: "d", enabled: true),
                    .setConfig(daemon: "e", key: "folder", value: "b"))
                try await scene.boot()
                await scene.advance(by: .seconds(1))
                #expect(scene.said(by: "d") == ["a granted", "b refused"])
                #expect(scene.said(by: "e") == ["a refused", "b granted"])
            }
        }

        @Test("the operator's limits narrow what a script grants itself")
        func operatorLimits() async throws {
            let script = """
                local d = { every = 1000, allow = { fs = { "/" } } }
                function d:run_step()
                  lunad.log.info("list of " .. #lunad.fs.list("open"))
                  lunad.log.info(select(2, pcall(lunad.fs.list, "/")))
                end
                return d
                """
            var settings = HostSettings()
            settings.allow.fs = ["open"]
            try await HostScene.run(["d": script], settings: settings) { scene in
                try scene.project.makeFolder("open")
                try await scene.boot()
                let said = scene.said(by: "d")
                #expect(said.first == "list of 0")
                #expect(said.last?.contains("but not by the operator") == true, "\(said)")
            }
        }
    }
}
