import Model
import Testing

@testable import DaemonHost

extension EngineTests {
    @Suite("the numbers for charts")
    struct StatisticsTests {
        private static let hour = Duration.seconds(3_600)

        private func total(
            _ report: StatisticsReport, _ number: (StatisticsSeries.Bucket) -> UInt32
        ) -> Int { report.buckets.reduce(0) { $0 + Int(number($1.bucket)) } }

        @Test("steps are counted with how long they took and how late they began, errors beside them")
        func steps() async throws {
            let script = """
                local d = { every = 10, state = {}, policy = { backoff = { base = 1, max = 1 } } }
                local n = 0
                function d:run_step()
                  n = n + 1
                  lunad.sleep(n)
                  if n == 3 then error("third") end
                end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(33))
                let report = try scene.host.statistics(of: "d", span: Self.hour)
                #expect(total(report, \.steps) == 3)
                #expect(total(report, \.errors) == 1)
                #expect(report.buckets.compactMap(\.bucket.stepMax).max() == 4)
                #expect(report.buckets.compactMap(\.bucket.lagMax).max() == 0)
                #expect(report.buckets.last?.bucket.memory ?? 0 > 0)
                let all = try scene.host.statistics(of: nil, span: Self.hour)
                #expect(all.buckets.map(\.bucket.steps).reduce(0, +) == 3)
                #expect(scene.host.recentSteps() == ["d": [1, 2, 4]])
            }
        }

        @Test("a step that begins late says how late")
        func lag() async throws {
            let script = "return { every = 5, run_step = function(self) end }"
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                await scene.jump(by: .seconds(8))
                let report = try scene.host.statistics(of: "d", span: Self.hour)
                #expect(report.buckets.compactMap(\.bucket.lagMax).max() == 3)
            }
        }

        @Test("the heaps of stopped daemons count no more")
        func memory() async throws {
            let script = "return { every = 5, run_step = function(self) end }"
            try await HostScene.run(["a": script, "b": script]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(6))
                let before = try #require(try scene.host.statistics(of: nil, span: Self.hour).buckets.last).bucket
                    .memory
                _ = try await scene.host.carryOut(.stop, on: "a", patience: .seconds(60))
                let after = try #require(try scene.host.statistics(of: nil, span: Self.hour).buckets.last).bucket.memory
                #expect(before > after && after > 0)
                _ = try await scene.host.carryOut(.stop, on: "b", patience: .seconds(60))
                #expect(try scene.host.statistics(of: nil, span: Self.hour).buckets.last?.bucket.memory == 0)
            }
        }

        @Test("a daemon that nobody has is an error")
        func unknown() async throws {
            try await HostScene.run([:]) { scene in
                try await scene.boot()
                #expect(throws: HostError.self) { try scene.host.statistics(of: "nobody", span: Self.hour) }
                #expect(try scene.host.statistics(of: nil, span: Self.hour).buckets.count == 1)
            }
        }

        @Test(
            "a bounded number of daemons has a track; one that is asked for gets the place of the one asked for least")
        func bound() async throws {
            try await HostScene.run([:]) { scene in
                let host = HostStatistics(clock: scene.clock)
                let daemons = (0...HostStatistics.mostTracks).map { _ in DaemonStatistics(host: host) }
                let now = scene.clock.monotonic()
                for daemon in daemons { daemon.add(.error, at: now) }
                func errors(_ index: Int) -> Int {
                    total(host.report(of: daemons[index], span: Self.hour), \.errors)
                }
                let last = daemons.count - 1
                #expect(errors(1) == 1)
                #expect(errors(last) == 0)
                daemons[last].add(.error, at: now)
                #expect(errors(last) == 1)
                #expect(errors(0) == 0)
                #expect(errors(1) == 1)
                #expect(total(host.report(span: Self.hour), \.errors) == daemons.count + 1)
            }
        }
    }
}
