import Glibc
import Model
import Platform
import Testing

@Suite("The command line")
struct CommandTests {
    private static let quiet = "return { run_step = function(self) end }"

    @Test("new project, check and run work as the README says")
    func firstFiveMinutes() async throws {
        let project = try HostedProject()
        let shop = project.beside("shop")
        let new = try await project.command(words: ["new", "project", shop])
        #expect(new.status == 0)
        let check = try await project.command(words: ["--dir", shop, "check"])
        #expect(check.status == 0)
        #expect(check.messages == "3 files checked: 0 errors, 0 warnings\n")
        let tests = try await project.command(words: ["--dir", shop, "test"])
        #expect(tests.status == 0, "\(tests.output)")
        #expect(tests.output.contains("2 tests: 2 passed"))
        let made = try HostedProject(adopting: shop)
        let host = try await made.run()
        try await made.steps(1, of: "hello")
        try made.script("stock", Self.stock)
        try await host.says("running low", daemon: "stock")
        try await made.status(.stopped, of: "stock", because: "sold out")
        #expect(try made.database.column("SELECT remaining FROM sales") == ["5", "4", "3", "2", "1", "0"])
        #expect(try await made.command("check").messages == "4 files checked: 0 errors, 0 warnings\n")
        #expect(try await host.stop() == .exited(0))
        let again = try await project.command(words: ["new", "project", shop])
        #expect(again.status == 1)
        #expect(again.messages.contains("exists already"))
    }

    private static let stock = """
        local stock = {
          every  = 0.05,
          config = { low = { type = "integer", default = 3, min = 0, doc = "Warn at or below this many" } },
          state  = { left = 6 },
        }
        function stock:on_start()
          lunad.session(function(db)
            db:exec("CREATE TABLE IF NOT EXISTS sales (at TEXT NOT NULL, remaining INTEGER NOT NULL) STRICT")
          end)
        end
        function stock:run_step()
          if self.state.left == 0 then lunad.stop("sold out") end
          lunad.session(function(db)
            self.state.left = self.state.left - 1
            db:exec("INSERT INTO sales VALUES (datetime(), ?)", self.state.left)
          end)
          if self.state.left <= self.config.low then
            lunad.log.warn("running low", { left = self.state.left })
          end
        end
        return stock
        """

    @Test("status --json has exactly the promised fields, with and without a host")
    func statusShape() async throws {
        let project = try HostedProject(["one": Self.quiet])
        let host = try await project.run()
        try await project.steps(1, of: "one")
        let running = try await project.command("status", "--json")
        #expect(running.status == 0)
        #expect(running.messages.isEmpty)
        guard case .array(let daemons) = try running.json, case .object(let fields)? = daemons.first else {
            Issue.record("no array with an object: \(running.output)")
            return
        }
        let promised = [
            "name", "type", "status", "reason", "enabled", "generation", "code_hash", "started_at", "last_heartbeat",
            "last_success", "next_step_at", "steps", "errors", "consecutive_errors", "restarts", "memory_bytes",
            "activity", "progress", "running_jobs",
        ]
        #expect(fields.map(\.key) == promised)
        #expect(daemons[0]["status"] == .string("running"))
        #expect(daemons[0]["enabled"] == .boolean(true))
        #expect(WallTime(iso8601: daemons[0]["last_success"]?.stringValue ?? "") != nil)
        #expect(try await host.stop() == .exited(0))
        let ended = try await project.command("status", "one", "--json")
        #expect(ended.messages.contains("No host is running here"))
        guard case .object(let left) = try ended.json else {
            Issue.record("no object: \(ended.output)")
            return
        }
        #expect(left.map(\.key) == promised)
        #expect(try ended.json["status"] == .string("stopped"))
        #expect(try ended.json["next_step_at"] == .null)
    }

