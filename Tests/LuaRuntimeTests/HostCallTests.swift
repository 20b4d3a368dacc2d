import LuaRuntime
import Model
import Testing

/// Arguments are checked before the host is asked, in Lua's own words.
@Suite struct HostCallTests {
    private static let functions = [
        APIFunction("log.info", "", [.init("message", .string, "")]),
        APIFunction(
            "launch", "",
            [.init("type", .string, ""), .init("arguments", .table, ""), .init("n", .integer, optional: true, "")]),
        APIFunction(
            "all", "",
            [
                .init("s", .string, ""), .init("n", .number, ""), .init("i", .integer, ""), .init("b", .boolean, ""),
                .init("t", .table, ""),
                .init("a", .any, ""), .init("rest", .variadic, ""),
            ]),
        APIFunction("maybe", "", [.init("s", .string, optional: true, ""), .init("n", .number, optional: true, "")]),
        APIFunction("session", "", [.init("fn", .function, "")], waits: true),
        APIFunction("db:exec", "", [.init("sql", .string, ""), .init("rest", .variadic, "")]),
    ]

    private func makeScene() throws -> LuaScene { try LuaScene(functions: Self.functions) }

    @Test(
        "a wrong argument gets the message a Lua programmer expects",
        arguments: [
            ("lunad.launch('x', nil)", "bad argument #2 to 'launch' (table expected, got nil)"),
            ("lunad.launch('x')", "bad argument #2 to 'launch' (table expected, got no value)"),
            ("lunad.launch()", "bad argument #1 to 'launch' (string expected, got no value)"),
            ("lunad.launch({}, {})", "bad argument #1 to 'launch' (string expected, got table)"),
            ("lunad.launch('x', {}, 1.5)", "bad argument #3 to 'launch' (number has no integer representation)"),
            ("lunad.launch('x', {}, 'y')", "bad argument #3 to 'launch' (number expected, got string)"),
            ("lunad.launch('x', {}, {})", "bad argument #3 to 'launch' (number expected, got table)"),
            ("lunad.all('x', 1, 2, 'yes')", "bad argument #4 to 'all' (boolean expected, got string)"),
            ("lunad.all('x', 1, 2, true, {})", "bad argument #6 to 'all' (value expected)"),
            ("lunad.session(5)", "bad argument #1 to 'session' (function expected, got number)"),
            ("lunad.log.info(nil)", "bad argument #1 to 'info' (string expected, got nil)"),
            (
                "lunad.log.info(setmetatable({}, {__name = 'Thing'}))",
                "bad argument #1 to 'info' (string expected, got Thing)"
            ),
            ("lunad.session(function(db) db:exec({}) end)", "bad argument #1 to 'exec' (string expected, got table)"),
            ("lunad.session(function(db) db:exec() end)", "bad argument #1 to 'exec' (string expected, got no value)"),
        ])
    func messages(call: String, message: String) throws {
        let scene = try makeScene()
        let failure = try scene.failure("\n" + call)
        #expect(failure.message == "scripts/test.lua:2: " + message)
        #expect(failure.line == 2)
        #expect(!scene.calls.contains { ["launch", "all", "log.info", "db:exec"].contains($0.name) })
    }

    @Test(
        "a function called through pcall is named too",
        arguments: [
            ("lunad.launch", "bad argument #1 to 'lunad.launch' (string expected, got no value)"),
            ("lunad.log.info", "bad argument #1 to 'lunad.log.info' (string expected, got no value)"),
            ("string.rep", "bad argument #1 to 'string.rep' (string expected, got no value)"),
            ("setmetatable", "bad argument #1 to 'setmetatable' (table expected, got no value)"),
        ])
    func namesThroughPcall(function: String, message: String) throws {
        #expect(try makeScene().values("return select(2, pcall(\(function)))") == [.string(message)])
    }

