import Model
import Platform
import Testing

@testable import ControlCLI

@Suite struct ReadingCommandTests {
    private let project: TemporaryProject
    private let now: WallTime

    init() throws {
        project = try TemporaryProject()
        now = project.clock.now()
    }

    private func before(_ seconds: Int64) -> WallTime { WallTime(milliseconds: now.milliseconds - seconds * 1_000) }
    private func after(_ seconds: Int64) -> WallTime { WallTime(milliseconds: now.milliseconds + seconds * 1_000) }

    private var running: DaemonRecord {
        .make("inbox", .running) { record in
            record.statusSince = before(90)
            record.lastSuccess = before(2)
            record.nextStepAt = after(3)
            record.steps = 45
            record.activity = "watching"
            record.progress = 0.5
        }
    }

    /// A host that runs: it has the lock, and its boot is written down.
    private func holdLock() async throws -> ProjectLock {
        let boot = HostWrite.Boot(id: "boot", pid: 1, version: "0", startedAt: project.clock.now())
        try await project.store([.bootStarted(boot)])
        return try ProjectLock.acquire(project.folder.lock, bootID: "boot")
    }

    @Test("a host that has the lock but has not yet set right what an earlier one left shows nothing as living")
    func statusWhileBooting() async throws {
        try await project.store(running.writes)
        let lock = try ProjectLock.acquire(project.folder.lock, bootID: "new")
        let outcome = await project.run(["status", "--json"])
        withExtendedLifetime(lock) {}
        #expect(outcome.output.contains("\"status\":\"stopped\""))
    }

    // MARK: status

    @Test("without a database, reading commands say that no host has run here", arguments: ["status", "logs"])
    func noDatabase(command: String) async {
        let outcome = await project.run([command])
        #expect(outcome.status == 3)
        #expect(outcome.output == "")
        #expect(outcome.messages.hasPrefix("lunad: no host is running here, and none has run yet"))
    }

