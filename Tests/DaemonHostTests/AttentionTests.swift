import Model
import Platform
import Testing

@testable import DaemonHost

@Suite("which daemons each round of housekeeping looks at")
struct AttentionTests {
    @Test("one that is well and between two steps is left alone, and vouched for each half minute")
    func quiet() async throws {
        try await HostScene.run(["d": "return { every = 3600, run_step = function() end }"]) { scene in
            try await scene.boot()
            await scene.advance(by: .seconds(5))
            #expect(scene.context.registry.takeAttended().isEmpty)
            let before = try #require(try scene.stored("d").lastHeartbeat)
            await scene.advance(by: .seconds(31))
            let after = try #require(try scene.stored("d").lastHeartbeat)
            #expect(after.milliseconds - before.milliseconds >= 25_000)
            try scene.daemon("d").deliver(.wake)
            #expect(scene.context.registry.takeAttended().map(\.name) == ["d"])
        }
    }

    @Test(
        "one that sleeps in a step, backs off or has failed is looked at every second",
        arguments: [
            "lunad.sleep(1000)", "error('boom')", "lunad.fail('no more')",
        ])
    func busy(step: String) async throws {
        try await HostScene.run(["d": "return { every = 1000, run_step = function() \(step) end }"]) { scene in
            try await scene.boot()
            for _ in 0..<3 {
                await scene.advance(by: .seconds(1))
                let attended = scene.context.registry.takeAttended()
                #expect(attended.map(\.name) == ["d"])
                for daemon in attended { daemon.endRound() }
            }
        }
    }
}
