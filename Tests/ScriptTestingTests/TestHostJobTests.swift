import Model
import Platform
import Testing

@Suite("jobs, programs, files and lives of a test's host")
struct TestHostJobTests {
    private static let keeper = """
        local keeper = { every = 60, state = { told = {} } }
        function keeper:run_step() lunad.jobs.launch("slow", {}, { monitor = true }) end
        function keeper:on_job(job) table.insert(self.state.told, job.status) end
        return keeper
        """
    private static let slow = "return { run = function(self, job) lunad.sleep(30) return { ok = true } end }"
    private static let hash = """
        return { args = { path = { type = "string", required = true } }, command = { "hasher", "{path}" }, attempts = 1 }
        """

    @Test("a daemon's jobs run, and it is told of their ends")
    func monitored() async throws {
        let project = try ScriptProject(daemons: ["keeper": Self.keeper], jobs: ["slow": Self.slow])
        try await project.expect(
            """
            local keeper = host:start("keeper")
            assert.equal("running", host:jobs()[1].status)
            host:advance(31)
            assert.same({ "completed" }, keeper:state().told)
            host:advance(90)
            assert.equal(3, #host:jobs({ type = "slow" }))
            assert.equal(1, #host:jobs({ status = "running" }))
            assert.same({ ok = true }, host:job(1).result)
            assert.is_true(#host:events("job") >= 5)
            """)
    }

    @Test("run_job lets time pass until the job has ended, retries and all")
    func runJob() async throws {
        let flaky = """
            return { attempts = 3, backoff = { base = 10, max = 60 }, run = function(self, job)
              if job.attempt < 3 then error("not yet") end
              return job.attempt
            end }
            """
        let project = try ScriptProject(jobs: ["flaky": flaky, "slow": Self.slow])
        try await project.expect(
            """
            local job = host:run_job("flaky")
            assert.equal("completed", job.status)
            assert.equal(3, job.result)
            assert.is_true(host:now() > 1893456000 + 20)
            assert.equal("failed", host:run_job("flaky", {}, { attempts = 2 }).status)
            assert.has_error(function() host:run_job("slow", {}, { within = 5 }) end, "job 3 (slow) is still running after 5 s")
            assert.error_matches(function() host:run_job("slwo") end, "did you mean")
            """)
    }

    @Test("the test answers for the programs that it names; others are refused unless they may run")
    func programs() async throws {
        let runner = """
            return { every = 10, allow = { exec = { "hasher", "echo" } }, state = {}, run_step = function(self)
              local result = lunad.exec({ "hasher", "-x" }, { stdin = "data" })
              self.state = { code = result.code, out = result.out, err = result.err }
            end }
            """
        let project = try ScriptProject(daemons: ["runner": runner], jobs: ["hash": Self.hash])
        try await project.expect(
            """
            local refused = host:run_job("hash", { path = "a" })
            assert.equal("failed", refused.status)
            assert.matches("host:program", refused.error)
            local calls = {}
            host:program("hasher", function(argv, stdin)
              calls[#calls + 1] = table.concat(argv, " ") .. "<" .. stdin
              return { exit = argv[2] == "-x" and 0 or 3, out = "abc", err = "oh" }
            end)
            local runner = host:start("runner")
            assert.same({ code = 0, out = "abc", err = "oh" }, runner:state())
            local job = host:run_job("hash", { path = "a" })
            assert.equal("failed", job.status)
            assert.matches("code 3: oh", job.error)
            assert.same({ "hasher -x<data", "hasher a<" }, calls)
            host:program("hasher", function() return { exit = 0, outt = "" } end)
            assert.error_matches(function() host:run_job("hash", { path = "b" }) end, "no field 'outt'")
            """)
    }

    @Test("an error in what answers for a program fails the test at its line")
    func brokenAnswer() async throws {
        let project = try ScriptProject(jobs: ["hash": Self.hash])
        let results = try await project.test(
            """
            it("x", function()
              local host = lunad.test.host()
              host:program("hasher", function(argv)
                assert.equal("b", argv[2])
              end)
              host:run_job("hash", { path = "a" })
            end)
            """)
        #expect(results[0].said == "the values are not equal\nexpected: \"b\"\ngot:      \"a\"")
        #expect(results[0].failure?.place == "scripts/tests/it_test.lua:4")
    }

    @Test("a program that may run does, and its end is waited for")
    func realPrograms() async throws {
        let cat = """
            return { args = { path = { type = "string" } }, command = { "cat", "{path}" }, attempts = 1 }
            """
        let project = try ScriptProject(jobs: ["cat": cat])
        try await project.expect(
            """
            host = lunad.test.host({ programs = true })
            host:write("deep/er.txt", "for real")
            assert.equal("for real", host:run_job("cat", { path = "deep/er.txt" }).result.out)
            assert.equal("failed", host:run_job("cat", { path = "nowhere" }).status)
            """)
    }

    @Test("files lie in a folder of the test's own, with times of its own clock")
    func files() async throws {
        let lister = """
            return { every = 10, config = { folder = { type = "string" } }, allow = { fs = { "$folder", "var" } }, state = {},
              run_step = function(self)
                self.state.names = lunad.fs.list(self.config.folder)
                self.state.modified = lunad.fs.stat(self.config.folder .. "/a.txt").modified
                lunad.fs.write("var/seen.txt", #self.state.names .. " files")
              end }
            """
        let project = try ScriptProject(daemons: ["lister": lister])
        try await project.expect(
            """
            local folder = host:folder({ ["a.txt"] = "hello", ["b/c.txt"] = "deep" })
            host:write("var/x", "")
            local lister = host:start("lister", { folder = folder })
            assert.same({ names = { "a.txt", "b" }, modified = host:now() }, lister:state())
            host:advance(5)
            host:write(folder .. "/a.txt", "changed")
            host:remove(folder .. "/b")
            host:advance(5)
            assert.same({ names = { "a.txt" }, modified = host:now() - 5 }, lister:state())
            assert.equal("1 files", host:read("var/seen.txt"))
            for _, path in ipairs({ "../x", "/etc/passwd", "scripts/x.lua", host.path .. "/../x" }) do
              assert.error_matches(function() host:write(path, "x") end, "not in the test's own folder")
            end
            """)
        #expect(try Files.facts(of: project.folder.path + "/var") == nil)
    }

    @Test("a crash loses nothing that was acknowledged, and a job in the middle runs again")
    func crash() async throws {
        let project = try ScriptProject(daemons: ["keeper": Self.keeper], jobs: ["slow": Self.slow])
        try await project.expect(
            """
            local keeper = host:start("keeper")
            host:advance(10)
            host:crash()
            assert.equal("running", keeper:status().status)
            host:advance(29)
            assert.same({}, keeper:state().told)
            host:advance(5)
            assert.is_true(#keeper:state().told >= 1)
            local told = #keeper:state().told
            host:restart()
            assert.equal("running", keeper:status().status)
            host:advance(120)
            assert.is_true(#keeper:state().told > told)
            host:stop()
            assert.equal("stopped", keeper:status().status)
            """)
    }
}