    @Test("the words are those of the library itself")
    func sameAsLua() throws {
        let values = try makeScene().values(
            """
            local function words(f, ...) return (select(2, pcall(f, ...)):gsub("to '[^']*'", '')) end
            return words(lunad.launch) == words(string.rep), words(lunad.launch, {}) == words(string.rep, {}),
              words(lunad.maybe, 'x', {}) == words(string.rep, 'x', {}), words(lunad.session, 1) == words(xpcall, print, 1):gsub('#2', '#1')
            """)
        #expect(values == [true, true, true, true])
    }

    @Test(
        "what Lua converts is converted",
        arguments: [
            ("lunad.all('x', '1.5', '7', true, {}, 1)", ["x", .number(1.5), 7, true, .emptyTable, 1]),
            ("lunad.all(12, 3, 4.0, false, {1}, nil, nil, 2)", ["12", 3, 4, false, [1], .null, .null, 2]),
            (
                "lunad.all('x', 0x10, '9007199254740993', true, {}, 'a')",
                ["x", 16, 9_007_199_254_740_993, true, .emptyTable, "a"]
            ),
        ] as [(String, [Value])])
    func conversions(call: String, arguments: [Value]) throws {
        let scene = try makeScene()
        _ = scene.values(call)
        #expect(scene.calls.first?.arguments == arguments)
    }

    @Test(
        "optional arguments may be left out or nil; those too many are dropped",
        arguments: [
            ("lunad.maybe()", []), ("lunad.maybe(nil)", [.null]), ("lunad.maybe(nil, 2)", [.null, 2]),
            ("lunad.maybe('x')", ["x"]),
            ("lunad.maybe('x', 1, {}, print)", ["x", 1]), ("lunad.launch('x', {}, nil)", ["x", .emptyTable, .null]),
        ] as [(String, [Value])])
    func optional(call: String, arguments: [Value]) throws {
        let scene = try makeScene()
        _ = scene.values(call)
        #expect(scene.calls.first?.arguments == arguments)
    }

    @Test("a function among the arguments is refused by position")
    func functionArgument() throws {
        let scene = try makeScene()
        #expect(
            try scene.failure("lunad.all('x', 1, 2, true, {f = {print}}, 1)").message
                == "argument[5].f[1] is a function; only plain data can cross")
        #expect(scene.calls.isEmpty)
    }

    @Test("the clocks, stopping and a bare heartbeat do not reach the host")
    func natives() throws {
        let scene = try LuaScene()
        scene.clock.advance(by: .milliseconds(1_500))
        let before = scene.values("return lunad.now(), lunad.monotonic(), lunad.stopping(), lunad.heartbeat()")
        #expect(before == [.number(1_800_000_001.5), .number(1.5), false])
        scene.state.setStopping(true)
        #expect(scene.values("return lunad.stopping()") == [true])
        #expect(scene.calls.isEmpty)
        _ = scene.values("lunad.heartbeat('half way')")
        #expect(scene.calls == [.init(name: "heartbeat", arguments: ["half way"])])
    }

    @Test("a state without a host raises instead of crashing")
    func noHost() throws {
        let scene = try LuaScene()
        scene.state.delegate = nil
        #expect(try scene.failure("lunad.log.info('x')").message == "scripts/test.lua:1: no host is there")
        #expect(
            try scene.failure("require('x')").message
                == "scripts/test.lua:1: module 'x' cannot be loaded: no modules are there")
    }

    @Test("twenty thousand calls leave nothing behind")
    func manyCalls() throws {
        let scene = try makeScene()
        scene.answers["launch"] = .values([["id": 1]])
        scene.define("for i = 1, 1000 do assert(lunad.launch('x', {i}).id == 1) end")
        _ = scene.finish(scene.state.call("run"))
        scene.state.collect()
        let used = scene.state.memoryUsed
        for _ in 1...20 {
            scene.forgetCalls()
            _ = scene.returned(by: scene.finish(scene.state.call("run")))
        }
        scene.state.collect()
        #expect(scene.state.memoryUsed <= used + 1000)
        scene.expectCleanClose()
    }
}