    @Test("each way to go wrong has its exit status and a sentence that helps")
    func exitCodes() async throws {
        let project = try HostedProject(["hash_watcher": Self.quiet])
        let none = try await project.command("status")
        #expect(none.status == 3, "\(none)")
        #expect(none.messages.contains("none has run yet"))
        #expect(try await project.command("migrate").status == 0)
        let host = try await project.run()
        try await project.status(.running, of: "hash_watcher")
        let cases: [(words: [String], status: Int32, says: String)] = [
            (["version"], 0, ""), (["help"], 0, ""), (["help", "run"], 0, ""), (["status", "--help"], 0, ""),
            (["statsu"], 2, "did you mean 'status'?"), (["status", "--jsno"], 2, "did you mean '--json'?"),
            (["why"], 2, "NAME is missing"), (["logs", "--level", "warm"], 2, "did you mean 'warn'?"),
            (["logs", "--limit", "many"], 2, "expected a number"), (["run", "a", "b"], 2, "one argument too many"),
            (["new", "deamon", "x"], 2, "did you mean 'daemon'?"),
            (["new", "daemon", "../x"], 2, "cannot name a daemon"),
            (["status", "hash_wacher"], 4, "did you mean 'hash_watcher'?"),
            (["why", "nobody"], 4, "no daemon 'nobody'"),
            (["logs", "nobody"], 4, "no daemon 'nobody'"), (["new", "daemon", "hash_watcher"], 1, "exists already"),
            (["check", "scripts/none.lua"], 1, "there is no scripts/none.lua"), (["migrate"], 1, "\(host.process.pid)"),
        ]
        for (words, status, says) in cases {
            let outcome = try await project.command(words: ["--dir", project.folder.path] + words)
            #expect(outcome.status == status, "\(words): \(outcome)")
            #expect(says.isEmpty || outcome.messages.contains(says), "\(words): \(outcome)")
            #expect(status == 0 || outcome.output.isEmpty, "\(words): an error is no output: \(outcome)")
        }
        #expect(try await host.stop() == .exited(0))
    }

    @Test("check finds mistakes with file and line before anything runs")
    func check() async throws {
        let project = try HostedProject([
            "good": Self.quiet,
            "bad": "local d = {}\nfunction d:run_step()\n  lunad.log.inof('x')\n  retrun_value = pritn\nend\nreturn d",
            "lazy": "return { every = 0 }",
        ])
        let outcome = try await project.command("check")
        #expect(outcome.status == 1)
        for expected in [
            "scripts/bad.lua:3", "did you mean", "scripts/bad.lua:4", "scripts/lazy.lua", "run_step", "every",
        ] {
            #expect(outcome.output.contains(expected), "\(expected) is not in: \(outcome.output)")
        }
        #expect(!outcome.output.contains("good.lua"))
        #expect(outcome.messages.contains("3 files checked"))
        #expect(try !project.hasDatabase, "looking makes nothing")
        guard case .array(let findings) = try await project.command("check", "--json").json else {
            Issue.record("no array")
            return
        }
        #expect(findings.contains { $0["file"] == .string("scripts/bad.lua") && $0["line"] == .integer(3) })
    }

    @Test("why names cause, error, traceback, what comes next and what would change it")
    func why() async throws {
        let project = try HostedProject([
            "torn": """
            local d = { policy = { max_errors = 1 } }
            local function tear() error("the cloth is torn") end
            function d:run_step() tear() end
            return d
            """
        ])
        let host = try await project.run()
        try await project.status(.failed, of: "torn", because: "the cloth is torn")
        let text = try await project.command("why", "torn")
        #expect(text.status == 0)
        for expected in [
            "torn is failed", "scripts/torn.lua:2: the cloth is torn", "tear", "a probe, in", "is tried at once",
        ] {
            #expect(text.output.contains(expected), "\(expected) is not in: \(text.output)")
        }
        let json = try await project.command("why", "torn", "--json").json
        #expect(json["status"] == .string("failed"))
        #expect(json["traceback"]?.stringValue?.contains("tear") == true)
        #expect(json["next_at"]?.stringValue.flatMap { WallTime(iso8601: $0) } != nil)
        #expect(try await host.stop() == .exited(0))
        let after = try await project.command("why", "torn")
        #expect(after.output.contains("no host is running here"))
    }

