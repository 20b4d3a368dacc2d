import Model
import Platform
import TestServer
import Testing

@testable import DaemonHost

extension EngineTests {
    @Suite("the service manager's view")
    struct ServiceReporterTests {
        private static let steady = "return { every = 3600, run_step = function() end }"

        /// Runs a scene under a service manager that wants a sign of life every ten seconds.
        private func run(
            _ scripts: [String: String], _ body: (HostScene, NotifySocket) async throws -> Void
        ) async throws {
            let sink = try NotifySocket()
            try await HostScene.run(scripts, service: sink.manager(watchdog: .seconds(10))) { scene in
                try await body(scene, sink)
            }
        }

        @Test("a sign of life comes every half interval, and nothing else while nothing changes")
        func signs() async throws {
            try await run(["d": Self.steady]) { scene, sink in
                try await scene.boot()
                scene.host.ready()
                await scene.advance(by: .seconds(2))
                _ = sink.messages()
                for _ in 0..<3 {
                    await scene.advance(by: .seconds(20))
                    #expect(sink.messages() == Array(repeating: "WATCHDOG=1", count: 4))
                }
                _ = await scene.stop()
                _ = sink.messages()
                await scene.advance(by: .seconds(60))
                #expect(sink.messages() == [], "a host that has stopped gives none")
            }
        }

        @Test("none comes while the writer does not answer")
        func stuckWriter() async throws {
            try await run(["d": Self.steady]) { scene, sink in
                try await scene.boot()
                scene.host.ready()
                await scene.advance(by: .seconds(2))
                let holder = try await scene.holdWriter()
                _ = sink.messages()
                await scene.advance(by: .seconds(30))
                #expect(!sink.messages().contains("WATCHDOG=1"))
                #expect(scene.log.count { $0.message.contains("no sign of life") } == 1, "told once")
                await scene.giveBack(holder)
                await scene.advance(by: .seconds(6))
                #expect(sink.messages().contains("WATCHDOG=1"))
            }
        }

        @Test(
            "none comes while a critical daemon has failed, unless only a change of its file can help",
            arguments: [
                ("critical = true, run_step = function() lunad.fail('over') end", false),
                ("critical = true, run_step = function() error('once') end", false),
                ("run_step = function() lunad.fail('over') end", true),
                ("critical = true, every = 'never', run_step = function() end", true),
            ])
        func critical(body: String, isAlive: Bool) async throws {
            let script = "return { policy = { max_errors = 1 }, \(body) }"
            try await run(["d": script]) { scene, sink in
                try await scene.boot()
                #expect(try scene.record("d").status == .failed)
                scene.host.ready()
                _ = sink.messages()
                await scene.advance(by: .seconds(30))
                #expect(sink.messages().contains("WATCHDOG=1") == isAlive)
            }
        }

        @Test("the line tells the daemons by status, and is sent when it has changed")
        func status() async throws {
            try await run(["a": Self.steady, "b": Self.steady]) { scene, sink in
                try await scene.boot()
                await scene.advance(by: .seconds(3))
                #expect(sink.messages().last == "STATUS=2 daemons: 2 running; 0 jobs running")
                try scene.daemon("b").obey(.stop)
                await scene.advance(by: .seconds(1))
                #expect(sink.messages() == ["STATUS=2 daemons: 1 stopped, 1 running; 0 jobs running"])
                await scene.advance(by: .seconds(10))
                #expect(sink.messages() == [])
            }
        }
    }
}

extension NotifySocket {
    func manager(watchdog: Duration) throws -> ServiceManager {
        try #require(ServiceManager(address: address, watchdogInterval: watchdog))
    }
}
