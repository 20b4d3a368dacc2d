import Model
import Testing

@Suite("describe, it and their kin")
struct SuiteTests {
    private func results(_ text: String, filter: String? = nil, timeout: Duration = .seconds(20)) async throws
        -> [ScriptTestResult]
    {
        try await ScriptProject().test(text, filter: filter, timeout: timeout)
    }

    @Test("tests bear the names of the blocks around them, and the line at which they stand")
    func names() async throws {
        let results = try await results(
            "describe('outer', function()\n  describe('inner', function()\n    it('one', function() end)\n  end)\nend)\n"
                + "it('two', function() end)")
        #expect(results.map(\.names) == [["outer", "inner", "one"], ["two"]])
        #expect(results.map(\.line) == [3, 6])
        #expect(results.map(\.file) == ["scripts/tests/it_test.lua", "scripts/tests/it_test.lua"])
        #expect(results.allSatisfy { $0.outcome == .passed })
    }

    @Test("what is to be done around a test is done outside in before it, and inside out after it, also when it fails")
    func order() async throws {
        let results = try await results(
            """
            local done = {}
            local function note(what) return function() done[#done + 1] = what end end
            describe("a", function()
              setup(note("setup")) teardown(note("teardown"))
              before_each(note("before a")) after_each(note("after a"))
              describe("b", function()
                before_each(note("before b")) after_each(note("after b"))
                it("fails", function() error("on purpose") end)
                it("passes", note("body"))
              end)
            end)
            it("sees", function()
              assert.equal("setup,before a,before b,after b,after a,before a,before b,body,after b,after a,teardown",
                table.concat(done, ","))
            end)
            """)
        #expect(results.map(\.said) == ["on purpose", "passed", "passed"])
    }

    @Test("a test without a body, and one that says so, are pending with their reasons")
    func pending() async throws {
        let results = try await results(
            "it('a')\npending('b', 'no time')\nit('c', function() pending('not here') error('never') end)")
        #expect(results.map(\.said) == ["pending", "pending: no time", "pending: not here"])
    }

    @Test("a test that does not end is interrupted, and the next goes on")
    func runaway() async throws {
        let results = try await results(
            """
            it("loops", function()
              pcall(function() while true do end end)
            end)
            it("searches", function() string.find(("a"):rep(100000), (".-"):rep(60) .. "b") end)
            it("goes on", function() assert.is_true(true) end)
            """, timeout: .milliseconds(300))
        #expect(results[0].said == "it took more than 0.3 s: it was still computing")
        #expect(results[0].failure?.place == "scripts/tests/it_test.lua:2")
        #expect(results[1].said.contains("it took more than 0.3 s"))
        #expect(results[2].said == "passed")
    }

    @Test("a test that takes all memory fails alone")
    func memory() async throws {
        let results = try await results(
            "it('takes', function() local t = {} while true do t[#t + 1] = ('x'):rep(1 << 22) .. #t end end)\n"
                + "it('goes on', function() end)")
        #expect(results[0].said.contains("more memory than its limit"))
        #expect(results[1].said == "passed")
    }

    @Test("an error tells its line; one from deeper down also how it came there")
    func places() async throws {
        let results = try await results(
            """
            local function deep() error("deep down") end
            it("a", function()
              local nothing
              nothing.x = 1
            end)
            it("b", function()
              deep()
              deep()
            end)
            """)
        #expect(results[0].failure?.place == "scripts/tests/it_test.lua:4")
        #expect(results[0].failure?.traceback == "")
        #expect(results[1].failure?.place == "scripts/tests/it_test.lua:1")
        #expect(results[1].failure?.traceback.contains("scripts/tests/it_test.lua:7:") == true)
        #expect(results[1].failure?.traceback.contains("lunad.test") == false)
    }

    @Test("a file that does not load is a failure with its line, and the other files run")
    func broken() async throws {
        let project = try ScriptProject()
        try project.write("it('a', function()\nend", to: "scripts/tests/a_test.lua")
        try project.write("it('b', function() end)", to: "scripts/tests/b_test.lua")
        try project.write("error('not a test')", to: "scripts/tests/helper.lua")
        let results = try await project.run(ScriptTestOptions())
        #expect(results.map(\.file) == ["scripts/tests/a_test.lua", "scripts/tests/b_test.lua"])
        #expect(results[0].failure?.place == "scripts/tests/a_test.lua:2")
        #expect(results[0].said.contains("')' expected"))
        #expect(results[1].said == "passed")
    }

    @Test("only tests with the wanted text in their full name run")
    func filter() async throws {
        let text = "describe('Inbox', function() it('reads', function() end) it('writes', function() end) end)"
        #expect(try await results(text, filter: "inbox WR").map(\.name) == ["Inbox writes"])
        await #expect(throws: HostError(.io, "no test has 'outbox' in its name (1 file read)")) {
            _ = try await results(text, filter: "outbox")
        }
    }

    @Test("that there is nothing to test is said")
    func nothing() async throws {
        let project = try ScriptProject()
        await #expect(throws: HostError(.io, "there are no tests: write some to scripts/tests/NAME_test.lua")) {
            _ = try await project.run(ScriptTestOptions())
        }
        await #expect(throws: HostError(.io, "the files hold no test (1 file read)")) { try await project.test("") }
        await #expect(throws: HostError(.io, "there is no nowhere_test.lua")) {
            _ = try await project.run(ScriptTestOptions(paths: ["nowhere_test.lua"]))
        }
    }

    @Test("files share nothing but what is in scripts/lib, and a test has the sandbox of a script")
    func isolation() async throws {
        let project = try ScriptProject(modules: ["twice": "return function(n) return 2 * n end"])
        try project.write(
            "leaked = 1 it('a', function() assert.equal(4, require('twice')(2)) end)", to: "scripts/tests/a_test.lua")
        try project.write(
            "it('b', function() assert.is_nil(leaked) assert.is_nil(io) assert.is_nil(debug) assert.is_nil(os.execute) end)",
            to: "scripts/tests/b_test.lua")
        #expect(try await project.run(ScriptTestOptions()).map(\.said) == ["passed", "passed"])
    }
}
