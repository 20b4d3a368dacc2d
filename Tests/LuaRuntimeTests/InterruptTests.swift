import LuaRuntime
import Model
import Platform
import Testing

/// Promise: no construct of Lua swallows an interrupt.
@Suite struct InterruptTests {
    /// Runs the body, which never ends by itself, under a short timeout.
    private func expectTimeout(_ body: String, modules: [String: String] = [:]) throws {
        let scene = try LuaScene()
        scene.modules = modules
        scene.define(body)
        scene.state.setTimeout(.milliseconds(50))
        let clock = SystemClock()
        let start = clock.monotonic()
        let failure = try scene.failure(of: scene.settle(scene.state.call("run")))
        #expect(failure.kind == .interrupted(.stepTimeout), "\(failure)")
        #expect(clock.monotonic() - start < .seconds(10))
        #expect(failure.traceback.contains("scripts/"), "\(failure.traceback)")
        scene.state.setTimeout(.seconds(60))
        scene.expectNextHookWorks()
        scene.expectCleanClose()
    }

    @Test(
        "a loop around a protected call ends",
        arguments: [
            "while true do end",
            "while true do pcall(function() while true do end end) end",
            "while true do pcall(pcall, pcall, pcall, function() while true do end end) end",
            "while true do pcall(error) end",
            "while true do pcall(pcall, error, 'x') end",
            "local function f() pcall(f) pcall(f) return f() end f()",
            "local function f() pcall(f) while true do pcall(f) end end f()",
            "while true do xpcall(function() while true do end end, function() end) end",
            "while true do xpcall(error, function() while true do end end) end",
            "while true do xpcall(error, function(e) error(e) end) end",
            "while true do xpcall(error, function() coroutine.yield() end) end",
            "while true do xpcall(function() while true do end end, function() while true do pcall(error) end end) end",
            "local function h() while true do xpcall(error, h) end end xpcall(error, h)",
            "while true do pcall(setmetatable, {}, {__gc = function() end}) end",
            "while true do pcall(function() local t <const> = nil; return t.x end) end",
        ])
    func protectedCalls(body: String) throws { try expectTimeout(body) }

    @Test(
        "a loop in or around coroutines ends",
        arguments: [
            "while true do coroutine.wrap(function() while true do end end)() end",
            "while true do pcall(coroutine.wrap(function() while true do end end)) end",
            "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
            "local co = coroutine.wrap(function() while true do coroutine.yield() end end) while true do co() end",
            """
            local function f() return coroutine.resume(coroutine.create(function() pcall(f) while true do end end)) end
            while true do f() end
            """,
            """
            local function deep(n) if n == 0 then while true do end end
              while true do pcall(coroutine.wrap(deep), n - 1) end end
            deep(20)
            """,
            """
            while true do
              local co = coroutine.create(function() local x <close> = setmetatable({}, {__close = function() while true do end end})
                coroutine.yield() end)
              coroutine.resume(co) coroutine.close(co)
            end
            """,
            """
            while true do
              local co = coroutine.wrap(function() local x <close> = setmetatable({}, {__close = function() while true do end end})
                error('x') end)
              pcall(co)
            end
            """,
            "local self = coroutine.running() while true do pcall(coroutine.resume, self) pcall(coroutine.close, self) end",
            "while true do pcall(coroutine.yield) end",
        ])
    func coroutines(body: String) throws { try expectTimeout(body) }

    @Test(
        "variables that close themselves by looping end",
        arguments: [
            "local x <close> = setmetatable({}, {__close = function() while true do end end}) while true do end",
            "local x <close> = setmetatable({}, {__close = function() while true do end end}) error('x')",
            "local x <close> = setmetatable({}, {__close = function() while true do pcall(error) end end}) return 1",
            """
            local meta = {__close = function() while true do end end}
            local function f(n) local x <close> = setmetatable({}, meta) if n > 0 then f(n - 1) end while true do end end
            while true do pcall(f, 150) end
            """,
            """
            local meta = {__close = function() while true do end end}
            local function f(n) local x <close> = setmetatable({}, meta) if n > 0 then return (f(n - 1)) end error('x') end
            while true do pcall(f, 10000) end
            """,
            """
            local meta = {__close = function() while true do coroutine.wrap(function() while true do end end)() end end}
            local co = coroutine.wrap(function() local a <close> = setmetatable({}, meta)
              local b <close> = setmetatable({}, meta) while true do end end)
            while true do pcall(co) end
            """,
            """
            local meta = {__close = function() while true do end end}
            for _ in function() while true do end end, nil, nil, setmetatable({}, meta) do end
            """,
        ])
    func closing(body: String) throws { try expectTimeout(body) }

