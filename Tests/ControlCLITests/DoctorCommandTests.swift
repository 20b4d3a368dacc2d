import Glibc
import Model
import Platform
import SQLiteStore
import Testing

@testable import ControlCLI

@Suite struct DoctorCommandTests {
    /// What the doctor says of one subject, as `verdict: finding`.
    private func findings(_ project: TemporaryProject, of subject: String, _ words: String...) async throws -> [String]
    {
        let outcome = await project.run(["doctor", "--json"] + words)
        guard case .array(let found) = try JSON.decode(outcome.output) else { return [] }
        return found.filter { $0["subject"] == .string(subject) }.map { diagnosis in
            #expect((diagnosis["advice"] == .null) == (diagnosis["verdict"] == "ok"), "\(diagnosis)")
            return "\(diagnosis["verdict"]?.stringValue ?? ""): \(diagnosis["finding"]?.stringValue ?? "")"
        }
    }

    @Test("a project that is well gets no complaint, before and after its first run")
    func well() async throws {
        let project = try TemporaryProject()
        try project.write("return { run_step = function() end }", to: "scripts/a.lua")
        let fresh = await project.run(["doctor"])
        #expect(fresh.status == 0, "\(fresh.output)")
        #expect(fresh.output.contains("ok    database  there is none yet: it is made when the host first runs"))
        #expect(fresh.messages.hasSuffix("0 failures, 0 warnings\n"), "\(fresh.output)")
        try await project.store(DaemonRecord.make("a", .stopped).writes)
        let later = await project.run(["doctor", "--full"])
        #expect(later.status == 0, "\(later.output)")
        #expect(later.output.contains("whole, every index included"))
        #expect(try await findings(project, of: "migrations") == ["ok: all are applied"])
    }

    @Test("a folder that is no project is the only complaint")
    func noProject() async throws {
        let project = try TemporaryProject()
        for folder in [project.folder.jobs, project.folder.libraries, project.folder.scripts] { rmdir(folder) }
        let outcome = await project.run(["doctor"])
        #expect(outcome.status == 1)
        #expect(outcome.output.split(separator: "\n").count == 3, "\(outcome.output)")
        #expect(outcome.output.contains("fail  project   \(project.folder.path) is no lunad project"))
    }

    @Test("scripts that do not check are counted, and one is named")
    func scripts() async throws {
        let project = try TemporaryProject()
        try project.write("return { run_step = function() lunad.log.inof('x') end }", to: "scripts/a.lua")
        try project.write("return {", to: "scripts/b.lua")
        let found = try await findings(project, of: "scripts")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("fail: 2 errors in 2 files, such as scripts/a.lua:1:") == true, "\(found)")
        #expect(await project.run(["doctor"]).status == 1)
    }

    @Test("a damaged database is a failure that names the damage")
    func damaged() async throws {
        let project = try TemporaryProject()
        try await project.store((0..<500).flatMap { DaemonRecord.make("daemon-\($0)", .stopped).writes })
        var bytes = try Files.read(project.folder.database)
        // The first bytes of every page but the first two tell what kind of page it is.
        for page in stride(from: 4_096 * 2, to: bytes.count, by: 4_096) { bytes[page] = 0x55 }
        try Files.write(bytes, to: project.folder.database)
        let found = try await findings(project, of: "database")
        #expect(found.count == 1 && found.first?.hasPrefix("fail: ") == true, "\(found)")
        #expect(await project.run(["doctor"]).status == 1)
    }

    @Test("a file that is no database is a failure")
    func noDatabase() async throws {
        let project = try TemporaryProject()
        try project.write(String(repeating: "text ", count: 1_000), to: "var/lunad.db")
        let found = try await findings(project, of: "database")
        #expect(found.first?.contains("is not a SQLite database") == true, "\(found)")
    }

    @Test("migrations that wait are a warning")
    func migrations() async throws {
        let project = try TemporaryProject()
        try await project.store([])
        try Files.makeFolder(project.folder.migrations)
        try project.write("CREATE TABLE a (n);", to: "Migrations/0100_a.sql")
        #expect(
            try await findings(project, of: "migrations") == ["warn: 1 not applied yet, the first is 0100_a.sql"])
        #expect(await project.run(["doctor"]).status == 0)
    }

    @Test("a clock behind the newest instant on record was set back")
    func clock() async throws {
        let project = try TemporaryProject()
        let boot = HostWrite.Boot(id: "b", pid: 7, version: "0", startedAt: project.clock.now() + .seconds(60))
        try await project.store([.bootStarted(boot)])
        let found = try await findings(project, of: "clock")
        #expect(found.first?.hasPrefix("fail: it shows ") == true && found.first?.contains("database has") == true)
        project.clock.set(wall: WallTime(milliseconds: 0))
        #expect(try await findings(project, of: "clock") == ["fail: it shows 1970-01-01T00:00:00.000Z"])
    }

    @Test("a host that was killed is told, one that stopped is not")
    func lastHost() async throws {
        let project = try TemporaryProject()
        let boot = HostWrite.Boot(id: "b", pid: 7, version: "0", startedAt: project.clock.now())
        try await project.store([.bootStarted(boot)])
        let killed = "warn: none is running, and the last one (process 7) was killed or crashed"
        #expect(try await findings(project, of: "host") == [killed])
        try await project.store([.bootStopped(id: "b", at: project.clock.now())])
        try project.write("7 b\n", to: "var/lunad.lock")
        #expect(
            try await findings(project, of: "host") == ["ok: none is running; the lock that is left counts for nothing"]
        )
    }

    @Test("a lock that is held by something that does not answer is a failure")
    func deaf() async throws {
        let project = try TemporaryProject()
        let lock = try ProjectLock.acquire(project.folder.lock, bootID: "b")
        let found = try await findings(project, of: "host")
        #expect(found.first?.hasPrefix("fail: process \(getpid()) holds the lock but does not answer") == true)
        withExtendedLifetime(lock) {}
    }

    @Test("files that others may write, or read though they are secret, are failures")
    func rights() async throws {
        let project = try TemporaryProject()
        try await project.store([])
        try project.write("secret", to: "var/token")
        for (path, mode) in [(project.folder.database, 0o666), (project.folder.token, 0o640)] {
            try #require(chmod(path, mode_t(mode)) == 0)
        }
        let found = try await findings(project, of: "rights")
        #expect(
            found == [
                "fail: \(project.folder.database) is open to others (mode 666)",
                "fail: \(project.folder.token) is open to others (mode 640)",
            ])
    }
}
