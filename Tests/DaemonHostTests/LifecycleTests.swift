import Model
import Testing

@testable import DaemonHost

extension EngineTests {
    @Suite("starting and stopping")
    struct LifecycleTests {
        /// Says each hook that is called.
        private static let talker = """
            local d = { every = 5 }
            function d:on_start() lunad.log.info("on_start") end
            function d:run_step() lunad.log.info("step", { at = lunad.monotonic() }) end
            function d:on_stop(reason) lunad.log.info("on_stop: " .. reason) end
            return d
            """

        @Test("on_start comes before the first step, on_stop after the last")
        func hooksInOrder() async throws {
            try await HostScene.run(["talker": Self.talker]) { scene in
                let summary = try await scene.boot()
                #expect(summary.daemons == 1 && summary.started == 1)
                await scene.advance(by: .seconds(6))
                #expect(await scene.stop(reason: "enough") == [])
                #expect(scene.said(by: "talker") == ["on_start", "step", "step", "on_stop: enough"])
                let record = try scene.record("talker")
                #expect(record.status == .stopped && record.reason == "enough" && record.steps == 2)
            }
        }
    }
}
