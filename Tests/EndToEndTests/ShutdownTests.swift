import Glibc
import Model
import Testing

extension HeavyTests {
    @Suite("Shutdown", .serialized)
    struct ShutdownTests {
        private static let count = isTorture ? 1_000 : 200

        /// Ten ways to refuse a stop. Each has 1 s, and 0.5 s of it for `on_stop`.
        private static let refusing = [
            "busy": "function d:run_step() ready() while true do end end",
            "catching": """
            function d:run_step()
              ready()
              while true do pcall(function() while true do end end) end
            end
            """,
            "staying": """
            function d:run_step() ready() end
            function d:on_stop() while true do pcall(function() while true do end end) end end
            """,
            "dozing": "function d:run_step() ready() while true do lunad.sleep(0.01) end end",
            "weaving": """
            function d:run_step()
              ready()
              while true do
                local thread = coroutine.wrap(function()
                  while true do pcall(coroutine.wrap(function() while true do end end)) end
                end)
                pcall(thread)
              end
            end
            """,
            "matching": """
            function d:run_step()
              ready()
              while true do
                pcall(string.find, string.rep("a", 30000), ".-.-.-.-.-b")
              end
            end
            """,
            "sorting": """
            function d:run_step()
              ready()
              local list = {}
              for i = 1, 1000 do list[i] = i end
              while true do pcall(table.sort, list, function(a, b) while true do end end) end
            end
            """,
            "failing": """
            function d:run_step() ready() end
            function d:on_stop() error("it will not go") end
            """,
            "holding": """
            function d:run_step()
              ready()
              while true do pcall(lunad.session, function(db) while true do db:value("SELECT 1") end end) end
            end
            """,
            "starting": """
            function d:on_start() ready() while true do pcall(lunad.sleep, 0.01) end end
            function d:run_step() end
            """,
        ]

        private static func script(_ body: String) -> String {
            """
            local d = { policy = { stop_timeout = 1, stop_hook_timeout = 0.5, step_timeout = 60, start_timeout = 60,
                                   session_timeout = 60 } }
            local said = false
            local function ready() if not said then said = true lunad.log.info("ready to refuse") end end
            \(body)
            return d
            """
        }

        private static func crowd(_ count: Int) -> [String: String] {
            var scripts: [String: String] = [:]
            for index in 0..<count {
                scripts["member_\(index)"] = """
                    local d = { every = 1, state = { stopped = 0 } }
                    function d:run_step() end
                    function d:on_stop() self.state.stopped = self.state.stopped + 1 end
                    return d
                    """
            }
            return scripts
        }

        @Test("many stop side by side with ten that refuse: in time, the ten named, the exit status true")
        func refusal() async throws {
            let scripts = Self.crowd(Self.count).merging(Self.refusing.mapValues(Self.script)) { $1 }
            let project = try HostedProject(scripts, settings: "return { shutdown_timeout = 10 }")
            let host = try await project.run()
            for name in Self.refusing.keys where name != "holding" {
                try await host.says("ready to refuse", daemon: name)
            }
            // The one that holds the writer comes last: what the others write waits for it.
            try await host.says("ready to refuse", daemon: "holding")
            #expect(try await host.stop() == .exited(0))
            #expect(try #require(try host.secondsOfShutdown()) < 10)
            try Self.membersStopped(project)
            let lines = try host.lines()
            for name in Self.refusing.keys {
                let last = lines.last { $0.daemon == name && $0.message.hasPrefix("stopped: ") }
                let expected = name == "failing" ? "it will not go" : "interrupted"
                #expect(last?.message.contains(expected) == true, "\(name): \(last?.message ?? "no end in the log")")
                #expect(try project.shown("status", of: name) == "stopped")
                #expect(try project.shown("reason", of: name)?.contains(expected) == true)
            }
        }

        private static func membersStopped(_ project: HostedProject) throws {
            let stopped = try project.database.number(
                "SELECT count(*) FROM daemons WHERE name LIKE 'member%' AND status = 'stopped'")
            #expect(stopped == count)
            let states = try project.database.number(
                "SELECT count(*) FROM daemon_state WHERE daemon LIKE 'member%' AND json_extract(state, '$.stopped') = 1"
            )
            #expect(states == count, "on_stop ran and its state was kept once for each")
        }

        @Test("the whole shutdown has one deadline, however long the daemons' own patience")
        func deadline() async throws {
            let patient = """
                local d = { policy = { stop_timeout = 600, stop_hook_timeout = 300, step_timeout = 600 } }
                function d:run_step() lunad.log.info("ready to refuse") while true do end end
                return d
                """
            let project = try HostedProject(["patient": patient], settings: "return { shutdown_timeout = 4 }")
            let host = try await project.run()
            try await host.says("ready to refuse", daemon: "patient")
            #expect(try await host.stop() == .exited(0))
            #expect(try #require(try host.secondsOfShutdown()) < 4)
            #expect(try project.shown("status", of: "patient") == "stopped")
        }

        @Test("a second signal skips ahead of the daemons' patience")
        func hurry() async throws {
            let patient = """
                local d = { policy = { stop_timeout = 600, stop_hook_timeout = 300, step_timeout = 600 } }
                function d:run_step() lunad.log.info("ready to refuse") while true do end end
                return d
                """
            let project = try HostedProject(["patient": patient], settings: "return { shutdown_timeout = 600 }")
            let host = try await project.run()
            try await host.says("ready to refuse", daemon: "patient")
            host.process.signal(SIGTERM)
            try await host.says("stopping: the host was told to stop", daemon: "patient")
            #expect(host.process.ending() == nil)
            host.process.signal(SIGINT)
            #expect(try await host.ending() == .exited(0))
            #expect(try #require(try host.secondsOfShutdown()) < 60)
            #expect(try project.shown("reason", of: "patient")?.contains("interrupted") == true)
        }

        @Test("lunad.stopping() is true and a sleep ends early when the stop is asked for")
        func cooperation() async throws {
            let project = try HostedProject([
                "polite": """
                local d = {}
                function d:run_step()
                  lunad.log.info("asleep")
                  local whole = lunad.sleep(3600)
                  lunad.log.info("awake", { whole = whole, stopping = lunad.stopping() })
                end
                function d:on_stop(reason) lunad.log.info("leaving: " .. reason) end
                return d
                """
            ])
            let host = try await project.run()
            try await host.says("asleep", daemon: "polite")
            #expect(try await host.stop() == .exited(0))
            let awake = try await host.says("awake", daemon: "polite")
            #expect(awake.field("whole") == .boolean(false) && awake.field("stopping") == .boolean(true))
            try await host.says("leaving: the host was told to stop", daemon: "polite")
            #expect(try project.shown("reason", of: "polite") == "the host was told to stop")
        }
    }
}
