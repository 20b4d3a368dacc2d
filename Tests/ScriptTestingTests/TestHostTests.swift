import Glibc
import Model
import Platform
import Testing

@Suite("the host of a test")
struct TestHostTests {
    private static let counter = """
        local counter = { every = 1, state = { count = 0 }, config = { by = { type = "integer", default = 1, max = 9 } } }
        function counter:run_step() self.state.count = self.state.count + self.config.by end
        function counter:on_stop(reason) lunad.log.info("bye", { reason = reason }) end
        return counter
        """

    @Test("minutes at a step a second pass at once, each step at its own moment")
    func hour() async throws {
        let project = try ScriptProject(daemons: ["counter": Self.counter])
        try await project.expect(
            """
            local counter = host:start("counter")
            assert.equal(1, counter:state().count)
            host:advance(0.5)
            assert.equal(1, counter:state().count)
            host:advance(599.5)
            assert.equal(601, counter:status().steps)
            assert.equal(601, counter:state().count)
            assert.equal(1893456000 + 600, host:now())
            """)
    }

    @Test("only what the test starts runs, with the config that it gives; another instance has its own")
    func daemons() async throws {
        let project = try ScriptProject(daemons: ["counter": Self.counter, "other": Self.counter])
        try await project.expect(
            """
            local counter = host:start("counter", { by = 3 })
            local second = host:start("second", { by = 5 }, { script = "counter" })
            host:advance(1)
            assert.same({ count = 6 }, counter:state())
            assert.same({ count = 10 }, second:state())
            assert.equal("stopped", host:daemon("other"):status().status)
            assert.equal(3, #host:daemons())
            assert.same({ by = 4 }, counter:config({ by = 4 }))
            host:advance(1)
            assert.is_true(counter:state().count >= 10)
            counter:stop()
            assert.equal("stopped", counter:status().status)
            assert.equal(2, #counter:logs("bye"), "once for the new config, once now")
            counter:start()
            assert.equal("running", counter:status().status)
            """)
    }

    @Test("step comes to the next step, also between two milliseconds, and after a failure to the next try")
    func steps() async throws {
        let project = try ScriptProject(daemons: [
            "third":
                "return { every = 1 / 3, state = { n = 0 }, run_step = function(self) self.state.n = self.state.n + 1 end }",
            "bad": "return { every = 1, run_step = function() error('no') end }",
        ])
        try await project.expect(
            """
            local third, bad = host:start("third"), host:start("bad")
            for n = 2, 10 do
              third:step()
              assert.equal(n, third:state().n)
            end
            bad:wake()
            assert.is_true(bad:status().errors >= 2)
            third:stop()
            assert.error_matches(function() third:step() end, "third has no next step: it is stopped")
            """)
    }

    @Test("another text of the script takes over with the state, a bad one is refused, and there is a way back")
    func swap() async throws {
        let project = try ScriptProject(daemons: ["counter": Self.counter])
        try await project.expect(
            """
            local counter = host:start("counter")
            host:advance(3)
            counter:swap([[return { every = 1, state = { count = 0 }, on_swap = function(self, old)
              self.state = { count = old.count * 1000 } end,
              run_step = function(self) self.state.count = self.state.count + 1 end }]])
            host:advance(1)
            assert.equal(4001, counter:state().count)
            assert.equal(2, counter:status().generation)
            assert.error_matches(function() counter:swap("return {") end, "unexpected symbol")
            host:advance(60)
            assert.equal(4061, counter:state().count)
            counter:rollback()
            host:advance(1)
            assert.equal("running", counter:status().status)
            assert.equal(4062, counter:state().count)
            """)
    }

    @Test("what is wrong with a start is an error at its line")
    func badStarts() async throws {
        let project = try ScriptProject(daemons: ["counter": Self.counter, "bad": "return {"])
        let results = try await project.test(
            """
            it("name", function() lunad.test.host():start("conter") end)
            it("key", function() lunad.test.host():start("counter", { bi = 1 }) end)
            it("value", function() lunad.test.host():start("counter", { by = 10 }) end)
            it("type", function() lunad.test.host():start(7) end)
            it("load", function()
              local bad = lunad.test.host():start("bad")
              assert.equal("failed", bad:status().status)
              assert.equal(1, #bad:logs({ level = "error", text = "unexpected symbol" }) - 1)
            end)
            """)
        #expect(results[0].said == "there is no daemon 'conter'; did you mean 'counter'?")
        #expect(results[0].failure?.place == "scripts/tests/it_test.lua:1")
        #expect(results[1].said.contains("bi is not a config key"))
        #expect(results[2].said.contains("by is 10"))
        #expect(results[3].said == "the daemon's name must be a string, not number")
        #expect(results[4].said == "passed")
    }

    @Test("the next host call of a name fails with the given message, so often as it is told, for whom it is told")
    func faults() async throws {
        let script = """
            return { every = 1, allow = { fs = { "." } }, state = { good = 0 }, policy = { max_errors = 100 },
              run_step = function(self)
                lunad.session(function() self.state.good = self.state.good + 1 end)
                lunad.fs.list(".")
              end }
            """
        let project = try ScriptProject(daemons: ["a": script, "b": script])
        try await project.expect(
            """
            local a, b = host:start("a"), host:start("b")
            host:fail("fs.list", "no such disk", { daemon = "a" })
            host:advance(1)
            assert.equal("backing_off", a:status().status)
            assert.is_true(#a:logs("no such disk") > 0)
            assert.equal("running", b:status().status)
            host:advance(5)
            assert.equal("running", a:status().status)
            host:fail("session", "locked", { always = true })
            local before = b:state().good
            host:advance(30)
            assert.equal(before, b:state().good)
            host:mend()
            host:advance(120)
            assert.is_true(b:state().good > before)
            host:fail("commit", "full", { daemon = "b", times = 1 })
            before = b:status().errors
            host:advance(2)
            assert.equal(before + 1, b:status().errors)
            assert.has_error(function() host:fail("fs.lits", "x") end,
              "there is no host call 'fs.lits' to fail (did you mean \\"fs.list\\"?)")
            """)
    }