    @Test("logs are filtered by daemon, level, text and number, without a host too, and followed as they come")
    func logs() async throws {
        let project = try HostedProject([
            "talker": """
            local d = { every = 0.1, state = { n = 0 } }
            function d:run_step()
              self.state.n = self.state.n + 1
              lunad.log.info("word " .. self.state.n .. " of many", { n = self.state.n })
              if self.state.n % 2 == 0 then lunad.log.warn("even " .. self.state.n) end
            end
            return d
            """,
            "other": "return { every = 0.1, run_step = function(self) lunad.log.info('word of another') end }",
        ])
        let host = try await project.run()
        let follower = try project.start("logs", "talker", "-f", "--json", "--level", "warn")
        let first = try await Self.lines(of: follower, project, atLeast: 2)
        let more = try await Self.lines(of: follower, project, atLeast: first.count + 2)
        let evens = more.compactMap { $0["message"]?.stringValue }.compactMap { Int($0.dropFirst("even ".count)) }
        #expect(
            evens == Array(stride(from: evens[0], through: evens[0] + 2 * (evens.count - 1), by: 2)), "no gap: \(evens)"
        )
        #expect(more.allSatisfy { $0["daemon"] == .string("talker") && $0["level"] == .string("warn") })
        follower.killAndReap()
        #expect(try await host.stop() == .exited(0))
        let found = try await project.command("logs", "--grep", "WORD 3 OF", "--json")
        #expect(found.output.split(separator: "\n").count == 1, "\(found)")
        #expect(found.output.contains("\"message\":\"word 3 of many\""))
        #expect(try await project.command("logs", "talker", "-n", "3").output.split(separator: "\n").count == 3)
        #expect(try await project.command("logs", "--since", "2099-01-01").output.isEmpty)
        #expect(!(try await project.command("logs", "--since", "10m").output.isEmpty))
    }

    /// The follower's lines so far, once there are as many as wanted.
    private static func lines(
        of follower: ChildProcess, _ project: HostedProject, atLeast count: Int
    ) async throws -> [Value] {
        try await wait(for: "\(count) lines of a follower") {
            let text = try HostedProject.read(follower.outputPath)
            guard let end = text.lastIndex(of: "\n") else { return nil }
            let lines = text[..<end].split(separator: "\n").compactMap { try? JSON.decode(Array($0.utf8)) }
            return lines.count >= count ? lines : nil
        }
    }

    @Test("colour is for terminals only, and NO_COLOR is honoured there", arguments: [false, true])
    func colour(isForbidden: Bool) async throws {
        let project = try HostedProject(["one": Self.quiet])
        #expect(try await project.command("migrate").status == 0)
        let host = try await project.run()
        try await project.status(.running, of: "one")
        let terminal = try Terminal()
        let variables = isForbidden ? ["NO_COLOR": "1", "TERM": "xterm"] : ["TERM": "xterm"]
        let process = try project.start("status", environment: variables, output: .descriptor(terminal.line))
        #expect(try await wait(for: "the end of status") { process.ending() } == .exited(0))
        let shown = terminal.text()
        #expect(shown.contains("one") && shown.contains("running"))
        #expect(shown.contains("\u{1B}[") == !isForbidden, "\(shown)")
        #expect(!(try await project.command("status").output.contains("\u{1B}")), "no colour in a file")
        #expect(try await host.stop() == .exited(0))
    }

    @Test("run says in plain lines what it hosts and where; with --quiet it says only what is wrong")
    func readableLines() async throws {
        let project = try HostedProject(["fine": Self.quiet, "bad": "this is no Lua"])
        let host = try project.launch([])
        try await project.status(.running, of: "fine")
        try await project.status(.failed, of: "bad")
        #expect(try await host.stop() == .exited(0))
        for expected in ["hosts 2 daemons", project.folder.path, project.folder.database, "fine", "scripts/bad.lua:1"] {
            #expect(host.text.contains(expected), "\(expected) is not in: \(host.text)")
        }
        #expect(!host.text.contains("{\"at\"") && !host.text.contains("\u{1B}"))
        let quiet = try project.launch(["--quiet"])
        try await wait(for: "the quiet host's complaint") { quiet.text.contains("scripts/bad.lua:1") ? true : nil }
        try await project.status(.running, of: "fine")
        #expect(try await quiet.stop() == .exited(0))
        #expect(quiet.text.contains("scripts/bad.lua:1") && !quiet.text.contains("fine"), "\(quiet.text)")
    }

    @Test("a reader that goes away ends a command, and does not end or block the host")
    func closedPipes() async throws {
        let project = try HostedProject([
            "loud": """
            local d = { every = 0.01, policy = { log_rate = 100000, log_burst = 100000 } }
            function d:run_step() for i = 1, 100 do lunad.log.info("line " .. i) end end
            return d
            """
        ])
        let pipe = try Pipe()
        let host = try project.launch([], errors: .descriptor(pipe.writing))
        pipe.closeReading()
        pipe.closeWriting()
        try await project.steps(20, of: "loud")
        let reader = try Pipe()
        let logs = try project.start("logs", "-f", output: .descriptor(reader.writing))
        reader.closeWriting()
        reader.closeReading()
        let ending = try await wait(for: "the end of a follower whose reader has gone") { logs.ending() }
        #expect(ending == .killed(SIGPIPE) || ending == .exited(0) || ending == .exited(1))
        let steps = try #require(try project.shown("steps", of: "loud").flatMap { Int($0) })
        try await project.steps(steps + 20, of: "loud")
        #expect(try await host.stop() == .exited(0))
    }

    @Test("a host whose output nobody reads goes on")
    func blockedPipe() async throws {
        let project = try HostedProject([
            "loud": """
            local d = { every = 0.01, policy = { log_rate = 100000, log_burst = 100000 } }
            function d:run_step() for i = 1, 100 do lunad.log.info("line " .. i) end end
            return d
            """
        ])
        let pipe = try Pipe()
        let host = try project.launch([], errors: .descriptor(pipe.writing))
        pipe.closeWriting()
        try await project.steps(50, of: "loud")
        #expect(try await host.stop() == .exited(0))
        pipe.closeReading()
    }
}
