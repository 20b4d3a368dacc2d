import Model
import Testing

@testable import LuaSyntax

@Suite("What check knows of a script's mistakes") struct CheckRuleTests {
    private static let names = ProjectNames(
        jobTypes: ["sha256": ["path"], "free": nil as Set<String>?], modules: ["proc", "pl", "pl.List"])

    private func check(_ source: String, names: ProjectNames = names) -> [Finding] {
        ScriptChecker(functions: LunadAPI.functions, names: names).check(Array(source.utf8), file: "x.lua")
    }

    private func told(_ source: String) -> String {
        check(source).map { "\($0.place) \($0.code.rawValue): \($0.message)" }.joined(separator: "|")
    }

    @Test(
        "a call's options, job types, arguments and modules are compared with what there is",
        arguments: [
            (
                "lunad.jobs.launch('sha256', {}, { monitr = true })",
                "x.lua:1:35 unknown-option: lunad.jobs.launch has no option 'monitr'; did you mean 'monitor'?"
            ),
            (
                "lunad.jobs.launch('sha256', {}, { monitor = 'yes' })",
                "x.lua:1:45 wrong-argument: option 'monitor' of lunad.jobs.launch must be a boolean, not a string"
            ),
            (
                "lunad.jobs.launch('sha256', {}, { on_conflict = 'replce' })",
                "x.lua:1:49 wrong-argument: option 'on_conflict' of lunad.jobs.launch must be one of "
                    + "\"existing\", \"replace\", \"refuse\", not \"replce\""
            ),
            (
                "lunad.exec({ 'ls' }, { 5 })",
                "x.lua:1:24 unknown-option: the options of lunad.exec have names: NAME = value"
            ),
            (
                "lunad.jobs.find({ ['stats'] = 'failed' })",
                "x.lua:1:20 unknown-option: lunad.jobs.find has no option 'stats'; did you mean 'status'?"
            ),
            (
                "lunad.jobs.launch('sha265')",
                "x.lua:1:19 unknown-job-type: there is no job type 'sha265' (scripts/jobs/sha265.lua); "
                    + "did you mean 'sha256'?"
            ),
            (
                "lunad.session(function(db) db:launch('nothing') end)",
                "x.lua:1:38 unknown-job-type: there is no job type 'nothing' (scripts/jobs/nothing.lua)"
            ),
            (
                "lunad.jobs.launch('sha256', { pth = 'x' })",
                "x.lua:1:31 unknown-option: the job type 'sha256' has no argument 'pth'; did you mean 'path'?"
            ),
            (
                "local p = require 'prc' return p",
                "x.lua:1:19 unknown-module: there is no module 'prc' (scripts/lib/prc.lua); did you mean 'proc'?"
            ),
        ])
    func comparisons(source: String, expected: String) {
        #expect(told(source) == expected)
    }

    @Test(
        "what the project has, or may do without, is not doubted",
        arguments: [
            "lunad.jobs.launch('free', { anything = 1 }, { delay = 1.5, tags = { 'a' }, key = 'k', attempts = nil })",
            "local name = 'monitor' lunad.jobs.launch('sha256', { path = 'x' }, { [name] = true })",
            "local options = { monitr = true } lunad.jobs.launch('sha256', {}, options)",
            "local types = { 'a' } lunad.jobs.launch(types[1])",
            "return require 'pl.List', require 'pl', require 'string', require('lunad')",
            "local ok, lfs = pcall(require, 'lfs') return ok and lfs",
            "local ok, lfs = pcall(function() return require 'lfs' end) return ok and lfs",
            "local function require(name) return name end return require 'lfs'",
        ])
    func known(source: String) {
        #expect(told(source) == "")
    }

    @Test("without a project no job type or module is doubted")
    func noProject() {
        #expect(check("lunad.jobs.launch('a') return require 'b'", names: ProjectNames()).isEmpty)
    }

    @Test(
        "what is never reached, or hides another, or is never called, is told once",
        arguments: [
            ("do return end print(1) print(2)", "x.lua:1:15 unreachable: this is never reached"),
            ("while true do break print(1) end", "x.lua:1:21 unreachable: this is never reached"),
            ("error('x') print(1)", "x.lua:1:12 unreachable: this is never reached"),
            ("lunad.fail('x') print(1)", "x.lua:1:17 unreachable: this is never reached"),
            (
                "local function f(x) if x then return 1 else error('x') end print(2) end return f",
                "x.lua:1:60 unreachable: this is never reached"
            ),
            ("local function f() end", "x.lua:1:16 unused-function: unused function 'f'"),
            ("local function f() return f() end", "x.lua:1:16 unused-function: unused function 'f'"),
            (
                "local result if lunad.stopping() then local result = 1 print(result) end return result",
                "x.lua:1:45 hidden-local: this 'result' hides the one of line 1, which is read but never gets a value; "
                    + "leave out 'local' to set that one"
            ),
        ])
    func misleading(source: String, expected: String) {
        #expect(told(source) == expected)
    }

