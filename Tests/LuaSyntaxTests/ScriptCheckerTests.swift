import Model
import Testing

@testable import LuaSyntax

@Suite struct ScriptCheckerTests {
    /// A small table with one function of each shape.
    static let functions = [
        APIFunction(
            "log.info", "Logs.",
            [.init("message", .string, "Text."), .init("fields", .table, optional: true, "Values.")]),
        APIFunction("log.error", "Logs.", [.init("message", .string, "Text.")]),
        APIFunction("now", "The time.", returns: "number: seconds"),
        APIFunction("sleep", "Waits.", [.init("seconds", .number, "How long.")], waits: true),
        APIFunction("fail", "Fails.", [.init("message", .string, "Why.")]),
        APIFunction("session", "Runs in a transaction.", [.init("fn", .function, "What to do.")], waits: true),
        APIFunction("db:query", "Reads.", statementParameters),
        APIFunction("db:exec", "Writes.", statementParameters),
        APIFunction("jobs.find", "Finds.", [.init("count", .integer, "How many.")]),
    ]

    private static let statementParameters: [APIFunction.Parameter] = [
        .init("sql", .string, "A statement."), .init("values", .variadic, "Bound."),
    ]

    private func check(_ source: String) -> [String] {
        ScriptChecker(functions: Self.functions).check(Array(source.utf8), file: "x.lua").map(\.description)
    }

    @Test("a clean daemon has no findings")
    func clean() {
        let source = """
            local helper = require "helper"
            local daemon = {
              every = 5,
              config = { folder = { type = "string", default = "/srv" }, ["batch size"] = { type = "integer" } },
              state = { seen = {} },
            }
            local log = lunad.log
            local function each(_, ...) return select("#", ...), string.format("%d", 1) end
            function daemon:on_start() log.info("start", { folder = self.config.folder, size = self.config["batch size"] }) end
            function daemon:run_step()
              local now <const> = lunad.now()
              lunad.session(function(db)
                for _, row in ipairs(db:query("SELECT 1 WHERE ? = ?", now, helper.two)) do self.state.seen[row] = true end
              end)
              goto done
              ::done::
              lunad.sleep(1.5)
              return each(1, 2)
            end
            return daemon
            """
        #expect(check(source) == [])
    }

    @Test(
        "each mistake is told with its place and what would be right",
        arguments: [
            ("prnt(1)", "x.lua:1:1: error: unknown global 'prnt'; did you mean 'print'?"),
            (
                "local y = io",
                "x.lua:1:7: warning: unused local 'y'|x.lua:1:11: error: unknown global 'io'; use lunad.fs"
            ),
            ("local f = unpack return f", "x.lua:1:11: error: unknown global 'unpack'; use table.unpack"),
            ("return string.fromat", "x.lua:1:15: error: unknown name 'string.fromat'; did you mean 'string.format'?"),
            ("return os.getenv", "x.lua:1:11: error: unknown name 'os.getenv'; declare a config key instead"),
            ("n = 1", "x.lua:1:1: warning: assignment to the global 'n'; declare it with 'local'"),
            ("function n() end n()", "x.lua:1:1: warning: assignment to the global 'n'; declare it with 'local'"),
            ("print = nil", "x.lua:1:1: warning: assignment replaces the built-in global 'print'"),
            ("lunad.log.inof('x')", "x.lua:1:11: error: unknown name 'lunad.log.inof'; did you mean 'lunad.log.info'?"),
            ("lunad['slep'](1)", "x.lua:1:6: error: unknown name 'lunad.slep'; did you mean 'lunad.sleep'?"),
            ("lunad.info('x')", "x.lua:1:7: error: unknown name 'lunad.info'; did you mean 'lunad.log.info'?"),
            ("lunad.log('x')", "x.lua:1:10: error: 'lunad.log' is a table, not a function"),
            ("lunad.log:info('x')", "x.lua:1:11: error: call it with a dot: lunad.log.info(…)"),
            ("lunad.now = 1", "x.lua:1:1: error: the lunad table is read-only"),
            ("function lunad.now() end", "x.lua:1:1: error: the lunad table is read-only"),
            ("lunad.sleep()", "x.lua:1:12: error: lunad.sleep needs argument 1 (seconds), a number"),
            ("lunad.now(1)", "x.lua:1:11: warning: lunad.now takes no arguments"),
            ("lunad.fail('a', 'b')", "x.lua:1:17: warning: lunad.fail takes at most 1 argument"),
            (
                "lunad.sleep({})",
                "x.lua:1:13: error: argument 1 (seconds) of lunad.sleep must be a number, not a table"
            ),
            (
                "lunad.jobs.find(1.5)",
                "x.lua:1:17: error: argument 1 (count) of lunad.jobs.find must be an integer, not a number"
            ),
            (
                "lunad.log.info(nil)",
                "x.lua:1:16: error: argument 1 (message) of lunad.log.info must be a string, not nil"
            ),
            (
                "local log = lunad.log log.eror('x')",
                "x.lua:1:27: error: unknown name 'lunad.log.eror'; did you mean 'lunad.log.error'?"
            ),
            (
                "lunad.session(function(db) db:qurey('SELECT 1') end)",
                "x.lua:1:31: error: a database handle has no method 'qurey'; did you mean 'query'?"
            ),
            (
                "lunad.session(function(db) db.query('SELECT 1') end)",
                "x.lua:1:31: error: 'query' is a method: write db:query(…)"
            ),
            (
                "lunad.session(function(db) db:exec() end)",
                "x.lua:1:31: error: db:exec needs argument 1 (sql), a string"
            ),
            (
                "lunad.session(function() lunad.sleep(1) end)",
                "x.lua:1:37: error: lunad.sleep waits, and nothing may wait inside a session: "
                    + "it holds the database's one writer"
            ),
            ("local unused = 1", "x.lua:1:7: warning: unused local 'unused'"),
            ("local set set = 1", "x.lua:1:7: warning: unused local 'set'"),
            ("local c <const> = 1 c = 2 return c", "x.lua:1:21: error: attempt to assign to const variable 'c'"),
            ("break", "x.lua:1:1: error: break outside a loop"),
            ("while true do local function f() break end f() end", "x.lua:1:34: error: break outside a loop"),
            ("goto nowhere", "x.lua:1:1: error: no visible label 'nowhere' for goto"),
            ("::a:: do ::a:: end", "x.lua:1:10: error: label 'a' already defined on line 1"),
            ("return { __gc = print }", "x.lua:1:10: error: a metatable with __gc is refused; use __close"),
            ("x = = 1", "x.lua:1:5: error: unexpected symbol near '='"),
        ])
    func finds(source: String, expected: String) {
        #expect(check(source).joined(separator: "|") == expected)
    }

