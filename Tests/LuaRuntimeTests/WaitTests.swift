import LuaRuntime
import Model
import Testing

/// A host call that waits is answered wherever it was made, and refused where it cannot wait.
@Suite struct WaitTests {
    private func makeScene() throws -> LuaScene {
        let scene = try LuaScene()
        scene.answers["sleep"] = .wait
        scene.answers["fs.read"] = .wait
        return scene
    }

    @Test(
        "a wait gets its reply inside whatever stands around it",
        arguments: [
            "return lunad.fs.read('/x')",
            "return select(2, pcall(lunad.fs.read, '/x'))",
            "return select(2, pcall(function() return lunad.fs.read('/x') end))",
            "return select(2, xpcall(lunad.fs.read, print, '/x'))",
            "return coroutine.wrap(lunad.fs.read)('/x')",
            "return coroutine.wrap(function() return lunad.fs.read('/x') end)()",
            "return select(2, coroutine.resume(coroutine.create(function() return coroutine.wrap(lunad.fs.read)('/x') end)))",
            """
            return coroutine.wrap(function()
              local ok, one, two = pcall(coroutine.resume, coroutine.create(function() return pcall(lunad.fs.read, '/x') end))
              assert(ok and one and two)
              return select(2, coroutine.resume(coroutine.create(function() return lunad.fs.read('/x') end)))
            end)()
            """,
            "return setmetatable({}, {__index = function() return lunad.fs.read('/x') end}).x",
            "return setmetatable({}, {__concat = function() return lunad.fs.read('/x') end}) .. 'x'",
            "for _, v in pairs(setmetatable({}, {__pairs = function() return next, {lunad.fs.read('/x')} end})) do return v end",
            "for v in function() return lunad.fs.read('/x') end do return v end",
            "local v do local x <close> = setmetatable({}, {__close = function() v = lunad.fs.read('/x') end}) end return v",
            "return require('m')",
        ])
    func nested(body: String) throws {
        let scene = try makeScene()
        scene.modules["m"] = "return lunad.fs.read('/x')"
        scene.define(body)
        scene.late = .values(["content"])
        guard case .waiting = scene.settle(scene.state.call("run")) else {
            Issue.record("it does not wait")
            return
        }
        #expect(scene.state.currentHostCall == "fs.read")
        #expect(scene.returned(by: scene.finish(scene.state.resume(scene.late))) == ["content"])
        #expect(scene.state.currentHostCall == nil)
        scene.expectNextHookWorks()
        scene.expectCleanClose()
    }

