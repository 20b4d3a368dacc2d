import Model
import Platform
import Synchronization
import TestServer
import Testing

@testable import DaemonHost

extension EngineTests {
    @Suite("alerts")
    struct AlertTests {
        private static let failing = """
            local d = { policy = { max_errors = 1, probe_interval = 3600 } }
            function d:run_step() error("broken") end
            return d
            """
        private static let mended = "return { every = 1, run_step = function() end }"

        @Test("a failed daemon is told once, on record, as an event and in the log, and resolved when it is mended")
        func failedDaemon() async throws {
            try await HostScene.run(["d": Self.failing]) { scene in
                let before = scene.context.events.newest
                try await scene.boot()
                await scene.advance(by: .seconds(30))
                let active = try await scene.host.alerts.alerts(.active, limit: 10)
                #expect(active.map(\.topic) == [.init(.daemonFailed, "d")])
                #expect(active.first?.message.hasPrefix("d has failed: scripts/d.lua:2: broken") == true)
                let stored = try #require(scene.context.alerts)
                #expect(try stored.alerts(.all, limit: 10) == active)
                #expect(scene.log(of: nil).count { $0.message.hasPrefix("alert: d has failed") } == 1)
                #expect(alerts(in: scene, after: before).count == 1)
                try scene.project.write(script: "d", Self.mended)
                try scene.host.filesChanged()
                await scene.advance(by: .seconds(20))
                #expect(try scene.record("d").status == .running)
                #expect(try await scene.host.alerts.alerts(.active, limit: 10) == [])
                #expect(try stored.alerts(.resolved, limit: 10).map(\.id) == [1])
                #expect(scene.log(of: nil).count { $0.message.hasPrefix("alert resolved: d has failed") } == 1)
                #expect(alerts(in: scene, after: before).count == 2)
            }
        }

        private func alerts(in scene: HostScene, after id: Int64) -> [HostEvent] {
            scene.context.events.read(after: id, limit: 10_000).events.map(\.event).filter { $0.kind == .alert }
        }

        @Test("an alert is acknowledged once; unknown ones and those that are over are refused")
        func acknowledge() async throws {
            try await HostScene.run(["d": Self.failing]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(2))
                let first = try await scene.host.alerts.acknowledge(1)
                #expect(first.acknowledgedAt == scene.clock.now())
                await scene.advance(by: .seconds(5))
                #expect(try await scene.host.alerts.acknowledge(1) == first)
                await scene.settle()
                #expect(try scene.context.alerts?.alert(1) == first)
                #expect(await refusal { try await scene.host.alerts.acknowledge(2) } == .notFound)
                try scene.daemon("d").obey(.stop)
                await scene.advance(by: .seconds(20))
                #expect(await refusal { try await scene.host.alerts.acknowledge(1) } == .conflict)
            }
        }

        private func refusal(_ body: () async throws -> Alert) async -> HostError.Code? {
            do {
                _ = try await body()
                return nil
            } catch {
                return (error as? HostError)?.code
            }
        }