    @Test(
        "callbacks of C functions that loop end",
        arguments: [
            "table.sort({3, 2, 1}, function() while true do end end)",
            "while true do pcall(table.sort, {3, 2, 1}, function() while true do end end) end",
            "while true do pcall(table.sort, {3, 2, 1}, function() return pcall(error) end) end",
            "while true do pcall(table.sort, {3, {}, 1}) end",
            "local t = {} for i = 1, 50 do t[i] = i end while true do pcall(table.sort, t, rawequal) end",
            "local t = setmetatable({}, {__len = function() return 1000000 end, __index = function() return 1 end})"
                + " while true do table.sort(t) end",
            "('x'):gsub('x', function() while true do end end)",
            "while true do pcall(string.gsub, 'x', 'x', function() while true do end end) end",
            "('x'):gsub('x', setmetatable({}, {__index = function() while true do end end}))",
            "load(function() while true do end end)",
            "while true do load(function() while true do end end) end",
            "while true do load(function() error('x') end) end",
            "load(function() return ' ' end)",
            "for _ in string.gmatch(('a'):rep(100000), '.-.-.-b') do end",
            "('a'):rep(100000):find('.-.-.-b')",
            "while true do pcall(string.find, ('a'):rep(100000), '.-.-.-b') end",
            "while true do string.rep('', 1 << 62) end",
            "while true do pcall(table.move, {}, 1, 1e15, 2) end",
            "while true do pcall(table.concat, setmetatable({}, {__len = function() return 1 << 40 end})) end",
            "while true do select('#', table.unpack({}, 1, 100)) end",
        ])
    func callbacks(body: String) throws { try expectTimeout(body) }

    @Test(
        "a metamethod that loops ends, also when its error is caught",
        arguments: [
            ("__index", "return t.x"), ("__newindex", "t.x = 1"), ("__eq", "return t == other"),
            ("__lt", "return t < other"),
            ("__le", "return t <= other"), ("__concat", "return t .. 'x'"), ("__call", "return t()"),
            ("__len", "return #t"),
            ("__unm", "return -t"), ("__add", "return t + 1"), ("__tostring", "return tostring(t)"),
            ("__pairs", "for _ in pairs(t) do end"), ("__close", "local x <close> = t"), ("__tostring", "print(t)"),
            ("__tostring", "error(t)"), ("__name", "while true do pcall(string.rep, t) end"),
            ("__index", "return table.concat(setmetatable({}, {__index = t, __len = function() return 1 end}))"),
            ("__tostring", "return string.format('%s', t)"), ("__lt", "table.sort({t, other})"),
        ])
    func metamethods(event: String, use: String) throws {
        let loop = "function() while true do end end"
        let tables = "local meta = {\(event) = \(loop)} local t, other = setmetatable({}, meta), setmetatable({}, meta)"
        try expectTimeout("\(tables) \(use)")
        if !use.hasPrefix("error") { try expectTimeout("\(tables) while true do pcall(function() \(use) end) end") }
    }

    @Test("a module that loops while it loads ends")
    func modules() throws {
        try expectTimeout("require 'm'", modules: ["m": "while true do end"])
        try expectTimeout("while true do pcall(require, 'm') end", modules: ["m": "while true do end"])
        try expectTimeout("while true do pcall(require, 'm') end", modules: ["m": "error('x')"])
    }

    @Test("a script that loops while it loads ends")
    func loading() throws {
        let scene = try LuaScene()
        scene.state.setTimeout(.milliseconds(50))
        let failure = try scene.failure(of: scene.load("while true do pcall(error) end"))
        #expect(failure.kind == .interrupted(.stepTimeout))
        #expect(failure.line == 1)
        scene.state.setTimeout(.seconds(60))
        scene.load("return { again = function() return 'again' end }")
        scene.expectNextHookWorks()
    }

    @Test("a loop behind an inherited hook ends")
    func inheritedHook() throws {
        let scene = try LuaScene()
        scene.load("return setmetatable({}, {__index = function() while true do end end})")
        scene.state.setTimeout(.milliseconds(50))
        let failure = try scene.failure(of: scene.settle(scene.state.call("run")))
        #expect(failure.kind == .runtime)
        #expect(failure.message == "the script has no function 'run'")
    }
}
