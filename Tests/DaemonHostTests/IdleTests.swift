import Model
import Platform
import Testing

@testable import DaemonHost

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
                let empty = ProcessFacts.residentBytes
                try await scene.boot()
                await scene.advance(by: .seconds(2))
                #expect(scene.daemons.allSatisfy { $0.status == .running && $0.steps == 1 })
                let full = ProcessFacts.residentBytes
                #expect((full - empty) / 1_000 < 120_000, "\((full - empty) / 1_000) bytes a daemon")
                #expect(scene.daemons.allSatisfy { $0.memoryBytes > 0 && $0.memoryBytes < 40_000 })
                await scene.advance(by: .seconds(120))
                let later = ProcessFacts.residentBytes
                #expect(later - full < 8 << 20, "\(later - full) bytes more after two idle minutes")
            }
        }

        @Test("daemons that end give their memory back")
        func restarts() async throws {
            let script = """
                local d = { every = 86400 }
                function d:on_start() self.big = {} for i = 1, 20000 do self.big[i] = { i } end end
                function d:run_step() end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                let daemon = try scene.daemon("d")
                for _ in 0..<20 {
                    daemon.deliver(.restart(reason: "asked"))
                    await scene.settle()
                }
                let before = ProcessFacts.residentBytes
                for _ in 0..<100 {
                    daemon.deliver(.restart(reason: "asked"))
                    await scene.settle()
                }
                let grown = ProcessFacts.residentBytes - before
                #expect(grown < 8 << 20, "\(grown) bytes more after a hundred restarts of more than a megabyte each")
                #expect(daemon.snapshot().memoryBytes > 1 << 20)
            }
        }
    }
}
