import Model
import Testing

@testable import DaemonHost

extension EngineTests {
    @Suite("sessions cannot leak")
    struct SessionTests {
        /// A daemon with a table of its own, whose only step is `body`.
        private func worker(_ body: String, policy: String = "") -> String {
            """
            local d = { every = 1000, state = { n = 0 }, policy = { \(policy) } }
            function d:on_start()
              lunad.session(function(db) db:exec("CREATE TABLE IF NOT EXISTS notes (text TEXT)") end)
            end
            function d:run_step()
              \(body)
            end
            return d
            """
        }

        private func notes(_ scene: HostScene) async throws -> [Value] {
            await scene.settle()
            let session = try #require(try scene.store.beginSession(daemon: "test") { _ in })
            defer { session.rollback() }
            return try session.query("SELECT text FROM notes ORDER BY rowid", .none, maxRows: 100).compactMap {
                $0["text"]
            }
        }

        @Test("rows and state are committed together, in one commit, before the session returns")
        func commitsTogether() async throws {
            let script = worker(
                """
                lunad.session(function(db)
                    self.state.n = 1
                    db:exec("INSERT INTO notes VALUES (?)", "kept")
                  end)
                  lunad.log.info("committed")
                  error("what comes after does not undo it")
                """)
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                #expect(scene.said(by: "d") == ["committed"])
                #expect(try await notes(scene) == ["kept"])
                #expect(try scene.storedState("d", "n") == 1)
                #expect(scene.store.writes.count { $0.isState } == 1)
            }
        }

