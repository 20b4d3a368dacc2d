import LuaRuntime
import Model
import Testing

/// A busy script gives its thread away and goes on rightly.
@Suite struct PreemptionTests {
    /// Runs the body to its end, telling it by `lunad.stopping()` when it has been preempted three times.
    private func run(_ body: String, in scene: LuaScene) -> [Value] {
        scene.define(body)
        scene.state.setTimeout(.seconds(60))
        var outcome = scene.state.call("run")
        var preemptions = 0
        while case .preempted = outcome {
            preemptions += 1
            if preemptions == 3 { scene.state.setStopping(true) }
            outcome = scene.state.resume(nil)
        }
        #expect(preemptions >= 3)
        return scene.returned(by: outcome)
    }

    /// Counts until it is told to stop, to a sum that shows whether a step was lost or done twice.
    private static let busy = """
        local function busy(pause)
          local sum, n = 0, 0
          repeat
            for i = 1, 1000 do sum = sum + i end
            n = n + 1
            if pause then pause() end
          until lunad.stopping()
          return sum == n * 500500
        end

        """

    @Test(
        "a busy loop is preempted many times and loses nothing",
        arguments: [
            "return busy()",
            "return select(2, pcall(busy))",
            "return select(2, xpcall(busy, print))",
            "return select(2, pcall(pcall, pcall, busy)) and busy()",
            "return coroutine.wrap(busy)()",
            "return select(2, coroutine.resume(coroutine.create(function() return coroutine.wrap(busy)() end)))",
            """
            local co = coroutine.wrap(function() return 'done', busy(function() coroutine.yield('pause') end) end)
            while true do
              local what, good = co()
              if what == 'done' then return good end
              assert(what == 'pause')
            end
            """,
            "return setmetatable({}, {__index = function() return busy() end}).x",
            "return setmetatable({}, {__add = function() return busy() end}) + 1",
            "for k, v in pairs(setmetatable({}, {__pairs = function() return next, {busy()} end})) do return v end",
            "local good do local x <close> = setmetatable({}, {__close = function() good = busy() end}) end return good",
            "return select(2, pcall(function() local x <close> = setmetatable({}, {__close = function() end}) return busy() end))",
        ])
    func preemptible(body: String) throws {
        let scene = try LuaScene()
        #expect(run(Self.busy + body, in: scene) == [true])
        scene.expectNextHookWorks()
        scene.expectCleanClose()
    }

    @Test("values through yields and calls survive preemption")
    func valuesSurvive() throws {
        let values = run(
            """
            local co = coroutine.wrap(function(...)
              local got, i = {...}, 0
              while true do
                i = i + 1
                for j = 1, 1000 do end
                got = {coroutine.yield(i, nil, table.unpack(got))}
                if got[1] == 'last' then return 'end', #got end
              end
            end)
            local a, b, c, d = co(1, 'x')
            local i = 1
            repeat
              i = i + 1
              assert(a == i - 1 and b == nil and c == i - 1 and d == 'x', i)
              a, b, c, d = co(i, 'x')
            until lunad.stopping()
            return co('last')
            """, in: try LuaScene())
        #expect(values == ["end", 1])
    }

    @Test(
        "what cannot be suspended is not preempted, and goes on rightly after",
        arguments: [
            "local good table.sort({2, 1}, function() good = busy() return false end) return good",
            "local good; ('x'):gsub('x', function() good = busy() end) return good",
            "local good; load(function() if good == nil then good = busy() end end) return good",
            "local good; tostring(setmetatable({}, {__tostring = function() good = busy() return '' end})) return good",
            "local good; ('x'):gsub('x', function() good = coroutine.wrap(busy)() end) return good",
            "local good; table.sort({2, 1}, function() good = select(2, pcall(busy)) return false end) return good",
        ])
    func pinned(body: String) throws {
        let scene = try LuaScene()
        scene.define(
            """
            local function busy()
              local sum = 0
              lunad.log.info('in')
              for n = 1, 20000 do for i = 1, 100 do sum = sum + i end end
              lunad.log.info('out')
              return sum == 20000 * 5050
            end
            \(body)
            """)
        var outcome = scene.state.call("run")
        while case .preempted = outcome {
            #expect(scene.calls.count % 2 == 0, "preempted inside the callback")
            outcome = scene.state.resume(nil)
        }
        #expect(scene.returned(by: outcome) == [true])
        #expect(scene.calls.count >= 2)
        scene.expectNextHookWorks()
    }

    @Test("what cannot be suspended is still interrupted")
    func pinnedLoop() throws {
        let scene = try LuaScene()
        scene.state.setTimeout(.milliseconds(50))
        scene.define(
            "table.sort({2, 1}, function() coroutine.wrap(function() while true do pcall(error) end end)() end)")
        let outcome = scene.state.call("run")
        #expect(try scene.failure(of: scene.settle(outcome)).kind == .interrupted(.stepTimeout))
    }

    @Test("a module that loads for long is preempted and loaded once")
    func module() throws {
        let scene = try LuaScene()
        scene.modules["slow"] = Self.busy + "return {good = busy()}"
        let values = run("return require('slow').good, require('slow') == require('slow')", in: scene)
        #expect(values == [true, true])
        #expect(scene.callNames == ["require"])
    }

    @Test("a session that computes for long is preempted and stays open")
    func session() throws {
        let scene = try LuaScene()
        let session = "return lunad.session(function(db) local good = busy() db:exec('x') return good end)"
        #expect(run(Self.busy + session, in: scene) == [true])
        #expect(scene.callNames == ["session.begin", "db:exec", "session.commit"])
    }
}
