import Model
import Platform
import Testing

@testable import DaemonHost

extension EngineTests {
    @Suite("what an operator asks for")
    struct ControlTests {
        /// Long enough that only a test that fails reaches it.
        private static let patience = Duration.seconds(60)
        private static let plain = "return { every = 5, run_step = function(self) end }"
        private static let configured = """
            local d = {
              every = 5, state = { steps = 0 },
              config = { folder = { type = "string", default = "/a" }, batch = { type = "integer", min = 1, max = 9 } },
            }
            function d:run_step()
              self.state.steps = self.state.steps + 1
              lunad.log.info(self.config.folder .. " " .. tostring(self.config.batch))
            end
            return d
            """

        @Test("the answer to each command is the state after it, and is in the database by then")
        func commands() async throws {
            try await HostScene.run(["inbox": Self.plain]) { scene in
                try await scene.boot()
                for (command, status) in [
                    (DaemonCommand.stop, DaemonStatus.stopped), (.start, .running), (.restart, .running),
                    (.stop, .stopped),
                    (.restart, .running),
                ] {
                    let record = try await scene.host.carryOut(command, on: "inbox", patience: Self.patience)
                    #expect(record.status == status)
                    #expect(try scene.stored("inbox").status == status)
                    #expect(try scene.stored("inbox").reason == record.reason)
                }
                let notes = try scene.store.activities(of: "inbox", limit: 100).filter { $0.kind == "operator" }
                #expect(notes.map(\.message).first == "asked to stop")
                #expect(notes.count == 5)
            }
        }

        @Test("a start that fails answers with the failure")
        func failingStart() async throws {
            try await HostScene.run(["bad": "error('no good')"]) { scene in
                try await scene.boot()
                let record = try await scene.host.carryOut(.start, on: "bad", patience: Self.patience)
                #expect(record.status == .failed)
                #expect(record.reason.contains("no good"))
            }
        }

        @Test("an answer does not wait longer than it may, and then tells what is so")
        func patience() async throws {
            let slow = """
                local d = {}
                function d:on_start() lunad.sleep(20) end
                function d:run_step() end
                return d
                """
            try await HostScene.run(["slow": slow]) { scene in
                try await scene.boot()
                let record = try await scene.host.carryOut(.start, on: "slow", patience: .milliseconds(20))
                #expect(record.status == .starting)
                async let patient = scene.host.carryOut(.start, on: "slow", patience: Self.patience)
                await scene.advance(by: .seconds(21))
                #expect(try await patient.status == .running)
            }
        }

        @Test("a daemon whose script says enabled = false runs when it is asked for")
        func askedFor() async throws {
            let off = "return { enabled = false, run_step = function() end }"
            try await HostScene.run(["off": off]) { scene in
                try await scene.boot()
                #expect(try scene.record("off").status == .stopped)
                #expect(try await scene.host.carryOut(.start, on: "off", patience: Self.patience).status == .running)
                #expect(try scene.stored("off").enabled == false)
            }
        }

        @Test("enabling and disabling change that setting alone, and the next host heeds it")
        func enabling() async throws {
            try await HostScene.run(["inbox": Self.plain]) { scene in
                try await scene.boot()
                var before = try scene.record("inbox")
                let after = try await scene.host.carryOut(.disable, on: "inbox", patience: Self.patience)
                before.enabled = false
                before.enabledByOperator = true
                #expect(after == before)
                #expect(try scene.stored("inbox").enabledByOperator)
                _ = await scene.stop()
                try await scene.afterKill { next in
                    let summary = try await next.boot()
                    #expect(summary.started == 0)
                }
            }
        }

        @Test("all at once: start leaves out what is disabled, restart what is at rest")
        func all() async throws {
            try await HostScene.run(["a": Self.plain, "b": Self.plain, "c": Self.plain]) { scene in
                try await scene.boot()
                _ = try await scene.host.carryOut(.disable, on: "c", patience: Self.patience)
                let stopped = try await scene.host.carryOutOnAll(.stop, patience: Self.patience)
                #expect(stopped.map(\.status) == [.stopped, .stopped, .stopped])
                let started = try await scene.host.carryOutOnAll(.start, patience: Self.patience)
                #expect(started.map(\.name) == ["a", "b"] && started.allSatisfy { $0.status == .running })
                #expect(
                    try await scene.host.carryOutOnAll(.restart, patience: Self.patience).map(\.name) == ["a", "b"])
            }
        }

