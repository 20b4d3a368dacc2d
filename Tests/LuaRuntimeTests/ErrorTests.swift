import LuaRuntime
import Model
import Testing

/// What the host learns of a failure.
@Suite struct ErrorTests {
    private func levels(_ failure: LuaFailure) -> [String] {
        failure.traceback.split(separator: "\n").map { $0.trimmingPrefix("\t").description }
    }

    @Test("a runtime error carries message, file, line and a traceback with Lua names")
    func runtime() throws {
        let scene = try LuaScene()
        let failure = try scene.failure(
            """
            local function inner(t) return t.x.y end
            function outer(t)
              local r = inner(t)
              return r
            end
            outer({})
            """)
        #expect(failure.kind == .runtime)
        #expect(failure.message == "scripts/test.lua:1: attempt to index a nil value (field 'x')")
        #expect(failure.file == "scripts/test.lua")
        #expect(failure.line == 1)
        #expect(
            levels(failure) == [
                "stack traceback:", "scripts/test.lua:1: in upvalue 'inner'", "scripts/test.lua:3: in global 'outer'",
                "scripts/test.lua:6: in hook 'run'",
            ])
        #expect(failure.value == nil)
    }

    @Test("a syntax error carries file and line")
    func syntax() throws {
        let scene = try LuaScene()
        let failure = try scene.failure(of: scene.load("local x = 1\nx = = 2"))
        #expect(failure.kind == .syntax)
        #expect(failure.message == "scripts/test.lua:2: unexpected symbol near '='")
        #expect(failure.line == 2)
    }

    @Test("an error while a script loads says where")
    func loading() throws {
        let scene = try LuaScene()
        let failure = try scene.failure(of: scene.load("\n\nlocal x = nil + 1"))
        #expect(failure.kind == .runtime)
        #expect(failure.message == "scripts/test.lua:3: attempt to perform arithmetic on a nil value")
        #expect(levels(failure).last == "scripts/test.lua:3: in main chunk")
    }

    @Test("an error raised again by pcall keeps its message")
    func rethrown() throws {
        let scene = try LuaScene()
        let failure = try scene.failure("\nlocal ok, e = pcall(function()\nerror('first') end)\nerror(e, 0)")
        #expect(failure.message == "scripts/test.lua:3: first")
        #expect(failure.line == 3)
        #expect(levels(failure).contains("scripts/test.lua:4: in hook 'run'"))
    }

    @Test("an error out of coroutine.wrap keeps the traceback of where it was raised")
    func coroutines() throws {
        let scene = try LuaScene()
        let failure = try scene.failure(
            """
            local function deep() local x = nil; x() end
            local co = coroutine.wrap(function() local y = deep() return y end)
            local z = co()
            """)
        #expect(failure.message == "scripts/test.lua:3: scripts/test.lua:1: attempt to call a nil value (local 'x')")
        #expect(
            levels(failure) == [
                "stack traceback:", "scripts/test.lua:1: in upvalue 'deep'",
                "scripts/test.lua:2: in function <scripts/test.lua:2>",
                "(coroutine)", "[C]: in local 'co'", "scripts/test.lua:3: in hook 'run'",
            ])
    }

    @Test("the traceback is that of the error, not of an earlier one that was caught")
    func laterError() throws {
        let scene = try LuaScene()
        let failure = try scene.failure(
            """
            for i = 1, 1000 do pcall(coroutine.wrap(function() error('early' .. i) end)) end
            collectgarbage()
            local t = {} for i = 1, 1000 do t[i] = 'filler' .. i end
            error('late')
            """)
        #expect(failure.message == "scripts/test.lua:4: late")
        #expect(levels(failure).contains("scripts/test.lua:4: in hook 'run'"))
        #expect(!failure.traceback.contains("scripts/test.lua:1:"))
    }

    @Test("a deep stack is shown by its two ends")
    func deep() throws {
        let scene = try LuaScene()
        let failure = try scene.failure(
            "local function f(n) if n == 0 then error('deep') end f(n - 1) return n end\nf(10000)")
        let levels = levels(failure)
        #expect(levels.count == 24)
        #expect(levels.contains { $0.hasSuffix("levels left out)") })
        #expect(levels.last == "scripts/test.lua:2: in hook 'run'")
    }

    @Test(
        "error values of every kind reach the host",
        arguments: [
            ("error({code = 5, why = {1}})", "(error object is a table value)", ["code": 5, "why": [1]]),
            (
                "error(setmetatable({code = 5}, {__tostring = function(e) return 'code ' .. e.code end}))", "code 5",
                ["code": 5]
            ),
            ("error({f = print})", "(error object is a table value)", nil),
            ("error('plain', 0)", "plain", nil), ("error()", "nil", nil), ("error(42)", "42", nil),
            ("error(true)", "true", nil),
            (
                "error(setmetatable({}, {__tostring = function() return {} end}))",
                "(the error object cannot be shown)", nil
            ),
            (
                "error(setmetatable({}, {__tostring = function() error('again') end}))",
                "(the error object cannot be shown)", nil
            ),
            ("error('\\255')", "scripts/test.lua:1: \u{FFFD}", nil),
            ("local t = {} t.t = t error(t)", "(error object is a table value)", nil),
        ] as [(String, String, Value?)])
    func values(body: String, message: String, value: Value?) throws {
        let scene = try LuaScene()
        let failure = try scene.failure(body)
        #expect(failure.message == message)
        #expect(failure.value?.sorted == value)
        #expect(failure.kind == .runtime)
        scene.expectNextHookWorks()
    }

    @Test("a failed hook closes its variables, and their errors change nothing")
    func closing() throws {
        let scene = try LuaScene()
        let failure = try scene.failure(
            """
            local function closer(name) return setmetatable({}, {__close = function(_, e) lunad.log.info(name .. ' ' .. e) error(name) end}) end
            local a <close> = closer('a')
            local b <close> = closer('b')
            error('x', 0)
            """)
        #expect(failure.message == "x")
        #expect(scene.calls.map(\.arguments) == [["b x"], ["a scripts/test.lua:1: b"]])
        scene.expectNextHookWorks()
    }

    @Test("xpcall's handler gets the error and gives the result")
    func xpcall() throws {
        let scene = try LuaScene()
        #expect(scene.values("return xpcall(function(a, b) return a + b end, print, 1, 2)") == [true, 3])
        #expect(scene.values("return xpcall(error, function(e) return e .. '!' end, 'x')") == [false, "x!"])
        #expect(
            scene.values("return xpcall(function() local x = nil; x() end, function(e) return e end)")
                == [false, "scripts/test.lua:1: attempt to call a nil value (local 'x')"])
        #expect(scene.values("return (xpcall(error, function(e) error(e) end, 'x'))") == [false])
        #expect(
            try scene.failure("xpcall(print)").message
                == "scripts/test.lua:1: bad argument #2 to 'xpcall' (function expected, got no value)")
        #expect(scene.values("return pcall(pcall)") == [false, "bad argument #1 to 'pcall' (value expected)"])
    }
}
