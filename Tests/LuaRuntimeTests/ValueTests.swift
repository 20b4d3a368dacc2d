import LuaRuntime
import Model
import Testing

/// Values as they cross between script and host.
@Suite struct ValueTests {
    static let plain: [Value] = [
        .null, true, false, 0, -1, .integer(.max), .integer(.min), .number(0.5), .number(-0.0), .number(1e308),
        .number(.infinity),
        .number(2), "", "text", "gr\u{00FC}n \u{1F980}", .string("nul\0inside"), .bytes([0xFF, 0x00, 0x80]),
        .emptyTable, [1, 2, 3],
        [["nested"], .emptyTable, ["a": [1]]], ["name": "x", "": 1, "with space": [true]],
        .map([.init(.integer(5), "sparse")]), .map([.init(.boolean(true), 1)]), .map([.init(.number(0.5), 1)]),
        .map([.init(.integer(1), "one"), .init("key", "named")]), .map([.init(.bytes([0xFE]), 1)]),
    ]

    @Test("plain values come back as they went in", arguments: plain)
    func roundTrip(value: Value) throws {
        let scene = try LuaScene()
        let again = scene.values("return (...)", [value])
        #expect(again.map(\.sorted) == [value.sorted])
        #expect(try Value(wire: value.wire) == value)
        try scene.state.setField("kept", ["v": value])
        let wire = try scene.state.encodeField("kept", limit: 1 << 20).get()
        let expected: Value = if case .null = value { .emptyTable } else { ["v": value] }
        #expect(try Value(wire: wire).sorted == expected.sorted)
    }

    @Test("not a number stays one, and integers stay apart from floats")
    func numbers() throws {
        let scene = try LuaScene()
        let values = scene.values("return 0/0, 1, 1.0, 1 << 63, math.tointeger(3.0)")
        guard values.count == 5, case .number(let number) = values[0] else {
            Issue.record("no number: \(values)")
            return
        }
        #expect(number.isNaN)
        #expect(Array(values.dropFirst()) == [1, .number(1), .integer(.min), 3])
    }

    @Test("a table's shape tells array, object and map apart")
    func shapes() throws {
        let scene = try LuaScene()
        #expect(
            scene.values("return {}, {1, 2}, {a = 1}, {[2] = 1}, {1, a = 2}, {1, nil, 3}") == [
                .emptyTable, [1, 2], ["a": 1], .map([.init(2, 1)]), .map([.init(1, 1), .init("a", 2)]),
                .map([.init(1, 1), .init(3, 3)]),
            ])
    }

    @Test("a table with a metatable crosses as what it holds itself")
    func metatables() throws {
        let body = "return setmetatable({1}, {__index = {2, 3}, __len = function() return 9 end, __pairs = error})"
        #expect(try LuaScene().values(body) == [[1]])
    }

    @Test("the same table twice is no cycle")
    func shared() throws {
        #expect(try LuaScene().values("local t = {1} return {t, t}, ({a = t, b = {t}}).b") == [[[1], [1]], [[1]]])
    }

    @Test(
        "what is not plain data is refused with the path to it",
        arguments: [
            ("print", "result[1] is a function; only plain data can cross"),
            ("{a = {b = {1, 2, print}}}", "result[1].a.b[3] is a function; only plain data can cross"),
            ("{['x y'] = coroutine.create(print)}", "result[1].x y is a coroutine; only plain data can cross"),
            ("{[{}] = 1}", "result[1][table] is nested"),
            ("{[print] = 1}", "result[1][function] is a function; only plain data can cross"),
            ("{[1.5] = print}", "result[1][1.5] is a function; only plain data can cross"),
        ])
    func refused(value: String, message: String) throws {
        let scene = try LuaScene()
        if message.hasSuffix("is nested") {
            #expect(scene.values("return \(value)") == [.map([.init(.emptyTable, 1)])])
            return
        }
        let failure = try scene.failure("return \(value)")
        #expect(failure.message == message)
        scene.expectNextHookWorks()
    }

    @Test("a session's handle is no plain data")
    func userdata() throws {
        let failure = try LuaScene().failure("return lunad.session(function(db) return {db} end)")
        #expect(failure.message == "result[1][1] is a userdata; only plain data can cross")
    }

    @Test(
        "cycles are refused with the path",
        arguments: [
            ("local t = {} t.t = t return t", "result[1].t contains itself; only plain data without cycles can cross"),
            (
                "local t = {} t[1] = {{x = t}} return 1, t",
                "result[2][1][1].x contains itself; only plain data without cycles can cross"
            ),
            (
                "local t = {} t[t] = 1 return t",
                "result[1][table] contains itself; only plain data without cycles can cross"
            ),
        ])
    func cycles(body: String, message: String) throws {
        #expect(try LuaScene().failure(body).message == message)
    }

    @Test("a hundred levels cross, one more does not")
    func depth() throws {
        let nest = "local t = 'leaf' for i = 1, ... do t = {t} end return t"
        let scene = try LuaScene()
        #expect(scene.values(nest, [99]).count == 1)
        let failure = try scene.failure(nest, [100])
        #expect(failure.message.hasPrefix("result[1][1][1]"))
        #expect(failure.message.hasSuffix("is nested deeper than 100 levels"))
    }

    @Test(
        "a value over the limit is refused, also when it is small inside Lua",
        arguments: [
            "return ('x'):rep(70000)", "local t = {} for i = 1, 20000 do t[i] = i end return t",
            "local t = {'x'} for i = 1, 60 do t = {t, t} end return t",
        ])
    func tooLarge(body: String) throws {
        let scene = try LuaScene(value: 65_536)
        let failure = try scene.failure(body)
        #expect(failure.message.hasSuffix("is too large to leave the script"), "\(failure.message)")
        #expect(
            try scene.failure("lunad.log.info('x', {v = (function() \(body) end)()})").message.contains("is too large"))
        scene.expectNextHookWorks()
    }

    @Test("arguments reach the host as values, replies the script")
    func hostCalls() throws {
        let scene = try LuaScene()
        scene.answers["json.encode"] = .values([1, "two", .null, [4]])
        let values = scene.values("return lunad.json.encode({a = {1, '\\255'}})")
        #expect(scene.calls == [.init(name: "json.encode", arguments: [["a": [1, .bytes([0xFF])]]])])
        #expect(values == [1, "two", .null, [4]])
    }
}
