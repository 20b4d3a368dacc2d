import LuaRuntime
import Model
import Platform
import Testing

/// A script that needs too much of anything is that script's problem alone.
@Suite struct LimitTests {
    private static let memory = 8 << 20

    private func makeScene() throws -> LuaScene { try LuaScene(memory: Self.memory) }

    @Test(
        "a script that needs more memory than its limit is interrupted, whatever it tries",
        arguments: [
            "local t = {} for i = 1, 1e9 do t[i] = i end",
            "kept = {} for i = 1, 1e9 do kept[i] = {} end",
            "local t = {} while true do pcall(function() for i = 1, 1e9 do t[#t + 1] = {} end end) end",
            "local s = 'x' while true do s = s .. s end",
            "local s = 'x' while true do pcall(function() s = s .. s end) end",
            "return ('x'):rep(1 << 30)",
            "while true do pcall(string.rep, 'x', 1 << 30) end",
            "return string.format('%s%s', ('x'):rep(3 << 20), ('y'):rep(3 << 20))",
            "local s = ('x'):rep(1 << 20) return table.concat({s, s, s, s, s, s, s, s, s})",
            "return ('x'):rep(1 << 20):gsub('x', ('y'):rep(100))",
            "local t = {} for i = 1, 1e9 do t[i] = coroutine.create(print) end",
            "local t = {} for i = 1, 1e9 do t['k' .. i] = true end",
            "return string.pack('c2000000000', '')",
            "return load(('x = 1 '):rep(1 << 20))",
            "local n = 0 return load(function() n = n + 1 return 'local a' .. n .. ' = {' .. ('1,'):rep(100000) .. '};' end)",
            "local function f() return 1 + f() end while true do f() end",
            "local t = setmetatable({}, {__index = function(t, k) local v = {} t[k] = v return v end}) for i = 1, 1e9 do local _ = t[i] end",
            "xpcall(function() local t = {} for i = 1, 1e9 do t[i] = {} end end, function() end) return 'caught'",
            "local co = coroutine.create(function() local t = {} for i = 1, 1e9 do t[i] = {} end end) return coroutine.resume(co)",
            "coroutine.wrap(function() local t = {} for i = 1, 1e9 do t[i] = {} end end)()",
        ])
    func memory(body: String) throws {
        let scene = try makeScene()
        scene.state.setTimeout(.seconds(60))
        let failure = try scene.failure(body)
        let isStackOverflow = failure.kind == .runtime && failure.message.contains("stack overflow")
        #expect(failure.kind == .interrupted(.memory) || isStackOverflow, "\(failure)")
        #expect(scene.state.memoryUsed <= Self.memory)
        scene.expectNextHookWorks()
        _ = scene.finish(scene.state.call("forget"))
        scene.state.collect()
        #expect(scene.state.memoryUsed < 2_000_000, "its memory is given back")
        scene.expectCleanClose()
    }

    @Test("a hundred megabytes of source are refused")
    func hugeSource() throws {
        let scene = try makeScene()
        var source = Array("local t = {".utf8)
        source.reserveCapacity(100 << 20)
        let numbers = Array("1234567,{},'abc',".utf8)
        while source.count < 100 << 20 { source += numbers }
        let failure = try scene.failure(of: scene.state.load(source: source, chunkName: "@scripts/huge.lua"))
        #expect(failure.kind == .interrupted(.memory), "\(failure)")
        scene.load("return {again = function() return 'again' end}")
        scene.expectNextHookWorks()
        scene.expectCleanClose()
    }

    @Test("a hundred megabytes of one string are refused")
    func hugeString() throws {
        let scene = try makeScene()
        let source = Array("return '".utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: 100 << 20) + Array("'".utf8)
        let failure = try scene.failure(of: scene.state.load(source: source, chunkName: "@scripts/huge.lua"))
        #expect(failure.kind == .interrupted(.memory), "\(failure)")
    }

    @Test("a script that makes much garbage below its limit runs on")
    func garbage() throws {
        let scene = try makeScene()
        let values = scene.values(
            """
            local kept = {}
            for i = 1, 200 do
              local garbage = {}
              for j = 1, 2000 do garbage[j] = 'piece ' .. i .. j end
              kept[i % 10] = ('x'):rep(100000) .. i
            end
            return #kept[1]
            """)
        #expect(values == [100_003])
        #expect(scene.state.memoryUsed <= Self.memory)
    }

    @Test("above the soft limit live data may grow up to the hard one")
    func soft() throws {
        let scene = try LuaScene(memory: 8 << 20, soft: 1 << 20)
        #expect(scene.values("kept = {} for i = 1, 60 do kept[i] = ('x'):rep(100000) .. i end return #kept") == [60])
        #expect(scene.state.memoryUsed > 5 << 20)
        scene.expectNextHookWorks()
    }

