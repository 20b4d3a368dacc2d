import LuaRuntime
import Model
import Testing

/// The tables of functions are filled when a script first touches them, and it cannot tell.
@Suite struct LateTableTests {
    private func expectLoads(_ code: String, in scene: LuaScene) {
        let outcome = scene.load(code)
        if case .finished = outcome { return }
        Issue.record("\(code): \(outcome)")
    }

    @Test(
        "whatever looks at a library first finds it whole",
        arguments: [
            "local n = 0 for _ in pairs(LIB) do n = n + 1 end assert(n > 3)",
            "assert(next(LIB))",
            "assert(rawget(LIB, 'KEY'))",
            "local walk = pairs({}) assert(walk(LIB))",
            "assert(getmetatable(LIB) == nil)",
            "setmetatable(LIB, { __index = function() return 7 end }) assert(rawget(LIB, 'KEY')) assert(LIB.none == 7)",
            "rawset(LIB, 'none', 1) assert(rawget(LIB, 'KEY') and LIB.none == 1)",
            "local heir = setmetatable({}, { __index = LIB }) assert(heir.KEY)",
            "assert(LIB.none == nil) assert(LIB.KEY)",
            "assert(#LIB == 0)",
            "LIB.KEY = nil assert(LIB.KEY == nil and rawget(LIB, 'KEY') == nil)",
            "LIB.KEY = 5 assert(LIB.KEY == 5)",
            "LIB.__index = LIB assert(setmetatable({}, LIB).KEY)",
            "LIB[1] = 'x' assert(table.unpack(LIB) == 'x' and LIB.KEY)",
            "local one = LIB.KEY for _ in pairs(LIB) do end assert(LIB.KEY == one)",
        ])
    func whole(code: String) throws {
        let libraries = [
            ("string", "rep"), ("table", "sort"), ("math", "floor"), ("utf8", "char"), ("os", "time"),
            ("coroutine", "wrap"), ("lunad", "sleep"), ("lunad.log", "info"), ("lunad.jobs", "launch"),
        ]
        for (library, key) in libraries {
            let scene = try LuaScene()
            expectLoads(code.replacing("LIB", with: library).replacing("KEY", with: key) + " return {}", in: scene)
        }
    }

    @Test("a library is the same table by its name, in the globals, and to require")
    func sameTable() throws {
        let scene = try LuaScene()
        expectLoads(
            """
            assert(require("lunad.log") == lunad.log)
            assert(require("lunad") == lunad and require("string") == string and _G.math == require("math"))
            assert(rawequal(lunad.jobs, lunad.jobs))
            return {}
            """, in: scene)
    }

    @Test("strings have their methods and their arithmetic before anything else is touched")
    func strings() throws {
        let scene = try LuaScene()
        expectLoads(
            """
            assert("10" + 1 == 11 and -"2" == -2 and "7" // 2 == 3)
            assert(("x"):rep(3) == "xxx" and ("%d"):format(4) == "4")
            assert(getmetatable("").__index == string and string.dump == nil and ("x").dump == nil)
            return {}
            """, in: scene)
    }

    @Test("a library that a script returns or hands over is seen whole")
    func handedOver() throws {
        let scene = try LuaScene()
        expectLoads("return utf8", in: scene)
        let hooks = try scene.state.declaration().get().hooks
        #expect(hooks.isSuperset(of: ["char", "codepoint", "len"]))
        let other = try LuaScene()
        let failure = try other.failure("lunad.log.info('x', math)")
        #expect(failure.message.contains("is a function; only plain data can cross"))
    }

    @Test("an operator sees a library whole that the script has not touched")
    func console() throws {
        let scene = try LuaScene()
        expectLoads("return {}", in: scene)
        guard case .finished(let shown) = scene.state.evaluate(Array("coroutine".utf8)) else {
            Issue.record("the console fails")
            return
        }
        #expect(shown.first?.stringValue?.contains("isyieldable = function (built in)") == true)
    }

    @Test("a library is filled whole after the memory for it was refused")
    func refused() throws {
        for n in 1...40 as ClosedRange<UInt64> {
            let scene = try LuaScene()
            expectLoads(
                """
                local d = {}
                function d:touch() return lunad.log.info ~= nil end
                function d:check()
                  local names = {}
                  for name in pairs(lunad) do names[name] = true end
                  assert(names.sleep and names.log and names.jobs and lunad.log == require("lunad.log"))
                  assert(lunad.log.info and lunad.log.error and lunad.jobs.launch)
                end
                return d
                """, in: scene)
            scene.state.failAllocation(n, forever: false)
            _ = scene.state.call("touch")
            scene.state.failAllocation(0, forever: false)
            guard case .finished = scene.state.call("check") else {
                Issue.record("not whole after allocation \(n) failed")
                return
            }
        }
    }
}
