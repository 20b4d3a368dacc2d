import LuaRuntime
import Model
import Platform
import Testing

/// Whatever allocation fails, nothing crashes or leaks, and the state goes on or says that it is out of memory.
@Suite struct AllocationFailureTests {
    /// Something that a script and its host do.
    struct Scenario: Sendable, CustomTestStringConvertible {
        var name: String
        /// Readies the scene; nothing fails here.
        var prepare: @Sendable (LuaScene) throws -> Void = { _ in }
        /// Whether it needs memory of the Lua heap at all.
        var allocates = true
        /// What is done while allocations fail; nil when it has no outcome.
        var act: @Sendable (LuaScene) throws -> LuaOutcome?

        var testDescription: String { name }

        /// A hook with this body.
        static func hook(_ name: String, _ body: String, _ ready: @escaping @Sendable (LuaScene) -> Void = { _ in })
            -> Self
        {
            Scenario(
                name: name,
                prepare: { scene in
                    scene.define(body)
                    try scene.state.setField("state", ["n": 1, "list": [1, "two"]])
                    ready(scene)
                },
                act: { $0.finish($0.state.call("run", ["argument", ["a": [1, 2]]])) })
        }
    }

    private static let script = """
        local t = {doc = 'x', config = {a = {default = 1}}, state = {}}
        local function helper(...) return select('#', ...) end
        function t.run(self, x) local s = 'a' .. helper(x) return s end
        function t.again() return 'again' end
        return t
        """

