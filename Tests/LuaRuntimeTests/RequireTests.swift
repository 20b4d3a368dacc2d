import LuaRuntime
import Model
import Testing

/// Shared code from `scripts/lib`.
@Suite struct RequireTests {
    @Test("a module is loaded once and kept")
    func cached() throws {
        let scene = try LuaScene()
        scene.modules = ["a": "lunad.log.info('loads') return {n = ...}", "b.c-d_1": "return 'deep'", "none": "x = 1"]
        #expect(
            scene.values("return require('a') == require('a'), require('a').n, require('b.c-d_1'), require('none'), x")
                == [true, "a", "deep", true, 1])
        #expect(scene.callNames == ["require", "log.info", "require", "require"])
    }

    @Test(
        "a name that is not one is refused before anybody looks for a file",
        arguments: [
            "", ".", "..", "a..b", ".a", "a.", "../a", "a/b", "/etc/passwd", "a b", "ä", "a\\0b", "a\\n",
        ])
    func badName(name: String) throws {
        let scene = try LuaScene()
        let failure = try scene.failure("require('\(name)')")
        #expect(failure.message.contains("cannot be loaded: a module's name has only letters"), "\(failure.message)")
        #expect(scene.calls.isEmpty)
    }

    @Test("a missing module, one with a syntax error and one that fails are told apart")
    func failures() throws {
        let scene = try LuaScene()
        scene.modules = ["syntax": "\nx = = 1", "fails": "\n\nerror('no')", "calls": "local f = require('fails')"]
        #expect(
            try scene.failure("\nrequire('gone')").message
                == "scripts/test.lua:2: module 'gone' cannot be loaded: there is no such file")
        #expect(
            try scene.failure("require('syntax')").message == "scripts/lib/syntax.lua:2: unexpected symbol near '='")
        let failure = try scene.failure("require('calls')")
        #expect(failure.message == "scripts/lib/fails.lua:3: no")
        #expect(failure.file == "scripts/lib/fails.lua")
        #expect(failure.line == 3)
        #expect(failure.traceback.contains("scripts/lib/calls.lua:1: in main chunk"), "\(failure.traceback)")
        #expect(failure.traceback.contains("scripts/test.lua:1: in hook 'run'"), "\(failure.traceback)")
    }

    @Test("a module that failed is tried again")
    func retry() throws {
        let scene = try LuaScene()
        scene.modules["m"] = "error('first')"
        scene.define("local ok, e = pcall(require, 'm') return ok, e")
        #expect(scene.returned(by: scene.finish(scene.state.call("run"))) == [false, "scripts/lib/m.lua:1: first"])
        scene.modules["m"] = "return 'second'"
        #expect(scene.returned(by: scene.finish(scene.state.call("run"))) == [true, "second"])
    }

    @Test("a module whose loading was interrupted or dropped is loaded anew")
    func interrupted() throws {
        let scene = try LuaScene()
        scene.answers["sleep"] = .wait
        scene.modules["m"] = "lunad.sleep(1) return 'loaded'"
        scene.define("return require('m')")
        guard case .waiting = scene.settle(scene.state.call("run")) else {
            Issue.record("it does not wait")
            return
        }
        scene.state.abort()
        guard case .waiting = scene.settle(scene.state.call("run")) else {
            Issue.record("it does not wait again")
            return
        }
        scene.state.interrupt(.stop)
        #expect(try scene.failure(of: scene.settle(scene.state.resume(nil))).kind == .interrupted(.stop))
        #expect(scene.returned(by: scene.finish(scene.state.call("run"))) == ["loaded"])
    }

    @Test("modules that require each other in a ring are refused")
    func ring() throws {
        let scene = try LuaScene()
        scene.modules = ["a": "require('b')", "b": "require('c')", "c": "require('a')"]
        let failure = try scene.failure("require('a')")
        #expect(failure.message == "scripts/lib/c.lua:1: module 'a' requires itself, directly or through another")
    }

    @Test("a module can wait, and be required in a coroutine")
    func waiting() throws {
        let scene = try LuaScene()
        scene.answers["fs.read"] = .wait
        scene.late = .values(["content"])
        scene.modules["m"] = "return lunad.fs.read('/x')"
        #expect(scene.values("return coroutine.wrap(require)('m'), require('m')") == ["content", "content"])
    }
}