        @Test("a session that raises undoes its rows and its changes of the state, and passes the error on")
        func rollsBackTogether() async throws {
            let script = worker(
                """
                local ok, message = pcall(lunad.session, function(db)
                    self.state.n = 1
                    db:exec("INSERT INTO notes VALUES (?)", "undone")
                    error("no good")
                  end)
                  lunad.log.info("after", { ok = ok, message = message, n = self.state.n })
                """)
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                let after = try #require(scene.log(of: "d").first { $0.message == "after" }?.fields)
                #expect(after["ok"] == false)
                #expect(after["message"]?.stringValue?.hasSuffix("no good") == true)
                #expect(try await notes(scene) == [])
                #expect(after["n"] == 0)
                #expect(try scene.storedState("d", "n") == nil, "nothing is left to commit")
                #expect(try scene.record("d").steps == 1)
            }
        }

        @Test("a commit that fails raises in the script and leaves neither rows nor state")
        func failingCommit() async throws {
            let script = worker(
                """
                local ok, message = pcall(lunad.session, function(db)
                    self.state.n = self.state.n + 1
                    db:exec("INSERT INTO notes VALUES (?)", "lost")
                  end)
                  lunad.log.info("after", { ok = ok, message = message, n = self.state.n })
                """)
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                let first = try #require(scene.log(of: "d").last { $0.message == "after" }?.fields)
                #expect(first["ok"] == true && first["n"] == 1)
                scene.store.fail { $0.contains { $0.isState } ? .fails(HostError(.diskFull, "the disk is full")) : nil }
                await scene.jump(by: .seconds(1_000))
                let second = try #require(scene.log(of: "d").last { $0.message == "after" }?.fields)
                #expect(second["ok"] == false)
                #expect(second["message"]?.stringValue?.contains("the disk is full") == true)
                #expect(second["n"] == 1)
                #expect(try await notes(scene) == ["lost"])
                #expect(try scene.storedState("d", "n") == 1)
            }
        }

        @Test("a session that holds the writer for too long is interrupted, undone, and the next one gets its turn")
        func timeout() async throws {
            let script = worker(
                """
                lunad.session(function(db)
                    db:exec("INSERT INTO notes VALUES (?)", "undone")
                    lunad.log.info("busy")
                    while true do pcall(function() while true do end end) end
                  end)
                """, policy: "session_timeout = 2")
            try await HostScene.run(["d": script]) { scene in
                try await scene.start()
                await scene.wait(for: "the session to be busy") { scene.said(by: "d") == ["busy"] }
                scene.move(by: .milliseconds(2_200))
                await scene.settle()
                let record = try scene.record("d")
                #expect(record.status == .backingOff)
                #expect(
                    record.error?.contains("it held a session for more than 2.0 s (policy.session_timeout)") == true,
                    "\(record.error ?? "no error")")
                #expect(try await notes(scene) == [])
            }
        }

        @Test("a statement that runs for too long is interrupted")
        func longStatement() async throws {
            let script = worker(
                """
                lunad.session(function(db)
                    lunad.log.info("busy")
                    db:query("WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) FROM c")
                  end)
                """, policy: "session_timeout = 2")
            try await HostScene.run(["d": script]) { scene in
                try await scene.start()
                await scene.wait(for: "the session to be busy") { scene.said(by: "d") == ["busy"] }
                scene.move(by: .milliseconds(2_200))
                await scene.settle()
                let record = try scene.record("d")
                #expect(
                    record.status == .backingOff && record.error?.contains("policy.session_timeout") == true,
                    "\(record)")
                #expect(try await notes(scene) == [])
            }
        }

        @Test(
            "what cannot be done in a session says so",
            arguments: [
                ("lunad.sleep(1)", "cannot wait inside a session"),
                ("lunad.session(function() end)", "sessions cannot be nested"),
                ("lunad.fs.read('x')", "cannot wait inside a session"),
                ("db:exec(\"UPDATE daemons SET status = 'running'\")", "daemons"),
                ("db:exec(\"DELETE FROM daemon_logs\")", "daemon_logs"),
                ("db:exec(\"ATTACH 'x' AS y\")", "other database files cannot be attached"),
                ("db:exec(\"PRAGMA journal_mode = DELETE\")", "PRAGMA"),
                ("db:exec(\"COMMIT\")", "a session is one transaction"),
                ("db:exec(\"INSERT INTO nowhere VALUES (1)\")", "nowhere"),
            ])
        func refused(_ call: String, _ hint: String) async throws {
            let script = worker("lunad.session(function(db) db:exec(\"INSERT INTO notes VALUES (1)\") \(call) end)")
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                let record = try scene.record("d")
                #expect(record.status == .backingOff)
                #expect(record.error?.contains(hint) == true, "\(record.error ?? "no error")")
                #expect(record.error?.hasPrefix("scripts/d.lua:6: ") == true, "\(record.error ?? "no error")")
                #expect(try await notes(scene) == [])
            }
        }

        @Test("host tables can be read in a session")
        func hostTables() async throws {
            let script = worker(
                """
                local script = lunad.session(function(db)
                    return db:value("SELECT type FROM daemons WHERE name = :name", { name = "d" })
                  end)
                  lunad.log.info("it runs " .. script)
                """)
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                #expect(scene.said(by: "d") == ["it runs d"])
            }
        }

        @Test("a handle that is used after its session says so")
        func handleAfterEnd() async throws {
            let script = worker(
                """
                local kept
                  lunad.session(function(db) kept = db end)
                  local ok, message = pcall(function() kept:exec("INSERT INTO notes VALUES (1)") end)
                  lunad.log.info(message)
                  lunad.session(function(db)
                    local ok, message = pcall(function() kept:exec("INSERT INTO notes VALUES (1)") end)
                    lunad.log.info(message, { again = true })
                  end)
                """)
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                let said = scene.said(by: "d")
                #expect(said.count == 2)
                #expect(said.allSatisfy { $0.contains("belongs to a session that has ended") })
                #expect(try await notes(scene) == [])
            }
        }

        @Test("a session waits for the writer without a thread, and takes its turn when it comes")
        func waitsForTurn() async throws {
            let script = worker("lunad.session(function(db) db:exec(\"INSERT INTO notes VALUES ('in turn')\") end)")
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                let held = try await scene.holdWriter()
                await scene.jump(by: .seconds(1_000))
                #expect(try scene.record("d").steps == 1)
                #expect(scene.context.executor.statistics.waiting == 2, "no worker is held up")
                await scene.giveBack(held)
                #expect(try scene.record("d").steps == 2)
                #expect(try await notes(scene) == ["in turn", "in turn"])
            }
        }

        @Test("a daemon that ends itself inside a session leaves nothing of it")
        func endsInside() async throws {
            let script = worker(
                """
                lunad.session(function(db)
                    self.state.n = 1
                    db:exec("INSERT INTO notes VALUES (1)")
                    lunad.stop("enough")
                  end)
                """)
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                #expect(try scene.record("d").status == .stopped)
                #expect(try scene.record("d").reason == "enough")
                #expect(try await notes(scene) == [])
                #expect(try scene.store.state(of: "d") == nil)
            }
        }
    }
}