    static let scenarios: [Scenario] = [
        Scenario(name: "load", act: { $0.load(script) }),
        Scenario(name: "load with an error", act: { $0.load("local x <const> = 1\nx = 2") }),
        Scenario(name: "load that raises", act: { $0.load("error({1, {2}})") }),
        Scenario(
            name: "declaration", prepare: { $0.load(script) },
            act: { scene in
                if case .success(let declared) = scene.state.declaration() {
                    #expect(declared.table["doc"] == "x" && declared.hooks == ["run", "again"])
                }
                return nil
            }),
        Scenario(
            name: "declaration refused",
            prepare: { $0.load("return {config = {f = {print}}, again = function() return 'again' end}") },
            act: { scene in
                if case .success = scene.state.declaration() { Issue.record("a function crossed") }
                return nil
            }),
        Scenario(
            name: "set fields", prepare: { $0.load(script) },
            act: { scene in
                try? scene.state.setField("config", ["folder": "/x", "list": [1, ["deep": 2]]], readOnly: true)
                try? scene.state.setField("state", ["a": [1, 2, 3], "b": ["c": "d"]])
                try? scene.state.setField("state", ["z": 1])
                return nil
            }),
        Scenario(
            name: "encode a field", prepare: { try $0.defineWithState() }, allocates: false,
            act: { scene in
                if case .success(let wire) = scene.state.encodeField("state", limit: 1000) {
                    let value = try Value(wire: wire)
                    #expect(value["n"] == 1)
                }
                return nil
            }),
        Scenario(
            name: "an operator's code", prepare: { $0.load(script) },
            act: { scene in
                let code = "kept = {1, {deep = {}}, 'text', print} ; return kept, self, doc, ('x'):rep(100)"
                return scene.finish(scene.state.evaluate(Array(code.utf8)))
            }),
        Scenario(
            name: "an operator's expression, after other code", prepare: { $0.load(script) },
            act: { scene in
                _ = scene.finish(scene.state.evaluate(Array("mine = {n = 1}".utf8)))
                return scene.finish(scene.state.evaluate(Array("mine, helper(1, 2), self.config.a".utf8)))
            }),
        Scenario(
            name: "an operator's code that fails, with variables", prepare: { $0.load(script) },
            act: { scene in
                let code = "local a, b = {1, {2}}, 'text' error({why = b .. #a})"
                return scene.finish(scene.state.evaluate(Array(code.utf8)))
            }),
        Scenario(
            name: "an operator's code that does not compile", prepare: { $0.load(script) },
            act: { scene in scene.finish(scene.state.evaluate(Array("return return".utf8))) }),
        Scenario(
            name: "encode a field that is refused",
            prepare: { scene in
                scene.define("self.state.f = {[1.5] = print}")
                _ = scene.finish(scene.state.call("run"))
            },
            act: { scene in
                if case .success = scene.state.encodeField("state", limit: 1000) { Issue.record("a function crossed") }
                return nil
            }),
        .hook("call and return", "local x, t = ... return x .. t.a[2], {t, {t}}"),
        .hook("results refused", "return {{print}}"),
        .hook("host call", "return lunad.json.decode('x').a[1]") {
            $0.answers["json.decode"] = .values([["a": ["text"]], 2])
        },
        .hook("host call that waits", "local v = lunad.fs.read('/x') return v .. 'y'") {
            $0.answers["fs.read"] = .wait
            $0.late = .values(["content"])
        },
        .hook("host call refused", "return pcall(lunad.json.decode, 'x')") { $0.answers["json.decode"] = .error("no") },
        .hook("host call refused late", "return pcall(lunad.fs.read, 'x')") {
            $0.answers["fs.read"] = .wait
            $0.late = .error("no")
        },
        .hook("wrong argument", "return pcall(lunad.fs.read), pcall(lunad.json.decode, {})"),
        .hook("argument refused", "return pcall(lunad.json.encode, {a = {print}})"),
        .hook("directive", "lunad.stop('enough')"),
        .hook(
            "log, print and heartbeat",
            "print('x', {} ~= nil, 1.5) lunad.log.info('m', {a = 1}) lunad.heartbeat('h') return lunad.now()"),
        .hook(
            "session", "return lunad.session(function(db) self.state.n = 2 return db:value('x', 1, {a = 2}) .. 'y' end)"
        ) {
            $0.answers["db:value"] = .values(["v"])
        },
        .hook("session that waits", "return lunad.session(function(db) self.state.n = 2 return db:exec('x') end)") {
            $0.answers["session.begin"] = .wait
            $0.answers["session.commit"] = .wait
        },
        .hook("session that raises", "return pcall(lunad.session, function(db) self.state = {} error('x') end)"),
        .hook("session whose commit fails", "return pcall(lunad.session, function(db) self.state.new = {1} end)") {
            $0.answers["session.commit"] = .error("full")
        },
        .hook(
            "session misused",
            "local h pcall(lunad.session, function(db) h = db pcall(lunad.session, print) pcall(lunad.sleep, 1) end) return pcall(h.exec, h, 'x')"
        ),
        .hook(
            "require", "return require('a').b, pcall(require, 'gone'), pcall(require, 'bad'), pcall(require, 'raises')"
        ) {
            $0.modules = ["a": "return {b = require('c')}", "c": "return ...", "bad": "x =", "raises": "error({})"]
        },
        .hook(
            "error with traceback", "local function f(n) if n == 0 then error('x' .. n) end f(n - 1) return 1 end f(30)"
        ),
        .hook("error value", "error(setmetatable({a = {1}}, {__tostring = function(e) return 'e' .. e.a[1] end}))"),
        .hook(
            "protected calls",
            "return pcall(error, 'x' .. 1), xpcall(error, function(m) return m .. '!' end, 'y'), pcall(pcall, error)"),
        .hook(
            "closing variables",
            "local x <close> = setmetatable({}, {__close = function(_, e) lunad.log.info('c' .. e) end}) error('x', 0)"),
        .hook(
            "coroutines",
            """
            local co = coroutine.create(function(a) local b = coroutine.yield(a .. 'y') return b .. 'z' end)
            local _, x = coroutine.resume(co, 'x')
            local w = coroutine.wrap(function() coroutine.yield(1) error('in' .. 'side') end)
            w()
            local c = coroutine.create(function() local v <close> = setmetatable({}, {__close = function() end}) coroutine.yield() end)
            coroutine.resume(c)
            return x, select(2, coroutine.resume(co, 'v')), pcall(w), coroutine.close(c)
            """),
        .hook(
            "waits in coroutines",
            "return coroutine.wrap(function() return pcall(coroutine.wrap(function() return lunad.fs.read('/x') .. 'y' end)) end)()"
        ) {
            $0.answers["fs.read"] = .wait
            $0.late = .values(["content"])
        },
        .hook(
            "strings",
            """
            local s = ('ab,'):rep(600, '-')
            local n = 0
            for w in s:gmatch('%a+') do n = n + #w end
            return n, s:gsub('a', 'xyz%0'), s:find('b,', 1, true), s:match('(a)(b)()'), s:gsub('b', {b = 'c'}), s:upper():format(), #s:gsub('a', function(c) return c .. c end)
            """),
        .hook(
            "tables",
            """
            local t = {}
            for i = 1, 40 do t[i] = (i * 7) % 41 end
            table.sort(t) table.sort(t, function(a, b) return a > b end)
            table.insert(t, 1, 'x') table.remove(t) table.move(t, 1, 10, 5)
            return table.concat(t, ','), #{table.unpack(t)}, next({k = 1})
            """),
        .hook(
            "load and metatables",
            """
            local f = load('local a = ... return a .. 1') or error('none')
            local g, e = load('x = = 1')
            local parts = {'return ', '1', nil}
            local i = 0
            load(function() i = i + 1 return parts[i] end)
            local t = setmetatable({}, {__index = function(_, k) return k .. 'v' end, __concat = function(a, b) return 'c' end})
            return f('x'), e, t.key, t .. t, tostring(t):sub(1, 5)
            """),
        Scenario(
            name: "abort a wait",
            prepare: { scene in
                scene.answers["sleep"] = .wait
                scene.define("local x = {} lunad.session(function() self.state.n = 5 end) lunad.sleep(1) return x")
            },
            act: { scene in
                _ = scene.settle(scene.state.call("run"))
                scene.state.abort()
                return nil
            }),
        Scenario(
            name: "interrupt a wait",
            prepare: { scene in
                scene.answers["sleep"] = .wait
                scene.define("coroutine.wrap(function() lunad.sleep(1) end)()")
            },
            act: { scene in
                guard case .waiting = scene.settle(scene.state.call("run")) else { return nil }
                scene.state.interrupt(.memory)
                return scene.settle(scene.state.resume(nil))
            }),
        .hook(
            "subscribe",
            "lunad.events.subscribe('a' .. 1, function(e) return e.x .. 'y' end) return lunad.events.unsubscribe('a2')"),
        Scenario(
            name: "call a function for events",
            prepare: { scene in
                scene.define("lunad.events.subscribe('a', function(e) self.state.n = e.x .. 'y' return {e} end)")
                try scene.state.setField("state", ["n": 1])
                _ = scene.finish(scene.state.call("run"))
            },
            act: { $0.finish($0.state.call(handlerOf: "a", [["x": ["text"], "y": 1]])) }),
        .hook(
            "collect",
            "local t = {} for i = 1, 20 do t[i] = {i} end collectgarbage() return collectgarbage('count') > 0"),
    ]