    @Test("rows, migrations and time of day are there; the database is the test's own")
    func database() async throws {
        let project = try ScriptProject(
            daemons: ["counter": Self.counter],
            migrations: [
                "0100_things.sql":
                    "CREATE TABLE things (name TEXT, size INTEGER) STRICT; INSERT INTO things VALUES ('a', 1);"
            ])
        try await project.expect(
            """
            assert.equal(1, host:exec("INSERT INTO things VALUES (?, ?)", "b", nil))
            assert.equal(1, host:exec("INSERT INTO things VALUES (:name, :size)", { name = "c", size = 3 }))
            assert.same({ { name = "a", size = 1 }, { name = "b" }, { name = "c", size = 3 } },
              host:query("SELECT * FROM things ORDER BY name"))
            assert.error_matches(function() host:exec("DELETE FROM daemons") end, "daemons")
            assert.equal(1, #lunad.test.host():query("SELECT * FROM things"))
            assert.equal(0, lunad.test.host({ now = 0 }):now())
            assert.equal(1772355600, lunad.test.host({ now = "2026-03-01T09:00:00Z" }):now())
            """)
        #expect(try Files.facts(of: project.folder.runtime) == nil, "nothing is left in the project")
    }

    @Test("a cron line is followed by the test's own time of day")
    func cron() async throws {
        let cleaner = "return { every = '30 * * * *', run_step = function() lunad.log.info('cleaned') end }"
        let project = try ScriptProject(daemons: ["cleaner": cleaner])
        try await project.expect(
            """
            host = lunad.test.host({ now = "2026-03-01T00:25:00Z" })
            local cleaner = host:start("cleaner")
            host:advance(240)
            assert.equal(0, #cleaner:logs("cleaned"))
            host:advance(60)
            assert.equal(1, #cleaner:logs("cleaned"))
            cleaner:step(1)
            assert.equal("2026-03-01T02:30:00.000Z", cleaner:status().next_step_at)
            assert.equal(1772328600, host:now())
            """)
    }

    @Test("two runs of one test log the same, line for line")
    func determinism() async throws {
        let noisy = """
            return { every = 0.7, run_step = function(self) lunad.log.info("step") lunad.sleep(0.2)
              lunad.jobs.launch("short", {}, { monitor = true }) end,
              on_job = function(self, job) lunad.log.info("ended", { job = job.id }) end }
            """
        let project = try ScriptProject(
            daemons: ["a": noisy, "b": noisy, "c": noisy],
            jobs: ["short": "return { run = function(self, job) lunad.sleep(0.3) lunad.log.info('ran') end }"])
        let text = """
            it("x", function()
              local host = lunad.test.host()
              host:start("a") host:start("b") host:start("c")
              host:advance(20)
            end)
            """
        let first = try await project.test(text)[0].log
        #expect(first.count > 150)
        for _ in 0..<2 { #expect(try await project.test(text)[0].log.map(\.message) == first.map(\.message)) }
    }

    @Test("what a test leaves open is closed, and its folder is gone")
    func closing() async throws {
        let project = try ScriptProject(daemons: ["counter": Self.counter])
        let results = try await project.test(
            """
            local kept
            it("leaves", function()
              kept = lunad.test.host()
              kept:start("counter")
              lunad.log.info(kept:folder({ ["deep/a.txt"] = "x" }))
            end)
            it("finds it closed", function() kept:advance(1) end)
            """)
        #expect(results[0].said == "passed")
        #expect(results[1].said == "this host belongs to a test that has ended")
        let folder = try #require(results[0].log.first { $0.daemon == "test" }?.message)
        #expect(folder.hasSuffix("/folder-1"))
        #expect(try Files.facts(of: String(folder.dropLast("/folder-1".count))) == nil)
    }

    @Test("what a killed run of tests left behind is gone after the next")
    func leftovers() async throws {
        var child = pid_t()
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("true"), nil]
        defer { free(arguments[0]) }
        try #require(posix_spawnp(&child, "true", nil, nil, &arguments, nil) == 0)
        try #require(waitpid(child, nil, 0) == child)
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        let (left, own) = ("\(parent)/lunad-test-\(child)-abcdef", "\(parent)/lunad-test-\(getpid())-keepme")
        for folder in [left, own] { try Files.makeFolder(folder) }
        defer { rmdir(own) }
        try Files.write([1], to: left + "/file")
        try await ScriptProject().test("it('x', function() end)")
        #expect(try Files.facts(of: left) == nil)
        #expect(try Files.facts(of: own) != nil, "that of a process that lives stays")
    }

    @Test("a daemon that loops is interrupted with the test that waits for it")
    func runaway() async throws {
        let project = try ScriptProject(daemons: ["loop": "return { run_step = function() while true do end end }"])
        let results = try await project.test(
            "it('a', function() lunad.test.host():start('loop') end) it('b', function() end)",
            timeout: .milliseconds(400))
        #expect(results[0].said == "it took more than 0.4 s: its host was still at work")
        #expect(results[0].failure?.place == "scripts/tests/it_test.lua:1")
        #expect(results[1].said == "passed")
    }
}
