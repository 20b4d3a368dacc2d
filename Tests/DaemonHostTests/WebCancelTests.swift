import Model
import Platform
import TestServer
import Testing

@testable import DaemonHost

@Suite("lunad.http that is not waited for any longer")
struct WebCancelTests {
    @Test("a stop ends a request at once, and the step goes on")
    func stopped() async throws {
        let server = try TestServer { _ in .silence }
        let script = HostScene.asking(
            server,
            "local ok, why = pcall(lunad.http.get, url, { timeout = 600 }) lunad.log.info(why) self.went_on = true")
        try await HostScene.run(["asker": script]) { scene in
            try await scene.boot()
            await scene.wait(for: "the request to arrive") { server.requests.count == 1 }
            try scene.daemon("asker").deliver(.stop(reason: "a test"))
            await scene.wait(for: "the daemon to stop") { (try? scene.record("asker").status) == .stopped }
            #expect(scene.said(by: "asker") == ["GET \(server.url()) was cancelled", "stopped"])
            #expect(try scene.record("asker").errors == 0)
            await scene.wait(for: "the server to see the end") { server.abandoned == 1 }
        }
    }

    @Test("on_stop may say goodbye")
    func goodbye() async throws {
        let server = try TestServer { .text($0.path) }
        let script = """
            local d = { every = 3600, allow = { http = { "127.0.0.1:\(server.port)" } } }
            function d:run_step() end
            function d:on_stop() lunad.log.info(lunad.http.post("\(server.url("/bye"))").body) end
            return d
            """
        try await HostScene.run(["asker": script]) { scene in
            try await scene.boot()
            try scene.daemon("asker").deliver(.stop(reason: "a test"))
            await scene.wait(for: "the daemon to stop") { (try? scene.record("asker").status) == .stopped }
            #expect(scene.said(by: "asker") == ["/bye"])
        }
    }

    @Test("an interrupt ends the request with the script")
    func interrupted() async throws {
        let server = try TestServer { _ in .silence }
        // It asks again and again, whatever it is told.
        let script = HostScene.asking(server, "while true do pcall(lunad.http.get, url, { timeout = 600 }) end")
        try await HostScene.run(["asker": script]) { scene in
            try await scene.boot()
            await scene.wait(for: "the first request") { server.requests.count == 1 }
            try scene.daemon("asker").deliver(.stop(reason: "a test"))
            await scene.wait(for: "the second request") { server.requests.count == 2 }
            await scene.advance(by: .seconds(10))
            await scene.wait(for: "the daemon to stop") { (try? scene.record("asker").status) == .stopped }
            await scene.wait(for: "the server to see both ends") { server.abandoned == 2 }
            #expect(scene.said(by: "asker") == ["stopped"])
        }
    }

    @Test("an interrupted script's program is ended, too")
    func program() async throws {
        let script = """
            local d = { every = 3600, allow = { exec = { "sleep" } }, policy = { stop_timeout = 1, stop_hook_timeout = 1 } }
            function d:run_step() lunad.log.info("begins") lunad.exec({ "sleep", "1000" }) end
            return d
            """
        try await HostScene.run(["runner": script]) { scene in
            try await scene.boot()
            let marker = "LUNAD_HOST=\(scene.project.folder.path)"
            await scene.wait(for: "the program to run") { ProcessesOnMachine.count(marker: marker) == 1 }
            try scene.daemon("runner").deliver(.stop(reason: "a test"))
            await scene.advance(by: .seconds(1))
            await scene.wait(for: "the program to be ended") { ProcessesOnMachine.count(marker: marker) == 0 }
        }
    }
}