    /// Runs the scenario with its `n`-th allocation failing; whether there were as many.
    private func run(_ scenario: Scenario, failing n: UInt64, forever: Bool) throws -> Bool {
        let scene = try LuaScene()
        try scenario.prepare(scene)
        let before = scene.state.allocations
        scene.state.failAllocation(n, forever: forever)
        let outcome = try scenario.act(scene)
        let isHit = scene.state.allocations - before >= n
        scene.state.failAllocation(0, forever: false)
        if isHit, case .failed(let failure) = outcome, failure.kind != .interrupted(.memory) {
            // What the script does anyway, or a string buffer that was refused once.
            #expect([.runtime, .syntax, .interrupted(.directive)].contains(failure.kind), "\(failure)")
        }
        if case .waiting = outcome { Issue.record("it still waits") }
        if case .finished = scene.state.call("again") {} else { scene.load(Self.script) }
        scene.expectNextHookWorks()
        scene.expectCleanClose()
        return isHit
    }

    @Test("any one allocation may fail, or all from it on", arguments: scenarios)
    func everyAllocation(scenario: Scenario) throws {
        for forever in [false, true] {
            var n: UInt64 = 1
            while try run(scenario, failing: n, forever: forever) { n += 1 }
            #expect((n > 1) == scenario.allocates)
        }
    }

    @Test("what survives a failed allocation is whole: no step of a session is half done")
    func sessionIsWhole() throws {
        let body =
            "local fails = ... pcall(lunad.session, function() self.state.a = 'x' .. 2 self.state.b = {2} if fails then error('x') end end)"
        for fails in [false, true] {
            var n: UInt64 = 1
            var isHit = true
            while isHit {
                let scene = try LuaScene()
                scene.define(body)
                try scene.state.setField("state", ["a": "x1", "b": [1]])
                let before = scene.state.allocations
                scene.state.failAllocation(n, forever: false)
                let outcome = scene.finish(scene.state.call("run", fails ? [true] : []))
                isHit = scene.state.allocations - before >= n
                scene.state.failAllocation(0, forever: false)
                let isCommitted = scene.callNames.contains("session.commit")
                let state = try Value(wire: scene.state.encodeField("state", limit: 1000).get()).sorted
                let expected: Value = isCommitted ? ["a": "x2", "b": [2]] : ["a": "x1", "b": [1]]
                #expect(state == expected, "allocation \(n), \(outcome), \(scene.callNames)")
                n += 1
            }
        }
    }

    @Test("a state is made whole or not at all, whatever memory there is")
    func creation() throws {
        var bytes = 0
        var isMade = false
        while !isMade {
            if let state = try? LuaState(limits: LuaLimits(memoryHard: bytes, memorySoft: bytes), clock: ManualClock())
            {
                #expect(state.memoryUsed <= bytes)
                #expect(state.close() == 0)
                isMade = true
            }
            bytes += 8
        }
        #expect(bytes < 40_000)
    }
}

extension LuaScene {
    /// A script whose state has something in it.
    fileprivate func defineWithState() throws {
        define("return 1")
        try state.setField("state", ["n": 1, "list": [["a": "b"], 2.5]])
    }
}