    @Test(
        "what only looks like a mistake is left alone",
        arguments: [
            "local lunad = {} lunad.anything()",
            "local log = lunad.log log = { any = print } log.any()",
            "local _ENV = {} anything()",
            "lunad.sleep(table.unpack({ 1 }))", "lunad.sleep('1.5')", "lunad.log.info(12)", "lunad.log.info('x', nil)",
            "for _ = 1, 2 do end", "local _unused = 1", "local x <close> = nil",
            "local function fact(n) return n < 2 and 1 or n * fact(n - 1) end return fact",
            "repeat local done = true until done",
            "lunad.session(function(db) return function() lunad.sleep(1) end end)",
            "local d = { config = { [1 .. ''] = {} } } function d:run_step() return self.config.any end return d",
            "local d = { config = {} } d.config.x = {} function d:run_step() return self.config.x end return d",
            "local d = { config = require 'c' } function d:run_step() return self.config.any end return d",
            "local d = {} local o = {} function o:f() return self.config.x end return { d, o }",
        ])
    func leavesAlone(source: String) {
        #expect(check(source) == [])
    }

    @Test(
        "a config key that the same file does not declare is named",
        arguments: [
            "function d:run_step() return self.config.foldr end",
            "function d:run_step() local c = self.config; return c.foldr end",
            "function d:run_step() return self.config['foldr'] end",
            "d.run_step = function(self) return self.config.foldr end",
            "function d.run_step(self) return self.config.foldr end",
            "function d:run_step() return d.config.foldr end",
        ])
    func undeclaredConfig(method: String) throws {
        let source = "local d = { config = { folder = {} } }\n\(method)\nreturn d"
        let found = check(source)
        #expect(found.count == 1)
        let first = try #require(found.first)
        #expect(first.hasSuffix("error: config key 'foldr' is not declared; did you mean 'folder'?"))
    }

    @Test("a config key is checked in methods written inside the table, and config cannot be assigned to")
    func configInConstructor() {
        let source = """
            return {
              config = {},
              run_step = function(self) return self.config.a end,
              on_stop = function(self) self.config.a = 1 end,
            }
            """
        #expect(
            check(source) == [
                "x.lua:3:48: error: config key 'a' is not declared; declare it in the table's config",
                "x.lua:4:28: error: config is read-only in the script; keep what changes in self.state",
            ])
    }

    @Test("findings are bounded, and the rest is counted")
    func bounded() {
        let found = check(String(repeating: "lunad.nothing()\n", count: 1_000))
        #expect(found.count == ScriptChecker.maximumFindings + 1)
        #expect(found.last == "x.lua: error: 900 more findings not shown")
    }

    @Test("a file beyond the size limit is not read")
    func tooLarge() {
        let source = [UInt8](repeating: 0x20, count: ScriptChecker.maximumSourceBytes + 1)
        let found = ScriptChecker(functions: []).check(source, file: "x.lua")
        #expect(found.map(\.description) == ["x.lua: error: the file is larger than 4 MB, the limit for a script"])
    }
}