        @Test("an unknown daemon is told with a near name")
        func unknown() async throws {
            try await HostScene.run(["inbox": Self.plain]) { scene in
                try await scene.boot()
                await #expect(throws: HostError(.notFound, "there is no daemon 'inbx'; did you mean 'inbox'?")) {
                    try await scene.host.carryOut(.start, on: "inbx", patience: .zero)
                }
            }
        }

        // MARK: - The books

        @Test("an instance is added with its own config and runs beside the first; removed, it is gone")
        func addAndRemove() async throws {
            try await HostScene.run(["inbox": Self.configured]) { scene in
                try await scene.boot()
                let addition = DaemonAddition(
                    name: "inbox2", type: "inbox", config: ConfigChange(assignments: ["folder=/b", "batch=3"]))
                #expect(try await scene.host.add(addition, patience: Self.patience).status == .running)
                await scene.settle()
                #expect(scene.said(by: "inbox2") == ["/b 3"])
                #expect(scene.said(by: "inbox") == ["/a nil"])
                await #expect(throws: HostError(.conflict, "there is a daemon 'inbox2' already")) {
                    try await scene.host.add(addition, patience: .zero)
                }
                try await scene.host.remove(named: "inbox2", patience: Self.patience)
                #expect(try scene.store.daemon(named: "inbox2") == nil)
                #expect(try scene.store.config(of: "inbox2") == [])
                #expect(try scene.store.state(of: "inbox2") == nil)
                #expect(scene.host.daemons().map(\.name) == ["inbox"])
                await #expect(throws: HostError.self) { try await scene.host.remove(named: "inbox", patience: .zero) }
                #expect(scene.host.daemons().map(\.name) == ["inbox"])
            }
        }

        @Test(
            "an addition that cannot be is refused and leaves nothing behind",
            arguments: [
                ("inbox2", "nothing", [], HostError.Code.notFound), ("a/b", "inbox", [], .invalidArgument),
                ("inbox2", "inbox", ["batch=10"], .invalidArgument), ("inbox2", "../x", [], .invalidArgument),
                ("inbox2", "broken", [], .script),
            ] as [(String, String, [String], HostError.Code)])
        func badAdditions(name: String, type: String, assignments: [String], code: HostError.Code) async throws {
            try await HostScene.run(["inbox": Self.configured, "broken": "return {"]) { scene in
                try await scene.boot()
                let addition = DaemonAddition(name: name, type: type, config: ConfigChange(assignments: assignments))
                let error = await #expect(throws: HostError.self) {
                    try await scene.host.add(addition, patience: .zero)
                }
                #expect(error?.code == code)
                #expect(try scene.store.daemons().map(\.name) == ["broken", "inbox"])
                #expect(scene.host.daemons().map(\.name) == ["broken", "inbox"])
            }
        }

        // MARK: - Config

        @Test("a change reaches a running daemon, which keeps its state")
        func configChange() async throws {
            try await HostScene.run(["inbox": Self.configured]) { scene in
                try await scene.boot()
                let config = try await scene.host.changeConfig(
                    of: "inbox", ConfigChange(settings: [.init("folder", "/b")], assignments: ["batch=2"]))
                #expect(config.stored == [.init("batch", 2), .init("folder", "/b")])
                await scene.settle()
                #expect(scene.said(by: "inbox") == ["/a nil", "/b 2"])
                #expect(try scene.storedState("inbox", "steps") == 2)
                _ = try await scene.host.changeConfig(of: "inbox", ConfigChange(settings: [.init("batch", nil)]))
                await scene.settle()
                #expect(scene.said(by: "inbox").last == "/b nil")
                #expect(try scene.store.config(of: "inbox") == [.init("folder", "/b")])
            }
        }

        @Test("a change with a problem changes nothing, and names what is wrong")
        func badChange() async throws {
            try await HostScene.run(["inbox": Self.configured]) { scene in
                try await scene.boot()
                let change = ConfigChange(settings: [.init("folder", "/b"), .init("btch", 1), .init("batch", 99)])
                let error = await #expect(throws: HostError.self) {
                    try await scene.host.changeConfig(of: "inbox", change)
                }
                #expect(error?.code == .invalidArgument)
                #expect(error?.message.contains("btch is not a config key (did you mean \"batch\"?)") == true)
                #expect(error?.message.contains("batch is 99; expected") == true)
                #expect(try scene.store.config(of: "inbox") == [])
                await scene.settle()
                #expect(scene.said(by: "inbox") == ["/a nil"])
            }
        }

        @Test("a daemon that a bad value keeps from running starts when it is corrected")
        func correction() async throws {
            try await HostScene.run(["inbox": Self.configured]) { scene in
                try await scene.host.save([
                    .registerDaemon(name: "inbox", type: "inbox", enabled: true),
                    .setConfig(daemon: "inbox", key: "batch", value: "many"),
                ])
                try await scene.boot()
                #expect(try scene.record("inbox").status == .failed)
                #expect(try await scene.host.config(of: "inbox").problems.count == 1)
                let config = try await scene.host.changeConfig(of: "inbox", ConfigChange(assignments: ["batch=3"]))
                #expect(config.problems == [])
                await scene.settle()
                #expect(try scene.record("inbox").status == .running)
            }
        }

        // MARK: - Watching

        @Test("every status comes as an event, in order, and a log line once it can be read")
        func events() async throws {
            try await HostScene.run(["inbox": Self.plain]) { scene in
                try await scene.boot()
                _ = try await scene.host.carryOut(.stop, on: "inbox", patience: Self.patience)
                let events = scene.context.events
                let statuses = events.read(after: events.oldest - 1, limit: 100).events.compactMap { event in
                    if case .daemon(let record) = event.event { record.status } else { nil }
                }
                #expect(statuses == [.starting, .running, .stopping, .stopped])
            }
        }

        @Test("a critical daemon counts before it has loaded again, also when its script is broken by then")
        func readinessAfterBoot() async throws {
            let critical = "return { critical = true, run_step = function() end }"
            try await HostScene.run(["vital": critical]) { scene in
                try await scene.boot()
                #expect(scene.host.unreadiness() == [])
                try scene.project.write(script: "vital", "return {")
                try await scene.afterKill { next in
                    try await next.boot()
                    #expect(try next.record("vital").status == .failed)
                    #expect(next.host.unreadiness().count == 1)
                    try next.project.write(script: "vital", "return { run_step = function() end }")
                    try next.host.filesChanged()
                    await next.settle()
                    #expect(next.host.unreadiness() == [], "its script no longer says so")
                }
            }
        }

        @Test("while a daemon loads for the first time it is not known whether the host is ready")
        func readinessOfNew() async throws {
            try await HostScene.run([:]) { scene in
                try await scene.boot()
                let new = Daemon(record: DaemonRecord(name: "new", type: "new"), context: scene.context)
                new.core.withLock { core in
                    _ = core.machine.handle(.start(reason: "test"), now: scene.clock.monotonic(), jitter: 0)
                }
                #expect(
                    new.unreadiness
                        == "new is starting for the first time: whether it is critical is known when it has loaded")
                var record = DaemonRecord(name: "known", type: "known")
                record.codeHash = "abc"
                let known = Daemon(record: record, context: scene.context)
                known.core.withLock { core in
                    _ = core.machine.handle(.start(reason: "test"), now: scene.clock.monotonic(), jitter: 0)
                }
                #expect(known.unreadiness == nil)
            }
        }

        @Test("the host is ready while its critical daemons run")
        func readiness() async throws {
            let critical = "return { critical = true, run_step = function() end }"
            try await HostScene.run(["vital": critical, "other": Self.plain]) { scene in
                try await scene.boot()
                _ = try await scene.host.carryOut(.stop, on: "other", patience: Self.patience)
                #expect(scene.host.unreadiness() == [])
                _ = try await scene.host.carryOut(.stop, on: "vital", patience: Self.patience)
                #expect(
                    scene.host.unreadiness() == ["the critical daemon vital is stopped: an operator asked to stop it"])
                _ = try await scene.host.carryOut(.disable, on: "vital", patience: Self.patience)
                #expect(scene.host.unreadiness() == [])
            }
        }
    }
}
