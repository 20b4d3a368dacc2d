import Glibc
import Model
import Testing

@Suite("The life of a daemon")
struct LifecycleTests {
    @Test("a daemon whose on_start fails is never shown running, and says why")
    func failingStart() async throws {
        let project = try HostedProject([
            "weak": """
            local d = { policy = { max_errors = 3, backoff = { base = 0.02, max = 0.05 } } }
            function d:on_start() error("no door to knock at") end
            function d:run_step() end
            return d
            """
        ])
        let host = try await project.run()
        try await project.status(.failed, of: "weak", because: "no door to knock at")
        #expect(try await host.stop() == .exited(0))
        let kinds = try project.database.column("SELECT message FROM daemon_activities WHERE daemon = 'weak'")
        #expect(!kinds.contains { $0.hasPrefix("running") }, "it was shown running: \(kinds)")
        #expect(kinds.count { $0.hasPrefix("backing_off") } == 2, "two retries, then failed: \(kinds)")
        #expect(try project.database.number("SELECT count FROM daemon_errors WHERE daemon = 'weak'") == 3)
        #expect(try project.shown("steps", of: "weak") == "0")
    }

    @Test("delays after failed steps double, and a success forgets them")
    func backoff() async throws {
        let project = try HostedProject([
            "shaky": """
            local d = { every = 0.01, policy = { max_errors = 9, backoff = { base = 0.4, max = 60 } } }
            local tries = 0
            function d:run_step()
              tries = tries + 1
              if tries <= 3 then error("try " .. tries) end
            end
            return d
            """
        ])
        let host = try await project.run()
        try await project.status(.running, of: "shaky", because: "recovered")
        #expect(try project.shown("consecutive_errors", of: "shaky") == "0")
        #expect(try await host.stop() == .exited(0))
        #expect(try project.shown("errors", of: "shaky") == "3")
        let delays = try project.database.column(
            """
            SELECT (julianday(ended) - julianday(at)) * 86400 FROM (
                SELECT at, message, lead(at) OVER (ORDER BY id) AS ended FROM daemon_activities WHERE daemon = 'shaky')
            WHERE message LIKE 'backing_off: %'
            """
        ).compactMap { Double($0) }
        try #require(delays.count == 3)
        for (delay, middle) in zip(delays, [0.4, 0.8, 1.6]) {
            #expect(delay > middle * 0.79 && delay < middle * 1.21 + 0.4, "\(delay) s where \(middle) s were due")
        }
    }

    @Test("a script ends itself, fails for good, or asks to be retried later")
    func ownWord() async throws {
        let project = try HostedProject([
            "done": "return { run_step = function(self) lunad.stop('all is counted') end }",
            "broken": "return { run_step = function(self) lunad.fail('the folder has no owner') end }",
            "later": "return { run_step = function(self) lunad.retry_after(3600, 'the server rests') end }",
        ])
        let host = try await project.run()
        try await project.status(.stopped, of: "done", because: "all is counted")
        try await project.status(.failed, of: "broken", because: "the folder has no owner")
        try await project.status(.backingOff, of: "later", because: "the server rests")
        #expect(try project.shown("next_step_at", of: "done") == nil)
        #expect(try project.shown("next_step_at", of: "broken") == nil, "failed for good: no probe")
        let delay = try project.database.number(
            """
            SELECT CAST(round((julianday(next_step_at) - julianday(status_since)) * 86400) AS INTEGER)
            FROM daemons WHERE name = 'later'
            """)
        #expect(delay == 3_600)
        #expect(try await host.stop() == .exited(0))
    }

