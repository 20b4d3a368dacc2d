import LuaRuntime
import Model
import Testing

/// What a script can reach, and what it cannot.
@Suite struct SandboxTests {
    private static let libraries: [String: String] = [
        "_G": """
        _G _VERSION assert collectgarbage coroutine error getmetatable ipairs load lunad math next os pairs pcall print \
        rawequal rawget rawlen rawset require select setmetatable string table tonumber tostring type utf8 xpcall
        """,
        "coroutine": "close create isyieldable resume running status wrap yield",
        "math": """
        abs acos asin atan atan2 ceil cos cosh deg exp floor fmod frexp huge ldexp log log10 max maxinteger min \
        mininteger modf pi pow rad random randomseed sin sinh sqrt tan tanh tointeger type ult
        """,
        "os": "clock date difftime time",
        "string": "byte char find format gmatch gsub len lower match pack packsize rep reverse sub unpack upper",
        "table": "concat insert move pack remove sort unpack",
        "utf8": "char charpattern codepoint codes len offset",
        "lunad": """
        daemons events exec fail fs heartbeat http jobs json log \
        metrics monotonic now retry_after session sleep status stop stopping
        """,
        "lunad.fs": "list read stat write",
        "lunad.json": "decode encode",
        "lunad.log": "debug error info warn",
        "lunad.daemons": "get list",
    ]

    @Test("a library has what is allowed, and nothing else", arguments: libraries.keys.sorted())
    func allowList(library: String) throws {
        let values = try LuaScene().values(
            "local names = {} for name in pairs(\(library)) do names[#names + 1] = name end table.sort(names) return table.concat(names, ' ')"
        )
        #expect(values == [.string(Self.libraries[library] ?? "")])
    }

    @Test("require gives the standard libraries and nothing of the system", arguments: libraries.keys.sorted())
    func requireStandard(library: String) throws {
        let scene = try LuaScene()
        #expect(scene.values("return require('\(library)') == \(library)") == [true])
        #expect(scene.calls.isEmpty)
        for missing in ["io", "debug", "package", "lfs"] {
            let failure = try scene.failure("require('\(missing)')")
            #expect(
                failure.message == "scripts/test.lua:1: module '\(missing)' cannot be loaded: there is no such file")
        }
    }

    @Test("bytecode is refused wherever source goes in")
    func bytecode() throws {
        let scene = try LuaScene()
        // The head of a precompiled chunk of Lua 5.4.
        let bytes: [UInt8] = [0x1B, 0x4C, 0x75, 0x61, 0x54, 0x00, 0x19, 0x93, 0x0D, 0x0A, 0x1A, 0x0A, 4, 8, 8]
        let failure = try scene.failure(of: scene.state.load(source: bytes, chunkName: "@scripts/x.lua"))
        #expect(failure.kind == .syntax)
        #expect(failure.message == "attempt to load a binary chunk (mode is 't')")
        let refusal: [Value] = [.null, "attempt to load a binary chunk (mode is 't')"]
        #expect(scene.values("return load('\\27Lua')") == refusal)
        #expect(scene.values("return load('\\27Lua', 'x', 'b')") == refusal)
        #expect(scene.values("return load(function() return '\\27Lua' end, 'x', 'bt')") == refusal)
        scene.modules["m"] = "\u{1B}Lua"
        #expect(try scene.failure("require 'm'").message == "attempt to load a binary chunk (mode is 't')")
        #expect(scene.values("return string.dump") == [.null])
    }

    @Test("the metatable of strings leads to the string library alone")
    func stringMetatable() throws {
        let scene = try LuaScene()
        #expect(scene.values("return getmetatable('').__index == string, getmetatable('').__gc") == [true, .null])
        #expect(
            try scene.failure("setmetatable('', {})").message
                == "scripts/test.lua:1: bad argument #1 to 'setmetatable' (table expected, got string)")
        #expect(scene.values("getmetatable('').__index = function(_, k) return k .. '!' end return ('x').y") == ["y!"])
        let other = try LuaScene()
        #expect(other.values("return ('x').y") == [.null], "another state is not touched")
    }

    @Test("load has an environment, a name and a reader, as in Lua")
    func load() throws {
        let scene = try LuaScene()
        #expect(scene.values("return load('return x', 'c', 't', {x = 5})()") == [5])
        #expect(scene.values("x = 6 return load('return x')()") == [6])
        #expect(
            scene.values("local ok, e = pcall(load('return x.y', '=c', 't', {})) return e") == [
                "c:1: attempt to index a nil value (global 'x')"
            ])
        #expect(scene.values("return select(2, load('x =', '@c'))") == ["c:1: unexpected symbol near <eof>"])
        #expect(
            scene.values("local n = 0 return load(function() n = n + 1 return ({'return ', '4', '2'})[n] end)()") == [
                42
            ])
        #expect(
            scene.values("return load(function() return {} end)") == [
                .null, "scripts/test.lua:1: reader function must return a string",
            ])
        #expect(
            scene.values("return select(2, pcall(load))") == [
                "bad argument #1 to 'load' (function expected, got no value)"
            ])
        #expect(scene.values("return load('return ...', 'c', 't', nil)(1)") == [1])
    }

    @Test("the collector can be asked and called, not stopped")
    func collector() throws {
        let scene = try LuaScene()
        #expect(
            scene.values(
                "local n = collectgarbage('count') return math.type(n), n > 5, collectgarbage(), collectgarbage('collect')"
            ) == ["float", true, 0, 0])
        #expect(scene.values("return type(collectgarbage('step'))") == ["boolean"])
        for option in ["stop", "restart", "incremental", "generational", "setpause", "setstepmul", "isrunning"] {
            let message = "scripts/test.lua:1: bad argument #1 to 'collectgarbage' (invalid option '\(option)')"
            #expect(try scene.failure("collectgarbage('\(option)')").message == message)
        }
    }

    @Test("print writes one log line, its arguments joined by tabs")
    func print() throws {
        let scene = try LuaScene()
        _ = scene.values(
            "print('a', 1, 2.5, nil, true, setmetatable({}, {__tostring = function() return 'T' end})) print()")
        #expect(
            scene.calls == [
                .init(name: "log.info", arguments: ["a\t1\t2.5\tnil\ttrue\tT"]),
                .init(name: "log.info", arguments: [""]),
            ])
    }

    @Test("a global of one state is not in another")
    func isolation() throws {
        let one = try LuaScene()
        #expect(one.values("shared = 1 string.shared = 2 return shared") == [1])
        #expect(try LuaScene().values("return shared, string.shared") == [.null, .null])
    }

    @Test("os.time, os.date, os.clock and os.difftime work")
    func time() throws {
        #expect(
            try LuaScene().values("return os.time({year = 2001, month = 9, day = 9, hour = 12}) // 86400") == [11574])
        #expect(
            try LuaScene().values("return os.date('!%Y-%m-%d', 86400), os.difftime(5, 3), math.type(os.clock())") == [
                "1970-01-02", 2.0, "float",
            ])
        #expect(try LuaScene().values("return pcall(os.date, '%Ez', 0)").first == false)
    }
}