    @Test(
        "a large string is made although garbage fills the heap",
        arguments: [
            "return #('x'):rep(3 << 20)", "return #(('x'):rep(1 << 10)):rep(3 << 10):upper()",
            "return #(('x'):rep(3 << 10):gsub('x', ('y'):rep(1 << 10)))",
            "local t = {} for i = 1, 3 << 10 do t[i] = ('x'):rep(1 << 10) end return #table.concat(t)",
            "return #string.format('%s%s', ('x'):rep(1 << 20), ('y'):rep(2 << 20))",
        ])
    func buffers(body: String) throws {
        let scene = try LuaScene(memory: 12 << 20)
        for size in stride(from: 100, through: 40_000, by: 3_990) {
            scene.define("for i = 1, \(size) do local g = {i, i, i} end \(body)")
            #expect(
                scene.returned(by: scene.finish(scene.state.call("run"))) == [.integer(3 << 20)], "after \(size) pieces"
            )
        }
    }

    @Test("limits can be changed while a state lives")
    func changedLimits() throws {
        let scene = try makeScene()
        let body = "kept = {} for i = 1, 100 do kept[i] = ('x'):rep(100000) .. i end return #kept"
        #expect(try scene.failure(body).kind == .interrupted(.memory))
        scene.state.setLimits(LuaLimits(memoryHard: 32 << 20))
        #expect(scene.values(body) == [100])
    }

    @Test(
        "endless recursion is an error like another, or ends at the memory limit",
        arguments: [
            "local function f() return 1 + f() end return pcall(f)",
            "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k + 1] end return pcall(function() return t[1] end)",
            "local function f() return pcall(f) end return f()",
            "local function f() return coroutine.wrap(f)() end return pcall(f)",
            "local function f(n) return coroutine.wrap(function() return f(n + 1) end)() end return pcall(f, 1)",
            "local function f() return (('x'):gsub('x', f)) end return pcall(f)",
            "local function f() table.sort({2, 1}, f) end return pcall(f)",
            "local function f() return assert(load(f)) end return pcall(f)",
            "local t = setmetatable({}, {__tostring = function(t) return tostring(t) end}) return pcall(tostring, t)",
            "return pcall(string.find, ('('):rep(300) .. (')'):rep(300), ('('):rep(300))",
            "return pcall(string.find, ('a'):rep(300), ('a?'):rep(300) .. ('a'):rep(300))",
            "local s = ('('):rep(1000) .. '1' .. (')'):rep(1000) return load('return ' .. s)",
            "local s = ('{'):rep(1000) .. ('}'):rep(1000) return load('return ' .. s)",
            "return pcall(require, 'deep')",
        ])
    func recursion(body: String) throws {
        let scene = try LuaScene(memory: 64 << 20)
        scene.modules["deep"] = "local function f() return 1 + f() end return f()"
        scene.state.setTimeout(.seconds(60))
        scene.define(body)
        switch scene.finish(scene.state.call("run")) {
        case .finished(let values):
            let words = ["overflow", "too complex", "too many", "C levels"]
            let message = values.last?.stringValue ?? ""
            #expect(words.contains { message.contains($0) }, "\(values)")
        case .failed(let failure): #expect(failure.kind == .interrupted(.memory), "\(failure)")
        case let outcome: Issue.record("\(outcome)")
        }
        scene.expectNextHookWorks()
        scene.expectCleanClose()
    }

    @Test("many coroutines nest, and are preempted and waited in as deep as Lua lets them")
    func nestedCoroutines() throws {
        let scene = try makeScene()
        scene.answers["sleep"] = .wait
        scene.late = .values(["slept"])
        let body =
            "local function f(n) if n == 0 then return lunad.sleep(1) end return coroutine.wrap(f)(n - 1) end return f(...)"
        #expect(scene.values(body, [150]) == ["slept"])
        #expect(try scene.failure(body, [250]).message.contains("C stack overflow"))
        scene.expectNextHookWorks()
    }

    @Test("results too many to hand over, and arguments too large to take, fail cleanly")
    func manyValues() throws {
        let scene = try makeScene()
        let failure = try scene.failure("return table.unpack({}, 1, 900000)")
        #expect(failure.kind == .interrupted(.memory) || failure.message.contains("too many results"), "\(failure)")
        scene.expectNextHookWorks()
        let large = Value.string(String(repeating: "x", count: 10 << 20))
        #expect(try scene.failure("return 1", [large]).kind == .interrupted(.memory))
        scene.answers["json.decode"] = .values([large])
        #expect(try scene.failure("return pcall(lunad.json.decode, 'x')").kind == .interrupted(.memory))
        #expect(throws: HostError.self) { try scene.state.setField("state", large) }
        scene.modules["m"] = "return '" + String(repeating: "x", count: 10 << 20) + "'"
        #expect(try scene.failure("return pcall(require, 'm')").kind == .interrupted(.memory))
        scene.expectNextHookWorks()
        scene.expectCleanClose()
    }

    @Test(
        "a thousand failing hooks leave nothing behind",
        arguments: [
            "error('x')", "local t = {} for i = 1, 1e9 do t[i] = i end", "lunad.stop()",
            "coroutine.wrap(function() local x <close> = setmetatable({}, {__close = print}) error({}) end)()",
        ])
    func nothingLeft(body: String) throws {
        let scene = try LuaScene(memory: 1 << 20)
        scene.define(body)
        func round() {
            for _ in 1...50 {
                _ = scene.finish(scene.state.call("run"))
                scene.forgetCalls()
            }
            scene.state.collect()
        }
        round()
        let used = scene.state.memoryUsed
        for _ in 1...19 { round() }
        #expect(scene.state.memoryUsed <= used + 1000)
        scene.expectNextHookWorks()
        scene.expectCleanClose()
    }

    @Test("a state that does not fit its limit is refused, and leaks nothing")
    func tinyLimit() throws {
        for bytes in [0, 100, 1_000, 5_000, 7_500] {
            #expect(throws: HostError.self) { try LuaState(limits: LuaLimits(memoryHard: bytes), clock: ManualClock()) }
        }
    }
}
