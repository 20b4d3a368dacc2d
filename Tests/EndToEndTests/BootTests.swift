import Glibc
import Model
import Platform
import Testing

@Suite("Boot and reload")
struct BootTests {
    private static let quiet = "return { run_step = function(self) end }"

    @Test("after a kill, the next boot says of each daemon how it ended")
    func reconciliation() async throws {
        let project = try HostedProject(["kept": Self.quiet, "unwanted": Self.quiet, "gone": Self.quiet])
        let first = try await project.run()
        for name in ["kept", "unwanted", "gone"] { try await project.status(.running, of: name) }
        first.process.signal(SIGKILL)
        #expect(try await first.ending() == .killed(SIGKILL))
        #expect(try project.shown("status", of: "unwanted") == "running", "nobody could set it right before")
        try project.database.execute("UPDATE daemons SET enabled = 0, enabled_by = 'operator' WHERE name = 'unwanted'")
        try project.removeScript("gone")
        let second = try await project.run()
        #expect(try project.shown("status", of: "unwanted") == "stopped")
        #expect(
            try project.shown("reason", of: "unwanted") == "the host ended without stopping it (it was running)")
        #expect(try project.shown("status", of: "gone") == "stopped")
        #expect(try project.shown("reason", of: "gone") == "its script scripts/gone.lua is gone")
        #expect(try project.shown("started_at", of: "gone") == nil)
        try await project.status(.running, of: "kept")
        #expect(try await second.stop() == .exited(0))
        let boots = try project.database.column(
            "SELECT stopped_at IS NOT NULL FROM host_boots ORDER BY started_at")
        #expect(boots == ["0", "1"], "the killed run has no end, the stopped one has")
    }

    @Test("a second host on the same folder is refused with the first one's process id, and does no harm")
    func secondHost() async throws {
        let project = try HostedProject(["one": Self.quiet])
        let first = try await project.run()
        try await project.status(.running, of: "one")
        let second = try await project.command("run")
        #expect(second.status == 1)
        #expect(second.messages.contains("process \(first.process.pid) hosts this project already"))
        let migrate = try await project.command("migrate")
        #expect(migrate.status == 1)
        #expect(migrate.messages.contains("\(first.process.pid)"))
        let steps = try #require(try project.shown("steps", of: "one").flatMap { Int($0) })
        try await project.steps(steps + 1, of: "one")
        #expect(try await first.stop() == .exited(0))
    }

    @Test("a database that a newer lunad made is refused, and left as it is")
    func newerSchema() async throws {
        let project = try HostedProject(["one": Self.quiet])
        #expect(try await project.command("migrate").status == 0)
        try project.database.execute("INSERT INTO schema_migrations VALUES ('core', '9000_future', 'x', '2099-01-01')")
        let before = try Files.read(project.folder.database)
        for command in ["run", "migrate", "status"] {
            let outcome = try await project.command(command)
            #expect(outcome.status == 1, "\(command): \(outcome)")
            #expect(outcome.messages.contains("made by a newer lunad (it has 9000_future)"), "\(command): \(outcome)")
        }
        #expect(try Files.read(project.folder.database) == before)
    }

    @Test("a file that is no database is refused in one sentence, and left as it is")
    func notADatabase() async throws {
        let project = try HostedProject(["one": Self.quiet])
        try Files.makeFolder(project.folder.runtime)
        let text = String(repeating: "These are the notes of somebody. ", count: 500)
        try project.write(text, to: "var/lunad.db")
        let outcome = try await project.command("run")
        #expect(outcome.status == 1)
        #expect(outcome.messages.contains("is not a SQLite database"))
        #expect(outcome.messages.split(separator: "\n").count == 1)
        #expect(try HostedProject.read(project.folder.database) == text)
    }

    @Test("a damaged database is told, and nothing is made up in its place")
    func damagedDatabase() async throws {
        let project = try HostedProject(["one": Self.quiet])
        let host = try await project.run()
        try await project.status(.running, of: "one")
        #expect(try await host.stop() == .exited(0))
        #expect(try project.database.text("PRAGMA wal_checkpoint(TRUNCATE)") == "0")
        let root = try project.database.number("SELECT rootpage FROM sqlite_master WHERE name = 'daemons'")
        let size = try project.database.number("PRAGMA page_size")
        var bytes = try Files.read(project.folder.database)
        for index in (root - 1) * size..<root * size { bytes[index] = 0xA5 }
        try Files.write(bytes, to: project.folder.database)
        for command in ["run", "status"] {
            let outcome = try await project.command(command)
            #expect(outcome.status == 1, "\(command): \(outcome)")
            #expect(outcome.messages.contains("is damaged"), "\(command): \(outcome)")
        }
    }

    @Test("a database that another process holds locked is told as that")
    func lockedDatabase() async throws {
        let project = try HostedProject(["one": Self.quiet])
        #expect(try await project.command("migrate").status == 0)
        let lock = try WriteLock(on: project.folder.database)
        let outcome = try await project.command("run")
        #expect(outcome.status == 1)
        #expect(outcome.messages.contains("another process holds \(project.folder.database) locked"))
        lock.release()
        let host = try await project.run()
        #expect(try await host.stop() == .exited(0))
    }

    @Test("a mistake in lunad.lua stops the start, with the key and what would be right")
    func settings() async throws {
        let project = try HostedProject(
            ["one": Self.quiet], settings: "return { shutdown_timout = 5, log = { level = 'loud' } }")
        let outcome = try await project.command("run")
        #expect(outcome.status == 1)
        #expect(outcome.messages.contains("shutdown_timout"))
        #expect(outcome.messages.contains("did you mean \"shutdown_timeout\""))
        #expect(outcome.messages.contains("log.level is \"loud\""))
    }

    @Test("a folder that is no project is refused with what would make it one")
    func noProject() async throws {
        let project = try HostedProject()
        let outcome = try await project.command(words: ["run", project.folder.scripts])
        #expect(outcome.status == 1)
        #expect(outcome.messages.contains("lunad new project"))
        let missing = try await project.command(words: ["run", project.beside("nothing")])
        #expect(missing.status == 1)
        #expect(missing.messages.contains("there is no folder"))
    }

    @Test("a script that does not compile is parked with its line while the others run; mended, it starts at once")
    func parkedScript() async throws {
        let project = try HostedProject(["good": Self.quiet, "bad": "local d = {\n  every = = 1\n}\nreturn d"])
        let host = try await project.run()
        try await project.status(.failed, of: "bad", because: "scripts/bad.lua:2")
        try await project.status(.running, of: "good")
        #expect(try project.shown("next_step_at", of: "bad") == nil, "parked: no probe")
        try project.script("bad", Self.quiet)
        try await project.status(.running, of: "bad")
        #expect(try await host.stop() == .exited(0))
    }

    @Test("new scripts start, removed ones stop and say so, returned ones start again, all without being told")
    func scriptsComeAndGo() async throws {
        let project = try HostedProject(["one": Self.quiet])
        let host = try await project.run()
        try await project.status(.running, of: "one")
        try project.script("two", Self.quiet)
        try await project.status(.running, of: "two")
        try project.removeScript("one")
        try await project.status(.stopped, of: "one", because: "its script scripts/one.lua is gone")
        try project.script("one", Self.quiet)
        try await project.status(.running, of: "one", because: "its script is back")
        #expect(try await host.stop() == .exited(0))
    }

    @Test("SIGHUP lets a changed script take over with the state, and leaves the others alone")
    func reload() async throws {
        func text(_ version: String) -> String {
            """
            local d = { every = 0.01, state = { n = 0 } }
            function d:on_start() lunad.log.info("\(version) starts with " .. self.state.n) end
            function d:run_step() if self.state.n < 20 then self.state.n = self.state.n + 1 end end
            return d
            """
        }
        let project = try HostedProject(["counter": text("the old one"), "other": Self.quiet])
        let host = try await project.run()
        let state = "SELECT json_extract(state, '$.n') FROM daemon_state WHERE daemon = 'counter'"
        try await wait(for: "the counter at 20") { try project.database.text(state) == "20" ? true : nil }
        let since = try project.shown("status_since", of: "other")
        try project.script("counter", text("the new one"))
        host.process.signal(SIGHUP)
        try await host.says("the new one starts with 20", daemon: "counter")
        try await project.status(.running, of: "counter", because: "took over")
        #expect(try project.shown("generation", of: "counter") == "2")
        #expect(try project.shown("status_since", of: "other") == since, "an unchanged daemon is left alone")
        #expect(try await host.stop() == .exited(0))
    }
}
