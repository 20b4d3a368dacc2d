import Model
import Testing

@testable import DaemonHost
@testable import LuaRuntime

extension EngineTests {
    @Suite("idle costs nothing")
    struct IdleTests {
        private static let sleeper = "return { every = 86400, run_step = function() lunad.log.info('step') end }"

        @Test("nothing looks for work while nothing is due, but for one round of housekeeping a second")
        func looks() async throws {
            try await HostScene.run(["d": Self.sleeper]) { scene in
                for number in 1..<200 {
                    try await scene.write(.registerDaemon(name: "d\(number)", type: "d", enabled: true))
                }
                try await scene.boot()
                await scene.advance(by: .seconds(2))
                let before = scene.context.executor.statistics.looks
                await scene.advance(by: .seconds(25))
                let looks = scene.context.executor.statistics.looks - before
                // A worker is rung, looks, runs, looks again; what the store answers wakes nobody.
                #expect(looks >= 25 && looks <= 25 * 3, "\(looks) looks")
                #expect(scene.context.executor.statistics.waiting == 2)
            }
        }

        @Test("daemons that do nothing write nothing between two rounds of vouching")
        func writes() async throws {
            try await HostScene.run(["d": Self.sleeper]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(31))
                let before = (scene.store.writes.count, scene.store.commits)
                await scene.advance(by: .seconds(26))
                #expect(scene.store.writes.count == before.0 && scene.store.commits == before.1)
            }
        }

        @Test("a thousand idle daemons take little memory, and no more as time passes")
        func memory() async throws {
            try await HostScene.run(["d": Self.sleeper]) { scene in
                for number in 1..<1_000 {
                    try await scene.write(.registerDaemon(name: "d\(number)", type: "d", enabled: true))
                }
                try await scene.boot()
                await scene.advance(by: .seconds(2))
                #expect(scene.daemons.allSatisfy { $0.status == .running && $0.steps == 1 })
                let before = heaps(scene)
                #expect(before.allSatisfy { $0 > 0 && $0 < 40_000 }, "\(before.max() ?? 0) bytes")
                let logged = scene.log.count
                await scene.advance(by: .seconds(120))
                #expect(heaps(scene) == before)
                #expect(scene.log.count == logged)
                let statistics = scene.context.executor.statistics
                #expect(statistics.timers <= 1_002 && statistics.queued == 0, "one timer a daemon, and the host's own")
            }
        }

        private func heaps(_ scene: HostScene) -> [Int] {
            scene.context.registry.all().map { daemon in
                daemon.core.withLock { $0.incarnation }?.shared.withLock { $0.lua?.memoryUsed } ?? 0
            }
        }

        @Test("of a daemon that ended nothing is left")
        func release() async throws {
            let endings: [DaemonMachine.Event] = [
                .restart(reason: "asked"), .stop(reason: "asked"), .start(reason: "asked"), .stop(reason: "asked"),
            ]
            try await HostScene.run(["d": Self.sleeper]) { scene in
                try await scene.boot()
                let daemon = try scene.daemon("d")
                for event in endings {
                    weak let incarnation = daemon.core.withLock { $0.incarnation }
                    weak let lua = incarnation?.shared.withLock { $0.lua }
                    daemon.deliver(event)
                    await scene.settle()
                    #expect(incarnation == nil && lua == nil)
                }
                #expect(scene.context.executor.statistics.timers == 1, "housekeeping's")
            }
        }
    }
}