    @Test("on_stop gets the reason; when it fails, the daemon is stopped all the same and the error is noted")
    func failingStop() async throws {
        let project = try HostedProject([
            "rude": """
            local d = {}
            function d:run_step() end
            function d:on_stop(reason) error("cannot say goodbye after: " .. reason) end
            return d
            """
        ])
        let host = try await project.run()
        try await project.steps(1, of: "rude")
        #expect(try await host.stop() == .exited(0))
        let reason = try #require(try project.shown("reason", of: "rude"))
        #expect(try project.shown("status", of: "rude") == "stopped")
        #expect(reason.contains("cannot say goodbye after: the host was told to stop"))
        #expect(
            try project.database.number("SELECT count(*) FROM daemon_errors WHERE message LIKE '%say goodbye%'") == 1)
    }

    @Test("enabled = false keeps a daemon stopped, and what the operator decided wins over the script")
    func enabled() async throws {
        let project = try HostedProject([
            "off": "return { enabled = false, run_step = function(self) end }",
            "wanted": "return { enabled = false, run_step = function(self) end }",
            "unwanted": "return { run_step = function(self) end }",
        ])
        let first = try await project.run()
        try await project.status(.stopped, of: "off", because: "enabled = false")
        try await project.status(.stopped, of: "wanted", because: "enabled = false")
        try await project.status(.running, of: "unwanted")
        #expect(try project.shown("enabled", of: "off") == "0")
        #expect(try await first.stop() == .exited(0))
        try project.database.execute("UPDATE daemons SET enabled = 1, enabled_by = 'operator' WHERE name = 'wanted'")
        try project.database.execute("UPDATE daemons SET enabled = 0, enabled_by = 'operator' WHERE name = 'unwanted'")
        let second = try await project.run()
        try await project.status(.running, of: "wanted")
        try await project.status(.stopped, of: "off", because: "enabled = false")
        #expect(try project.shown("status", of: "unwanted") == "stopped")
        #expect(try project.shown("enabled || enabled_by", of: "unwanted") == "0operator")
        #expect(try await second.stop() == .exited(0))
    }

    @Test("rows of a migration make further instances of a script, each with its own config and state")
    func instances() async throws {
        let project = try HostedProject(
            [
                "counter": """
                local d = { every = 0.02, state = { n = 0 }, config = { by = { type = "integer", default = 1 } } }
                function d:run_step()
                  if self.state.n < 50 * self.config.by then self.state.n = self.state.n + self.config.by end
                end
                return d
                """
            ],
            migrations: [
                "0001_instances.sql": """
                INSERT INTO daemons (name, type) VALUES ('tens', 'counter'), ('lost', 'nothing');
                INSERT INTO daemon_config (daemon, key, value) VALUES ('tens', 'by', '10');
                """
            ])
        let host = try await project.run()
        for (name, count) in [("counter", 50), ("tens", 500)] {
            try await wait(for: "\(name) has counted to \(count)") {
                let state = "SELECT json_extract(state, '$.n') FROM daemon_state WHERE daemon = '\(name)'"
                return try project.database.text(state) == "\(count)" ? true : nil
            }
        }
        try await project.status(.failed, of: "lost", because: "scripts/nothing.lua")
        #expect(try project.shown("type", of: "tens") == "counter")
        #expect(try await host.stop() == .exited(0))
    }

    @Test("a bad config parks its daemon with the key's name and what would be right; a better one is taken at once")
    func badConfig() async throws {
        let project = try HostedProject(
            [
                "picky": """
                local d = { config = { size = { type = "integer", default = 5, min = 1, max = 9 } } }
                function d:run_step() lunad.log.info("size is " .. self.config.size) end
                return d
                """
            ],
            migrations: [
                "0001_config.sql": """
                INSERT INTO daemons (name, type) VALUES ('typo', 'picky');
                INSERT INTO daemon_config (daemon, key, value) VALUES ('picky', 'size', '12'), ('typo', 'siez', '3');
                """
            ])
        let host = try await project.run()
        try await project.status(.failed, of: "picky", because: "size")
        try await project.status(.failed, of: "typo", because: "siez")
        let reason = try #require(try project.shown("reason", of: "picky"))
        #expect(reason.contains("12") && reason.contains("9"), "it names the value and the bound: \(reason)")
        #expect(try project.shown("reason", of: "typo")?.contains("did you mean \"size\"") == true)
        #expect(try project.shown("next_step_at", of: "picky") == nil, "parked: no probe")
        try project.database.execute("UPDATE daemon_config SET value = '7' WHERE daemon = 'picky'")
        host.process.signal(SIGHUP)
        try await host.says("size is 7", daemon: "picky")
        try await project.status(.running, of: "picky")
        #expect(try project.shown("status", of: "typo") == "failed")
        #expect(try await host.stop() == .exited(0))
    }

    @Test("being told many times at once to start makes one instance")
    func oneInstance() async throws {
        let project = try HostedProject([
            "single": """
            local d = { every = 0.01 }
            function d:on_start() lunad.sleep(0.2) lunad.log.info("born") end
            function d:run_step() lunad.log.info("step") end
            return d
            """
        ])
        let host = try await project.run()
        for _ in 1...20 {
            host.process.signal(SIGHUP)
            try project.script("other", "return { run_step = function(self) end }")
        }
        try await host.says("step", daemon: "single")
        try await project.steps(5, of: "single")
        #expect(try await host.stop() == .exited(0))
        #expect(try host.lines().count { $0.daemon == "single" && $0.message == "born" } == 1)
    }

    @Test("a long sleep in a step is healthy; a silent step is interrupted with the place where it was")
    func watchdog() async throws {
        let project = try HostedProject([
            "sleeper": """
            local d = { policy = { step_timeout = 0.3 } }
            function d:run_step() lunad.sleep(1.5) lunad.log.info("well rested") end
            return d
            """,
            "silent": """
            local d = { policy = { step_timeout = 0.3, max_errors = 1 } }
            local function dig() while true do end end
            function d:run_step() dig() end
            return d
            """,
        ])
        let host = try await project.run()
        try await host.says("well rested", daemon: "sleeper")
        try await project.status(.failed, of: "silent", because: "no sign of life for 0.3 s")
        let traceback = try #require(try project.shown("traceback", of: "silent"))
        #expect(traceback.contains("dig") && traceback.contains("silent.lua:2"), "\(traceback)")
        #expect(try project.shown("status", of: "sleeper") == "running")
        #expect(try await host.stop() == .exited(0))
        #expect(try project.shown("errors", of: "sleeper") == "0")
    }

    @Test("a session cannot leak: its handle dies with it, nothing waits inside it, an error takes everything back")
    func sessions() async throws {
        let project = try HostedProject(
            [
                "trier": """
                local d = { state = { n = 0 } }
                function d:run_step()
                  local kept
                  lunad.session(function(db) kept = db end)
                  lunad.log.info("late: " .. tostring(select(2, pcall(kept.value, kept, "SELECT 1"))))
                  lunad.log.info("waiting: " .. tostring(select(2, pcall(lunad.session, function() lunad.sleep(1) end))))
                  lunad.log.info("host's: " .. tostring(select(2, pcall(lunad.session, function(db)
                    db:exec("UPDATE daemons SET status = 'running'")
                  end))))
                  pcall(lunad.session, function(db)
                    db:exec("INSERT INTO rows VALUES (1)")
                    error("changed my mind")
                  end)
                  lunad.session(function(db) lunad.log.info("rows: " .. db:value("SELECT count(*) FROM rows")) end)
                  lunad.stop("tried it all")
                end
                return d
                """
            ], migrations: ["0001_rows.sql": "CREATE TABLE rows (n INTEGER) STRICT;"])
        let host = try await project.run()
        try await project.status(.stopped, of: "trier", because: "tried it all")
        let said = try host.lines().filter { $0.daemon == "trier" }.map(\.message)
        #expect(said.contains { $0.hasPrefix("late: ") && $0.contains("session") }, "\(said)")
        #expect(said.contains { $0.hasPrefix("waiting: ") && $0.contains("session") }, "\(said)")
        #expect(said.contains { $0.hasPrefix("host's: ") && $0.contains("daemons") }, "\(said)")
        #expect(said.contains("rows: 0"))
        #expect(try await host.stop() == .exited(0))
    }

    @Test("a step that fails takes its changes of the state back, and what was committed is there after a restart")
    func stateOfAFailedStep() async throws {
        let project = try HostedProject([
            "careful": """
            local d = { every = 0.02, state = { n = 0 }, policy = { max_errors = 1 } }
            function d:run_step()
              lunad.log.info("begins with " .. self.state.n)
              self.state.n = self.state.n + 1
              if self.state.n == 3 then error("not three") end
            end
            return d
            """
        ])
        let host = try await project.run()
        try await project.status(.failed, of: "careful", because: "not three")
        #expect(try await host.stop() == .exited(0))
        #expect(try project.database.text("SELECT json_extract(state, '$.n') FROM daemon_state") == "2")
        let again = try await project.run()
        try await again.says("begins with 2", daemon: "careful")
        #expect(try await again.stop() == .exited(0))
        #expect(try !host.lines().contains { $0.message == "begins with 3" })
    }

    @Test("what a script says it is doing is shown until it says another thing, and gone when it has stopped")
    func activity() async throws {
        let project = try HostedProject([
            "worker": """
            local d = { every = 0.1 }
            function d:run_step()
              if lunad.daemons.get("sign") then lunad.heartbeat("the last sheep") else lunad.status("counting sheep", 0.25) end
            end
            return d
            """
        ])
        let host = try await project.run()
        try await wait(for: "the first activity and its progress") {
            try project.shown("activity || ' ' || progress", of: "worker") == "counting sheep 0.25" ? true : nil
        }
        try project.script("sign", "return { run_step = function(self) end }")
        try await wait(for: "the second activity, without a progress") {
            let shown = try project.shown("activity || ' ' || coalesce(progress, 'none')", of: "worker")
            return shown == "the last sheep none" ? true : nil
        }
        #expect(try await host.stop() == .exited(0))
        #expect(try project.shown("coalesce(activity, 'none')", of: "worker") == "none")
    }
}
