import LuaRuntime
import Model
import Testing

/// Promise: a session cannot leak.
@Suite struct SessionTests {
    @Test("a session commits when its function returns, and gives its results", arguments: [false, true])
    func commit(waits: Bool) throws {
        let scene = try LuaScene()
        if waits {
            scene.answers["session.begin"] = .wait
            scene.answers["session.commit"] = .wait
        }
        scene.answers["db:value"] = .values([42])
        let values = scene.values(
            "return lunad.session(function(db, none) return db:value('SELECT ?', 1, nil, true), none, 'x' end)")
        #expect(values == [42, .null, "x"])
        #expect(
            scene.calls == [
                .init(name: "session.begin", arguments: []),
                .init(name: "db:value", arguments: ["SELECT ?", 1, .null, true]),
                .init(name: "session.commit", arguments: []),
            ])
        scene.expectNextHookWorks()
        scene.expectCleanClose()
    }

    @Test("a session rolls back when its function raises, and the error goes on as it was")
    func rollback() throws {
        let scene = try LuaScene()
        let failure = try scene.failure(
            """
            local function deep() error({code = 7}) end
            lunad.session(function(db)
              db:exec('x')
              deep()
            end)
            """)
        #expect(scene.callNames == ["session.begin", "db:exec", "session.rollback"])
        #expect(failure.value == ["code": 7])
        let levels = failure.traceback.split(separator: "\n").map(String.init)
        #expect(levels.first == "stack traceback:")
        #expect(levels.contains { $0.hasSuffix("scripts/test.lua:1: in upvalue 'deep'") }, "\(failure.traceback)")
        #expect(
            levels.contains { $0.contains("scripts/test.lua:4: in function <scripts/test.lua:2>") },
            "\(failure.traceback)")
        #expect(levels.contains { $0.hasSuffix("scripts/test.lua:2: in hook 'run'") }, "\(failure.traceback)")
        #expect(!failure.traceback.contains("handler"))
        scene.expectNextHookWorks()
    }

    @Test(
        "an error of the host in front of, in and behind the function is raised at the script's line",
        arguments: [
            ("session.begin", ["session.begin"]), ("db:exec", ["session.begin", "db:exec", "session.rollback"]),
            ("session.commit", ["session.begin", "db:exec", "session.commit"]),
        ])
    func hostErrors(name: String, calls: [String]) throws {
        let scene = try LuaScene()
        scene.answers[name] = .error("the disk is full")
        let failure = try scene.failure("\nlunad.session(function(db) db:exec('x') end)")
        #expect(failure.message == "scripts/test.lua:2: the disk is full")
        #expect(scene.callNames == calls)
        scene.expectNextHookWorks()
    }

    @Test(
        "a late error of a begin or a commit that waited is raised too", arguments: ["session.begin", "session.commit"])
    func lateErrors(name: String) throws {
        let scene = try LuaScene()
        scene.answers[name] = .wait
        scene.late = .error("the disk is full")
        let values = scene.values("return pcall(function()\n\nlunad.session(function(db) end) end)")
        #expect(values == [false, "scripts/test.lua:3: the disk is full"])
        scene.expectNextHookWorks()
    }

    @Test(
        "a handle is dead once its session has ended",
        arguments: [
            "local h lunad.session(function(db) h = db end) h:exec('x')",
            "local h pcall(lunad.session, function(db) h = db error('x') end) h:exec('x')",
            "local h lunad.session(function(db) h = db end) lunad.session(function(db) h:exec('x') end)",
            "local f lunad.session(function(db) f = function() return db:query('x') end end) f()",
        ])
    func deadHandle(body: String) throws {
        let scene = try LuaScene()
        let failure = try scene.failure(body)
        #expect(
            failure.message.contains(
                "this database handle belongs to a session that has ended; use it only inside lunad.session(function(db) … end)"
            ))
        #expect(!scene.callNames.contains("db:exec") && !scene.callNames.contains("db:query"))
    }

    @Test("a handle kept for the next hook is dead there")
    func handleInNextHook() throws {
        let scene = try LuaScene()
        scene.define("if h then return h:exec('x') end lunad.session(function(db) h = db end)")
        _ = scene.finish(scene.state.call("run"))
        #expect(
            try scene.failure(of: scene.finish(scene.state.call("run"))).message.contains("a session that has ended"))
    }

    @Test("sessions do not nest, and leave the outer one good")
    func nested() throws {
        let scene = try LuaScene()
        let values = scene.values(
            """
            return lunad.session(function(db)
              local ok, e = pcall(lunad.session, print)
              db:exec('x')
              return ok, e
            end)
            """)
        #expect(values == [false, "sessions cannot be nested: use the db of the one that is open"])
        #expect(scene.callNames == ["session.begin", "db:exec", "session.commit"])
    }

    @Test("no yield leaves a session open; coroutines inside it may yield")
    func yielding() throws {
        let scene = try LuaScene()
        let values = scene.values(
            """
            local co = coroutine.create(function() lunad.session(function(db) coroutine.yield() end) end)
            return coroutine.resume(co)
            """)
        #expect(
            values == [
                false,
                "scripts/test.lua:1: cannot yield out of a session: it would stay open until the coroutine is resumed",
            ])
        #expect(scene.callNames == ["session.begin", "session.rollback"])
        scene.forgetCalls()
        let inside = """
            local each = function(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end) end
            local outer = each(3)
            return coroutine.wrap(function()
              return lunad.session(function(db) local s = outer() for i in each(4) do s = s + i db:exec('x') end return s end)
            end)()
            """
        #expect(scene.values(inside) == [11])
        #expect(scene.callNames == ["session.begin", "db:exec", "db:exec", "db:exec", "db:exec", "session.commit"])
        #expect(
            scene.values("return coroutine.wrap(function() lunad.session(print) return coroutine.yield('free') end)()")
                == ["free"])
    }

    /// A change of everything in `self.state`, inside and outside a session.
    private static let change = "self.state.n = self.state.n + 1 self.state.list[1] = 'changed' self.state.new = {}"

    @Test(
        "what a failed session did to the state is undone; what was done before stays",
        arguments: [
            "pcall(lunad.session, function() CHANGE error('x') end)",
            "pcall(lunad.session, function() self.state = nil error('x') end)",
            "pcall(lunad.session, function() self.state = {other = 1} error('x') end)",
            "lunad.session(function() CHANGE lunad.stop() end)",
            "coroutine.wrap(function() lunad.session(function() CHANGE while true do end end) end)()",
            "lunad.session(function() CHANGE local t = {} for i = 1, 1e9 do t[i] = i end end)",
            "pcall(lunad.session, function() CHANGE self.state.bad = self.state return setmetatable(self, {})() end)",
        ])
    func stateAfterRollback(body: String) throws {
        let scene = try LuaScene(memory: 4 << 20)
        scene.define("self.state.before = true " + body.replacingFirst("CHANGE", Self.change))
        try scene.state.setField("state", ["n": 1, "list": ["a", "b"]])
        scene.state.setTimeout(.milliseconds(100))
        _ = scene.finish(scene.state.call("run"))
        let state = try Value(wire: scene.state.encodeField("state", limit: 1000).get())
        #expect(state.sorted == ["before": true, "list": ["a", "b"], "n": 1])
        scene.state.setTimeout(.zero)
        scene.expectNextHookWorks()
    }

    @Test("a commit that fails undoes the state too; a good one keeps it", arguments: [false, true])
    func stateAfterCommit(fails: Bool) throws {
        let scene = try LuaScene()
        scene.answers["session.commit"] = .wait
        scene.late = fails ? .error("the disk is full") : .values([])
        scene.define(
            "local kept = self.state return pcall(lunad.session, function() \(Self.change) end), kept == self.state")
        try scene.state.setField("state", ["n": 1, "list": ["a"]])
        #expect(scene.returned(by: scene.finish(scene.state.call("run"))) == [.boolean(!fails), true])
        let state = try Value(wire: scene.state.encodeField("state", limit: 1000).get()).sorted
        #expect(state == (fails ? ["list": ["a"], "n": 1] : ["list": ["changed"], "n": 2, "new": .emptyTable]))
    }

    @Test("a hook dropped inside a session leaves none open, and the state as it was")
    func aborted() throws {
        let scene = try LuaScene()
        scene.define("lunad.session(function() \(Self.change) while true do end end)")
        try scene.state.setField("state", ["n": 1, "list": ["a"]])
        guard case .preempted = scene.state.call("run") else {
            Issue.record("it is not preempted")
            return
        }
        scene.state.abort()
        #expect(try Value(wire: scene.state.encodeField("state", limit: 1000).get()).sorted == ["list": ["a"], "n": 1])
        #expect(scene.values("return lunad.session(function() return 'next' end)") == ["next"])
    }

    @Test("a state that cannot be saved opens no session")
    func stateNotPlain() throws {
        let scene = try LuaScene()
        let failure = try scene.failure("self.state.f = print lunad.session(function() lunad.log.info('ran') end)")
        #expect(failure.message == "state.f is a function; only plain data can cross")
        #expect(scene.callNames == ["session.begin", "session.rollback"])
        scene.expectNextHookWorks()
    }

    @Test(
        "the handle is called with a colon, on itself",
        arguments: [
            "db.exec('x')", "db.exec()", "db.exec({}, 'x')", "db.exec(setmetatable({}, getmetatable('')), 'x')",
        ])
    func colon(call: String) throws {
        let failure = try LuaScene().failure("lunad.session(function(db) \(call) end)")
        #expect(
            failure.message
                == "scripts/test.lua:1: call it with a colon: db:exec(…), on the handle that lunad.session gives to its function"
        )
    }

    @Test("the handle shows nothing of itself")
    func handle() throws {
        let scene = try LuaScene()
        #expect(
            scene.values(
                "return lunad.session(function(db) return type(db), getmetatable(db), db.nothing, (tostring(db):gsub(':.*', '')) end)"
            )
                == ["userdata", false, .null, "session"])
        #expect(
            scene.values("return lunad.session(function(db) return pcall(function() db.x = 1 end) end)").first == false)
    }
}

extension String {
    /// This text with the first `target` replaced.
    fileprivate func replacingFirst(_ target: String, _ replacement: String) -> String {
        guard let range = firstRange(of: target) else { return self }
        return replacingCharacters(range, replacement)
    }

    private func replacingCharacters(_ range: Range<Index>, _ replacement: String) -> String {
        self[..<range.lowerBound] + replacement + self[range.upperBound...]
    }
}