    @Test(
        "ordinary Lua is left alone",
        arguments: [
            "local function f(x) if x then return 1 end error('x') end return f",
            "local function f() error('x') return nil end return f",
            "for i = 1, 3 do if i == 2 then goto continue end print(i) ::continue:: end",
            "for i = 1, 3 do do goto continue end ::continue:: print(i) end",
            "local error = print error('x') print(1)",
            "local a local function b() return a() end function a() return b() end return a",
            "local function g() return 1 end local function f() return g() end return f",
            "local x if lunad.stopping() then x = 1 end do local x = 2 print(x) end return x",
            "local x = 1 do local x = 2 print(x) end return x",
            "local unpack = unpack or table.unpack return unpack",
            "local text = jit and jit.version or 'none' return text",
            "if not bit32 then print('none') else print(bit32.band(1, 2)) end",
            "local function visit(node, seen) seen = seen or {} seen[node] = true return seen end return visit",
            "local t = setmetatable({}, { __index = function(t, k) local v = k * 2 rawset(t, k, v) return v end }) return t[1]",
            "local M = {} M.__index = M function M.new(...) return setmetatable({ ... }, M) end return M",
            "local s = 0 for _, v in ipairs({ 1, 2 }) do s = s + v end return s",
            "local a, b = 1 return a, b",
        ])
    func ordinary(source: String) {
        #expect(told(source) == "")
    }

    // MARK: Config

    private func unused(_ method: String) -> [String] {
        let source = """
            local d = { config = { folder = { type = "string" }, size = { type = "integer" } } }
            \(method)
            return d
            """
        return check(source).filter { $0.code == .unusedConfig }.map(\.description)
    }

    @Test("a config key that is never read is noted at its declaration")
    func unusedConfig() {
        let size = "x.lua:1:54: note: config key 'size' is declared, but this script never reads it"
        #expect(unused("function d:run_step() print(self.config.folder) end") == [size])
        #expect(unused("function d:run_step() local c = self.config print(c.folder) end") == [size])
        #expect(
            unused("local function f(c) return c.folder end function d:run_step() f(self.config) end") == [size])
        #expect(
            unused("local function f(self) return self.config.folder end function d:run_step() f(self) end") == [size])
    }

    @Test(
        "once the whole config is handed on, no key is said to be unread",
        arguments: [
            "function d:run_step() lunad.log.info('x', self.config) end",
            "function d:run_step() for k in pairs(self.config) do print(k) end end",
            "function d:run_step() local k = 'size' print(self.config[k]) end",
            "function d:run_step() require('proc').f(self) end",
            "function d:run_step() require('proc').f(self.config) end",
            "local function f(c) print(c) end function d:run_step() f(self.config) end",
            "local function f(c, k) return c[k] end function d:run_step() f(self.config, 'size') end",
            "local function f(self) print(self.config) end function d:run_step() f(self) end",
            "function d:run_step() local c = self.config return function() return c end end",
            "function d:run_step() self.state.c = self.config end",
            "function d:run_step() print(self.config.folder, self.config['size']) end",
        ])
    func configOutOfSight(method: String) {
        #expect(unused(method) == [])
    }

    @Test("a key that allow stands on is read")
    func allowed() {
        let source = "return { config = { folder = {} }, allow = { fs = { '$folder/in' } } }"
        #expect(check(source).isEmpty)
    }

    // MARK: Comments

    @Test("a comment silences its line, the next line when it stands alone, or one kind of finding")
    func ignored() {
        #expect(told("local a = 1 -- lunad: ignore") == "")
        #expect(told("-- lunad: ignore\nlocal a = 1") == "")
        #expect(told("local a = 1 --lunad: ignore unused-local, unreachable") == "")
        #expect(told("local a = 1 -- lunad: ignore unused-local (kept for the reader)") == "")
        #expect(told("local a = 1 -- lunad: ignore unreachable") == "x.lua:1:7 unused-local: unused local 'a'")
        #expect(told("-- lunad: ignore\n\nlocal a = 1") == "x.lua:3:7 unused-local: unused local 'a'")
        #expect(told("local a = '-- lunad: ignore'") == "x.lua:1:7 unused-local: unused local 'a'")
    }

    @Test("a comment that says nothing known is told, and a syntax error cannot be silenced")
    func mistaken() {
        #expect(
            told("print(1) -- lunad: ignore unused-locals")
                == "x.lua:1:10 unknown-code: there is no kind of finding 'unused-locals' (did you mean \"unused-local\"?)"
        )
        #expect(
            told("print(1) -- lunad: ignroe")
                == "x.lua:1:10 unknown-code: 'ignroe' is nothing to tell lunad (did you mean \"ignore\"?)")
        #expect(told("x = = 1 -- lunad: ignore") == "x.lua:1:5 syntax: unexpected symbol near '='")
    }

    @Test("every kind of finding has a name of its own, in small letters")
    func codes() {
        let names = Finding.Code.allCases.map(\.rawValue)
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0.allSatisfy { $0.isLowercase || $0 == "-" } })
    }
}