    @Test("with a host, status shows what it wrote, in words")
    func statusWithHost() async throws {
        try await project.store(running.writes)
        let lock = try await holdLock()
        let outcome = await project.run(["status"])
        withExtendedLifetime(lock) {}
        #expect(outcome.status == 0)
        #expect(outcome.messages == "")
        #expect(
            outcome.output == """
                NAME   STATUS   SINCE       LAST STEP  NEXT STEP  STEPS  ERRORS  WHAT
                inbox  running  1 min 30 s  2 s ago    in 3 s        45       0  watching (50 %)

                """)
    }

    @Test(
        "without a host nothing is shown as living",
        arguments: [DaemonStatus.starting, .running, .backingOff, .stopping])
    func statusWithoutHost(status: DaemonStatus) async throws {
        var record = running
        record.status = status
        try await project.store(record.writes)
        let outcome = await project.run(["status", "--json"])
        #expect(outcome.status == 0)
        #expect(outcome.messages.hasPrefix("No host is running here"))
        let shown = try #require(try JSON.decode(outcome.output).firstElement)
        #expect(shown["status"] == "stopped")
        #expect(shown["reason"] == .string("no host is running (was \(status.rawValue) when it ended)"))
        #expect(shown["next_step_at"] == .null)
        #expect(shown["activity"] == .null)
    }

    @Test(
        "a failed or stopped daemon keeps its status and reason without a host",
        arguments: [DaemonStatus.failed, .stopped])
    func restingWithoutHost(status: DaemonStatus) async throws {
        try await project.store(DaemonRecord.make("inbox", status).writes)
        let shown = try #require(try JSON.decode(await project.run(["status", "--json"]).output).firstElement)
        #expect(shown["status"] == .string(status.rawValue))
        #expect(shown["reason"] == "a reason")
    }

    @Test("alerts are listed, those that last unless all are wanted, and status speaks of them")
    func alerts() async throws {
        let project = try TemporaryProject()
        #expect(await project.run(["alerts"]).status == 3, "no host has run here")
        try await project.store(DaemonRecord.make("inbox", .failed).writes)
        #expect(await project.run(["alerts"]).messages.contains("Nothing is wrong that lunad knows of."))
        #expect(await project.run(["alerts", "--json"]).output == "[]\n")
        #expect(!(await project.run(["status"]).output.contains("alert")))
        var over = Alert(id: 1, topic: .init(.diskLow, "/srv"), message: "no room", raisedAt: project.clock.now())
        over.resolvedAt = project.clock.now()
        let active = Alert(
            id: 2, topic: .init(.daemonFailed, "inbox"), message: "inbox has failed", raisedAt: project.clock.now())
        try await project.store([.alert(over), .alert(active)])
        project.clock.advance(by: .seconds(65))
        #expect(
            await project.run(["alerts"]).output == """
                ID  RAISED         STATE   WHAT
                 2  1 min 5 s ago  active  inbox has failed

                """)
        #expect(await project.run(["alerts", "--all"]).output.contains("over since 1 min 5 s  no room"))
        #expect(try JSON.decode(await project.run(["alerts", "--json"]).output) == .array([active.value]))
        #expect(
            await project.run(["status"]).output.hasSuffix("1 alert that nobody has acknowledged: see 'lunad alerts'\n")
        )
        #expect(!(await project.run(["status", "--json"]).output.contains("alert")))
    }

    @Test("status --json has exactly the promised fields; one daemon is one object")
    func statusJSON() async throws {
        try await project.store(running.writes)
        let value = try JSON.decode(await project.run(["status", "inbox", "--json", "--quiet"]).output)
        guard case .object(let fields) = value else {
            Issue.record("not an object: \(value)")
            return
        }
        #expect(
            fields.map(\.key) == [
                "name", "type", "status", "reason", "enabled", "generation", "code_hash", "started_at",
                "last_heartbeat",
                "last_success", "next_step_at", "steps", "errors", "consecutive_errors", "restarts", "memory_bytes",
                "activity", "progress", "running_jobs",
            ])
    }

    @Test("no daemons are an empty array")
    func noDaemons() async throws {
        try await project.store([])
        #expect(await project.run(["status", "--json"]).output == "[]\n")
    }

    @Test("an unknown daemon is exit 4 with a near name", arguments: ["status", "why", "logs"])
    func unknownDaemon(command: String) async throws {
        try await project.store(running.writes)
        let outcome = await project.run([command, "inbx", "--quiet"])
        #expect(outcome.status == 4)
        #expect(outcome.messages == "lunad: there is no daemon 'inbx'; did you mean 'inbox'?\n")
    }

    @Test(
        "text of scripts cannot move the terminal's cursor",
        arguments: [["status"], ["status", "inbox"], ["why", "inbox"]])
    func escapes(words: [String]) async throws {
        var record = running
        record.status = .failed
        record.activity = nil
        record.reason = "bad\u{1B}[2J"
        record.error = record.reason
        record.traceback = record.reason
        try await project.store(record.writes)
        let outcome = await project.run(words + ["--quiet"])
        #expect(outcome.output.contains("bad"))
        #expect(!outcome.output.contains("\u{1B}"))
    }

    // MARK: why

    @Test("why tells cause, error with traceback, what comes next, what would change it, and what was before")
    func why() async throws {
        let record = DaemonRecord.make("inbox", .backingOff) { record in
            record.statusSince = before(4)
            record.reason = "scripts/inbox.lua:7: boom"
            record.error = record.reason
            record.traceback = "stack traceback:\n  scripts/inbox.lua:7: in run_step"
            record.nextStepAt = after(2)
            record.errors = 3
            record.consecutiveErrors = 2
        }
        let event = Activity(at: before(60), daemon: "inbox", kind: "status", message: "running: started")
        try await project.store(record.writes + [.activity(event)])
        let lock = try await holdLock()
        let outcome = await project.run(["why", "inbox"])
        withExtendedLifetime(lock) {}
        for expected in [
            "inbox is backing_off, 4 s now", "scripts/inbox.lua:7: boom", "in run_step", "another try, in 2 s",
            "forgets its 2 errors in a row", "1 min ago", "running: started",
        ] {
            #expect(outcome.output.contains(expected), "\(expected)")
        }
    }

    // MARK: logs

    private func writeLogs() async throws {
        let levels: [LogLevel] = [.debug, .info, .warn, .error]
        let entries = levels.enumerated().map { index, level in
            LogEntry(
                at: before(Int64(100 - index)), daemon: index == 3 ? "load" : "inbox", level: level,
                message: "line \(level.rawValue)", fields: ["size": .integer(Int64(index))])
        }
        try await project.store(running.writes + [.logs(entries)])
    }

    @Test(
        "logs are filtered by daemon, level, age, text and number",
        arguments: [
            ([], ["debug", "info", "warn", "error"]), (["inbox"], ["debug", "info", "warn"]),
            (["--level", "warn"], ["warn", "error"]), (["--since", "98s"], ["warn", "error"]),
            (["--grep", "LINE W"], ["warn"]), (["-n", "1"], ["error"]), (["--grep", "nothing"], []),
        ] as [([String], [String])])
    func logs(options: [String], expected: [String]) async throws {
        try await writeLogs()
        let outcome = await project.run(["logs"] + options + ["--json"])
        let lines = try outcome.output.split(separator: "\n").map { try JSON.decode(String($0)) }
        #expect(lines.map { $0["level"]?.stringValue } == expected)
        #expect(outcome.status == 0)
    }

    @Test(
        "a filter that makes no sense is wrong usage",
        arguments: [
            ("--level=wran", "there is no level 'wran'; did you mean 'warn'?"),
            ("--limit=many", "--limit is 'many'; expected a number from 0 to 1000000"),
            ("--since=soon", "--since is 'soon'; expected a span such as 10m, a date, or a time in UTC"),
        ])
    func badFilters(option: String, expected: String) async throws {
        try await writeLogs()
        let outcome = await project.run(["logs", option])
        #expect(outcome.status == 2)
        #expect(outcome.messages.hasPrefix("lunad: \(expected)"))
    }

    @Test("a watch wakes when the database is written, and not for another file's sake")
    func watch() async throws {
        try await project.store([])
        var watch = try DatabaseWatch(database: project.folder.database)
        try project.write("noise", to: "var/other")
        #expect(try watch.news(within: 0) == .other)
        try await writeLogs()
        #expect(try watch.news(within: 0) == .database)
        // The further looks that follow a write come by themselves, without another one.
        try await writeLogs()
        try watch.waitForNextLook()
        try watch.waitForNextLook()
        #expect(try watch.news(within: 0) == .nothing)
    }
}

extension Value {
    fileprivate var firstElement: Value? {
        if case .array(let elements) = self { elements.first } else { nil }
    }
}