    @Test("an error reply is raised where the call was made, and can be caught")
    func errorReply() throws {
        let scene = try makeScene()
        scene.late = .error("no such file")
        let failure = try scene.failure("\nlocal x\nx = coroutine.wrap(lunad.fs.read)('/x')")
        #expect(failure.message.hasSuffix("no such file"))
        #expect(failure.line == 3)
        #expect(
            scene.values("local ok, e = pcall(function()\nlunad.sleep(1) end) return ok, e") == [
                false, "scripts/test.lua:2: no such file",
            ])
    }

    @Test("values through yields are unharmed by waits between them")
    func mixedYields() throws {
        let scene = try makeScene()
        scene.late = .values([7, "seven"])
        let values = scene.values(
            """
            local log = {}
            local function note(...) log[#log + 1] = table.concat({...}, ',') end
            local co = coroutine.wrap(function(...)
              note(...)
              local a, b = lunad.fs.read('/x')
              note(coroutine.yield(a, b))
              local inner = coroutine.wrap(function(x) local y = coroutine.yield(x) lunad.sleep(1) coroutine.yield(y) return 'end' end)
              note(inner('p') .. inner('q') .. inner())
              note(coroutine.yield())
              return lunad.fs.read('/x')
            end)
            note(co(1, 2))
            note(select('#', co(3, 4)))
            note(co(5))
            return table.unpack(log)
            """)
        #expect(values == ["1,2", "7,seven", "3,4", "pqend", "0", "5", "7,seven"])
        #expect(scene.callNames == ["fs.read", "sleep", "fs.read"])
    }

    @Test("a waiting coroutine looks suspended from nowhere: its starter is waiting too")
    func concurrentCoroutines() throws {
        let scene = try makeScene()
        let values = scene.values(
            """
            local trace = {}
            local function worker(name) return coroutine.create(function()
              for i = 1, 2 do trace[#trace + 1] = name .. i lunad.sleep(1) coroutine.yield() end end) end
            local a, b = worker('a'), worker('b')
            while coroutine.status(a) ~= 'dead' or coroutine.status(b) ~= 'dead' do
              coroutine.resume(a) coroutine.resume(b)
            end
            return table.concat(trace, ' ')
            """)
        #expect(values == ["a1 b1 a2 b2"])
    }

    @Test(
        "where nothing can be suspended a wait is refused with the reason",
        arguments: [
            "table.sort({2, 1}, function() lunad.sleep(1) end)",
            "('x'):gsub('x', function() lunad.sleep(1) end)",
            "('x'):gsub('x', setmetatable({}, {__index = function() lunad.sleep(1) end}))",
            "tostring(setmetatable({}, {__tostring = function() lunad.sleep(1) end}))",
            "load(function() lunad.sleep(1) end)()",
            "table.sort({2, 1}, function() coroutine.wrap(function() lunad.sleep(1) end)() end)",
            "table.sort({2, 1}, function() coroutine.wrap(function() coroutine.wrap(lunad.sleep)(1) end)() end)",
            """
            local co = coroutine.create(function() local x <close> = setmetatable({}, {__close = function() lunad.sleep(1) end})
              coroutine.yield() end)
            coroutine.resume(co) assert(coroutine.close(co))
            """,
        ])
    func refused(body: String) throws {
        let scene = try makeScene()
        let failure = try scene.failure("local ok, e = pcall(function() \(body) end) error(e, 0)")
        if body.hasPrefix("load") {
            #expect(failure.message.contains("attempt to call a nil value"))
            return
        }
        #expect(
            failure.message.contains("cannot wait here: 'sleep' was called from a function that cannot be suspended"))
        #expect(scene.calls.isEmpty, "the host was not asked")
        scene.expectNextHookWorks()
    }

    @Test(
        "an error object's __tostring cannot wait, nor yield, nor leave the hook open",
        arguments: [
            "lunad.sleep(1)", "coroutine.wrap(lunad.sleep)(1)", "coroutine.yield()", "lunad.session(print)",
            "coroutine.wrap(function() coroutine.wrap(lunad.sleep)(1) end)()",
        ])
    func tostring(wait: String) throws {
        let scene = try makeScene()
        let failure = try scene.failure("error(setmetatable({}, {__tostring = function() \(wait) return 'shown' end}))")
        #expect(failure.message == "(the error object cannot be shown)")
        #expect(scene.calls.isEmpty)
        scene.expectNextHookWorks()
    }

    @Test("inside a session a wait is refused, by name")
    func insideSession() throws {
        let scene = try makeScene()
        let failure = try scene.failure("lunad.session(function() lunad.sleep(1) end)")
        #expect(
            failure.message
                == "scripts/test.lua:1: cannot wait inside a session: 'sleep' would keep the database from all other daemons"
        )
        let nested = try scene.failure(
            "lunad.session(function() coroutine.wrap(function() lunad.fs.read('/x') end)() end)")
        #expect(nested.message.contains("cannot wait inside a session: 'fs.read'"))
    }

    @Test("a hook dropped while it waits runs no further; a coroutine of it says so when it is resumed")
    func abortedWait() throws {
        let scene = try makeScene()
        scene.load(
            """
            local t, co, hook = {}
            function t.run()
              hook = coroutine.running()
              co = coroutine.create(function()
                local x <close> = setmetatable({}, {__close = function() lunad.log.info('closed') end})
                lunad.sleep(1)
              end)
              coroutine.resume(co)
              lunad.log.info('went on')
            end
            function t.again()
              local a, b = coroutine.resume(co)
              assert(not a and b:find('this coroutine was waiting for the host when the hook that ran it ended'), b)
              coroutine.close(co)
              local c, d = coroutine.resume(hook)
              assert(not c and d == 'cannot resume dead coroutine', d)
              return 'again'
            end
            return t
            """)
        guard case .waiting = scene.settle(scene.state.call("run")) else {
            Issue.record("it does not wait")
            return
        }
        scene.state.abort()
        #expect(scene.state.currentHostCall == nil)
        scene.expectNextHookWorks()
        #expect(scene.callNames == ["sleep", "log.info"])
        #expect(scene.calls.last?.arguments == ["closed"])
        scene.expectCleanClose()
    }

    @Test("a hook dropped while it is preempted gives its memory back")
    func abortedBusy() throws {
        let scene = try LuaScene(memory: 8 << 20)
        scene.define("local t = {} for i = 1, 200000 do t[i] = i end while true do end")
        guard case .preempted = scene.state.call("run") else {
            Issue.record("it is not preempted")
            return
        }
        scene.state.abort()
        scene.state.collect()
        #expect(scene.state.memoryUsed < 200_000)
        scene.expectNextHookWorks()
    }
}