        @Test("what lasts over a kill of the host is the same alert after it")
        func afterKill() async throws {
            try await HostScene.run(["d": Self.failing]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(3))
                let before = try await scene.host.alerts.alerts(.active, limit: 10)
                #expect(before.count == 1)
                try await scene.afterKill { next in
                    try await next.boot()
                    await next.advance(by: .seconds(30))
                    #expect(try await next.host.alerts.alerts(.all, limit: 10) == before)
                    #expect(next.log(of: nil).count { $0.message.hasPrefix("alert") } == 0, "it was told before")
                }
            }
        }

        @Test("an alert that could not be written is written when the database is back")
        func unwritable() async throws {
            try await HostScene.run(["d": Self.failing]) { scene in
                try await scene.start()
                scene.store.fail { writes in
                    writes.contains { if case .alert = $0 { true } else { false } }
                        ? .fails(HostError(.diskFull, "full")) : nil
                }
                await scene.advance(by: .seconds(5))
                #expect(scene.host.alerts.activeCount == 1)
                #expect(try scene.context.alerts?.alerts(.all, limit: 1) == [])
                scene.store.fail(nil)
                await scene.advance(by: .seconds(2))
                await scene.settle()
                #expect(try scene.context.alerts?.alerts(.all, limit: 5).map(\.id) == [1])
            }
        }

        @Test("while all is well nothing is written and nothing is said")
        func quiet() async throws {
            try await HostScene.run(["d": Self.mended]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(100))
                #expect(!scene.store.writes.contains { if case .alert = $0 { true } else { false } })
                #expect(scene.host.alerts.activeCount == 0)
            }
        }

        @Test("a daemon that fails again and again without ending up failed is in a crash loop")
        func crashLoop() async throws {
            let script = """
                local d = { every = 1, state = { n = 0 }, policy = { backoff = { base = 0.5, max = 0.5 } } }
                local n = 0
                function d:run_step()
                  n = n + 1
                  if n % 2 == 1 then error("odd") end
                end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(60))
                let active = try await scene.host.alerts.alerts(.active, limit: 10)
                #expect(active.map(\.topic) == [.init(.crashLoop, "d")])
            }
        }

        @Test("jobs that fail are told by their type, and one without progress by its number")
        func jobs() async throws {
            var settings = HostSettings()
            settings.alerts.failureRuns = 3
            settings.alerts.jobSilence = .seconds(20)
            try await HostScene.run([:], settings: settings) { scene in
                try scene.project.makeFolder("scripts/jobs")
                try scene.project.write(
                    script: "jobs/bad", "return { attempts = 1, run = function() error('no') end }")
                try scene.project.write(
                    script: "jobs/slow",
                    """
                    return { run = function(self, job)
                      for i = 1, 10 do lunad.sleep(10) job:progress(i, 10) end
                      lunad.sleep(30)
                    end }
                    """)
                try await scene.boot()
                for _ in 0..<3 {
                    _ = try await scene.context.jobs.launch(
                        JobRequest(type: "bad", args: .emptyTable), attempts: nil)
                }
                let slow = try await scene.context.jobs.launch(
                    JobRequest(type: "slow", args: .emptyTable), attempts: nil)
                await scene.advance(by: .seconds(95))
                let active = try await scene.host.alerts.alerts(.active, limit: 10)
                #expect(active.map(\.topic) == [.init(.jobFailures, "bad")], "slow shows progress")
                await scene.advance(by: .seconds(28))
                let later = try await scene.host.alerts.alerts(.active, limit: 10)
                #expect(later.map(\.topic) == [.init(.jobStuck, "\(slow.id)"), .init(.jobFailures, "bad")])
                await scene.advance(by: .seconds(20))
                let last = try await scene.host.alerts.alerts(.active, limit: 10)
                #expect(last.map(\.topic) == [.init(.jobFailures, "bad")], "it has ended")
            }
        }

        @Test("the named program gets each alert as JSON, in order, and is tried again when it fails")
        func command() async throws {
            var settings = HostSettings()
            settings.alerts.command = [
                "sh", "-c", "cat >> told; test -e works || { echo no luck >&2; exit 3; }",
            ]
            try await HostScene.run(["d": Self.failing], settings: settings) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(1))
                await scene.wait(for: "the first failure") {
                    scene.log(of: nil).contains {
                        $0.message == "the alert command failed: it ended with exit status 3: no luck"
                    }
                }
                try scene.project.write("works", "")
                try scene.project.write("told", "")
                await scene.advance(by: .seconds(5))
                try await scene.wait(for: "the second attempt") { try scene.project.text("told").hasSuffix("}\n") }
                try scene.daemon("d").obey(.stop)
                await scene.advance(by: .seconds(20))
                try await scene.wait(for: "the end of it") {
                    try scene.project.text("told").contains(#""event":"resolved""#)
                }
                let told = try scene.project.text("told").split(separator: "\n").map { try JSON.decode(String($0)) }
                #expect(told.map { $0["event"] } == ["raised", "resolved"])
                #expect(told.allSatisfy { $0["kind"] == "daemon_failed" && $0["subject"] == "d" && $0["id"] == 1 })
                #expect(told.first?["project"] == .string(scene.project.folder.path))
            }
        }

        @Test("the named address gets each alert in a POST, and is tried again when it answers an error")
        func webhook() async throws {
            let failures = Atomic<Int>(1)
            let server = try TestServer { _ in
                let left = failures.load(ordering: .relaxed)
                failures.store(left - 1, ordering: .relaxed)
                return .text("", status: left > 0 ? 503 : 204)
            }
            var settings = HostSettings()
            settings.alerts.webhook = "http://127.0.0.1:\(server.port)/alerts"
            try await HostScene.run(["d": Self.failing], settings: settings) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(1))
                await scene.wait(for: "the first failure") {
                    scene.log(of: nil).contains { $0.message == "the alert webhook failed: it answered 503" }
                }
                await scene.advance(by: .seconds(5))
                await scene.wait(for: "the second attempt") { server.requests.count == 2 }
                let request = try #require(server.requests.last)
                #expect(request.method == "POST" && request.path == "/alerts")
                #expect(request.headers["content-type"] == "application/json")
                let told = try JSON.decode(request.body)
                #expect(told["event"] == "raised" && told["subject"] == "d")
            }
        }
    }
}
