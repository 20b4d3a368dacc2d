import LuaRuntime
import Model
import Testing

/// The table that a script returns, as the host reads and fills it.
@Suite struct DaemonTableTests {
    @Test("the declaration is the plain fields and the names of the functions")
    func declaration() throws {
        let scene = try LuaScene()
        scene.load("return {doc = 'd', every = 5, state = {seen = {}}, run_step = function() end, on_stop = print}")
        let (table, hooks) = try scene.state.declaration().get()
        #expect(table["doc"] == "d" && table["every"] == 5 && table["state"] == ["seen": .emptyTable])
        #expect(hooks == ["run_step", "on_stop"])
    }

    @Test(
        "a script that returns no table is told so",
        arguments: [
            ("", "it must return a table, not nothing"), ("return 5", "it must return a table, not number"),
            ("return function() end", "it must return a table, not function"),
        ])
    func noTable(source: String, message: String) throws {
        let scene = try LuaScene()
        scene.load(source)
        #expect(throws: HostError(.script, message)) { try scene.state.declaration().get() }
    }

    @Test("a declaration that is not plain data is refused with the path")
    func notPlain() throws {
        let scene = try LuaScene()
        scene.load("return {config = {folder = {check = print}}}")
        let message = "the declaration.config.folder.check is a function; only plain data can cross"
        #expect(throws: HostError(.script, message)) { try scene.state.declaration().get() }
    }

    /// A script with the read-only table at hand.
    private func makeConfigured() throws -> LuaScene {
        let scene = try LuaScene()
        scene.load(
            "return {run = function(self, source) return load(source, '=body', 't', setmetatable({self = self}, {__index = _G}))() end}"
        )
        let config: Value = ["folder": "/x", "list": [1, 2, 3], "deep": ["er": ["x": 1]]]
        try scene.state.setField("config", config, readOnly: true)
        return scene
    }

    @Test(
        "a read-only table reads like the table it stands for",
        arguments: [
            ("return self.config.folder, self.config.gone, self.config.deep.er.x", ["/x", .null, 1]),
            ("local n = 0 for k, v in pairs(self.config) do n = n + 1 end return n", [3]),
            (
                "local s = 0 for i, v in ipairs(self.config.list) do s = s + i * v end return s, #self.config.list",
                [14, 3]
            ),
            ("return table.concat(self.config.list, ','), table.unpack(self.config.list)", ["1,2,3", 1, 2, 3]),
            (
                "return next(self.config) ~= nil, next(self.config.list), next({}), select('#', next({}))",
                [true, 1, .null, 1]
            ),
            ("return type(self.config), getmetatable(self.config)", ["table", false]),
            ("return self.config.list, self.config.deep", [[1, 2, 3], ["er": ["x": 1]]]),
        ] as [(String, [Value])])
    func readOnly(body: String, expected: [Value]) throws {
        let scene = try makeConfigured()
        #expect(scene.returned(by: scene.state.call("run", [.string(body)])) == expected)
    }

    @Test(
        "nothing writes to a read-only table",
        arguments: [
            "self.config.folder = 1", "self.config.new = 1", "self.config.folder = nil", "self.config.list[1] = 9",
            "self.config.deep.er.x = 2", "table.insert(self.config.list, 4)", "table.remove(self.config.list)",
            "table.sort(self.config.list, function(a, b) return a > b end)",
            "table.move({7}, 1, 1, 1, self.config.list)",
            "rawset(self.config, 'folder', 1)", "rawset(self.config.deep.er, 'x', 1)", "setmetatable(self.config, nil)",
            "setmetatable(self.config, {})", "local _, behind = pairs(self.config) behind.folder = 1",
            "local _, behind = pairs(self.config.deep) behind.er = 1",
        ])
    func refusesWrites(body: String) throws {
        let scene = try makeConfigured()
        let failure = try scene.failure(of: scene.state.call("run", [.string(body)]))
        #expect(
            failure.message.contains("read-only") || failure.message.contains("protected metatable"),
            "\(failure.message)")
        let config: Value = ["folder": "/x", "list": [1, 2, 3], "deep": ["er": ["x": 1]]]
        let wire = try scene.state.encodeField("config", limit: 1000).get()
        #expect(try Value(wire: wire).sorted == config.sorted)
    }

    @Test("a write is refused in words that name the field")
    func refusal() throws {
        let scene = try makeConfigured()
        let failure = try scene.failure(of: scene.state.call("run", ["\nself.config.folder = 1"]))
        #expect(failure.message == "body:2: 'config' is read-only: folder is set by the host")
    }

    @Test("a refilled table stays the same table")
    func refill() throws {
        let scene = try LuaScene()
        scene.load(
            """
            local t = {state = {a = 1, b = {2}, 10, 20}}
            local s = t.state
            function t.run() return s == t.state, s.a, s.b, s[1], s.new end
            return t
            """)
        try scene.state.setField("state", ["new": ["x"], "a": 5])
        #expect(scene.returned(by: scene.state.call("run")) == [true, 5, .null, .null, ["x"]])
        try scene.state.setField("state", .emptyTable)
        #expect(scene.returned(by: scene.state.call("run")) == [true, .null, .null, .null, .null])
        try scene.state.setField("state", 7)
        #expect(scene.returned(by: scene.state.call("run")).first == false)
        #expect(try Value(wire: scene.state.encodeField("state", limit: 100).get()) == 7)
    }

    @Test("an unchanged field has the same bytes each time; a change shows")
    func comparable() throws {
        let scene = try LuaScene()
        scene.define("self.state.n = (self.state.n or 0) + (...)")
        try scene.state.setField("state", ["a": 1, "list": [1, 2], "n": 1])
        let first = try scene.state.encodeField("state", limit: 1000).get()
        _ = scene.state.call("run", [0])
        #expect(try scene.state.encodeField("state", limit: 1000).get() == first)
        _ = scene.state.call("run", [1])
        #expect(try scene.state.encodeField("state", limit: 1000).get() != first)
    }

    @Test("a field that is not plain, or too large, is refused by path; it can be read inside a host call")
    func encodeField() throws {
        let scene = try LuaScene()
        scene.define("self.state.x = {print}")
        _ = scene.state.call("run")
        let message = "state.x[1] is a function; only plain data can cross"
        #expect(throws: HostError(.invalidArgument, message)) {
            try scene.state.encodeField("state", limit: 1000).get()
        }
        var seen: [Value] = []
        scene.onCall = { scene in
            seen = (try? Value(wire: scene.state.encodeField("state", limit: 1000).get())).map { [$0] } ?? []
        }
        _ = scene.values("self.state = {n = 5} coroutine.wrap(function() lunad.log.info('x') end)()")
        #expect(seen == [["n": 5]])
        #expect(throws: HostError.self) { try scene.state.encodeField("state", limit: 10).get() }
    }

    @Test("a hook that is not there is named")
    func missingHook() throws {
        let scene = try LuaScene()
        scene.load("return {run = 5}")
        #expect(try scene.failure(of: scene.state.call("run")).message == "the script has no function 'run'")
        #expect(try scene.failure(of: LuaScene().state.call("run")).message == "no script is loaded")
    }
}
