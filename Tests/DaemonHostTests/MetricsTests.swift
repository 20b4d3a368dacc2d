import Model
import Platform
import Testing

@testable import DaemonHost

@Suite("lunad.metrics, and what the engine measures")
struct MetricsTests {
    private static func script(_ body: String, every: Int = 1) -> String {
        "local d = { every = \(every) } function d:run_step() \(body) end return d"
    }

    @Test("what a script counts and measures is in the host's metrics")
    func script() async throws {
        let body = """
            lunad.metrics.counter("sold")
            lunad.metrics.counter("sold_total", 2, { shop = "north" })
            lunad.metrics.gauge("left", 5)
            lunad.metrics.histogram("took_seconds", 0.2, nil, { 0.1, 1 })
            """
        try await HostScene.run(["a": Self.script(body)]) { scene in
            try await scene.boot()
            await scene.advance(by: .seconds(1.5))
            let families = try await scene.host.metrics()
            let daemon = MetricFamily.Label("daemon", "a")
            func samples(_ name: String) -> [MetricFamily.Sample] { families.first { $0.name == name }?.samples ?? [] }
            #expect(
                samples("lunad_script_sold") == [
                    .init([daemon], .number(2)), .init([daemon, .init("shop", "north")], .number(4)),
                ])
            #expect(samples("lunad_script_left") == [.init([daemon], .number(5))])
            guard case .histogram(let took)? = samples("lunad_script_took_seconds").first?.reading else {
                Issue.record("there is no histogram")
                return
            }
            #expect(took.bounds == [0.1, 1] && took.counts == [0, 2, 0])
        }
    }

    @Test(
        "wrong calls are refused with what would be right",
        arguments: [
            ("lunad.metrics.counter('x', -1)", "a counter only goes up"),
            ("lunad.metrics.gauge('x', 0/0)", "must be a finite number"),
            ("lunad.metrics.gauge('x')", "bad argument #2 to 'gauge' (number expected, got no value)"),
            ("lunad.metrics.gauge('a b', 1)", "is no name for a metric"),
            ("lunad.metrics.gauge('x', 1, { daemon = 'y' })", "is no name for a label"),
            ("lunad.metrics.histogram('x', 1, nil, { 2, 1 })", "ascending numbers"),
        ])
    func wrong(call: String, message: String) async throws {
        try await HostScene.run(["a": Self.script(call)]) { scene in
            try await scene.boot()
            #expect(try scene.record("a").error?.contains(message) == true)
        }
    }

    @Test("too many series are refused without an error, and logged once")
    func full() async throws {
        let body =
            "local n = 0 for i = 1, 1200 do if lunad.metrics.counter('x', 1, { i = i }) then n = n + 1 end end lunad.log.info('kept ' .. n .. ' at ' .. lunad.monotonic())"
        try await HostScene.run(["a": Self.script(body)]) { scene in
            try await scene.boot()
            await scene.advance(by: .seconds(1.5))
            let said = scene.said(by: "a")
            #expect(said.count { $0.contains("no more series are kept") } == 1)
            #expect(said.count { $0.hasPrefix("kept 1000 at ") } == 2)
        }
    }

    @Test("a removed daemon's series go with it")
    func removed() async throws {
        try await HostScene.run(["a": Self.script("lunad.metrics.gauge('x', 1)")]) { scene in
            try await scene.boot()
            _ = try await scene.host.add(DaemonAddition(name: "b", type: "a"), patience: .zero)
            await scene.advance(by: .seconds(1.5))
            func owners() async throws -> [[MetricFamily.Label]] {
                try await scene.host.metrics().first { $0.name == "lunad_script_x" }?.samples.map(\.labels) ?? []
            }
            #expect(try await owners() == [[.init("daemon", "a")], [.init("daemon", "b")]])
            try scene.daemon("b").deliver(.stop(reason: "a test"))
            await scene.settle()
            try await scene.host.remove(named: "b", patience: .zero)
            #expect(try await owners() == [[.init("daemon", "a")]])
        }
    }

    @Test("steps are measured: how long they take, and how late they begin")
    func steps() async throws {
        try await HostScene.run(["a": Self.script("lunad.sleep(3)")]) { scene in
            try await scene.boot()
            await scene.advance(by: .seconds(6.5))
            let families = try await scene.host.metrics()
            func reading(_ name: String) -> MetricFamily.Reading? {
                families.first { $0.name == name }?.samples.first?.reading
            }
            guard case .histogram(let seconds)? = reading("lunad_step_seconds"),
                case .histogram(let lag)? = reading("lunad_step_lag_seconds")
            else {
                Issue.record("the steps are not measured")
                return
            }
            #expect(seconds.count == 2 && seconds.sum == 6)
            // A step that takes longer than the time between two is followed at once.
            #expect(lag.count == 3 && lag.sum == 0)
            #expect(reading("lunad_daemon_step_seconds") == .number(6))
        }
    }

    @Test("a step that the machine was too busy for is late; one that was delayed after a failure is not")
    func lag() async throws {
        let body = "self.n = (self.n or 0) + 1 if self.n == 3 then error('boom') end"
        try await HostScene.run(["a": Self.script(body, every: 10)]) { scene in
            try await scene.boot()
            await scene.advance(by: .seconds(1))
            await scene.jump(by: .seconds(11))
            func lag() async throws -> MetricFamily.Reading? {
                try await scene.host.metrics().first { $0.name == "lunad_daemon_step_lag_seconds" }?.samples.first?
                    .reading
            }
            #expect(try await lag() == .number(2))
            await scene.advance(by: .seconds(8))
            #expect(try scene.record("a").status == .backingOff)
            #expect(try await lag() == .number(0))
            await scene.jump(by: .seconds(9))
            #expect(try scene.record("a").status == .running)
            #expect(try await lag() == .number(0))
        }
    }

    @Test("jobs are counted by type: those that have ended, those that have not, and how long the oldest waits")
    func jobs() async throws {
        var settings = HostSettings()
        settings.jobWorkers = 1
        let script = """
            local d = { every = 3600 }
            function d:on_start()
              for i = 1, 2 do lunad.jobs.launch("quick") end
              lunad.jobs.launch("slow", nil, { priority = -1 })
              lunad.jobs.launch("quick", nil, { priority = -2 })
            end
            function d:run_step() end
            return d
            """
        try await HostScene.run(["a": script], settings: settings) { scene in
            try scene.project.makeFolder("scripts/jobs")
            try scene.project.write(script: "jobs/quick", "return { run = function() end }")
            try scene.project.write(script: "jobs/slow", "return { run = function() lunad.sleep(1000) end }")
            try await scene.boot()
            await scene.wait(for: "the slow job to run") {
                (try? scene.context.queue.backlog().contains { $0.type == "slow" && $0.status == .running }) == true
            }
            await scene.advance(by: .seconds(5))
            let families = try await scene.host.metrics()
            func samples(_ name: String) -> [MetricFamily.Sample] { families.first { $0.name == name }?.samples ?? [] }
            let quick = MetricFamily.Label("type", "quick")
            #expect(samples("lunad_jobs_ended") == [.init([quick, .init("status", "completed")], .number(2))])
            #expect(
                samples("lunad_jobs_unfinished") == [
                    .init([quick, .init("status", "pending")], .number(1)),
                    .init([.init("type", "slow"), .init("status", "running")], .number(1)),
                ])
            #expect(samples("lunad_jobs_queue_age_seconds") == [.init([quick], .number(5))])
        }
    }
}
