import Glibc
import Model
import Platform
import Testing

@Suite("Disks that refuse")
struct DiskTests {
    @Test("on a full disk daemons go on where they can, nothing acknowledged is lost, and space is taken up again")
    func fullDisk() async throws {
        let project = try HostedProject(
            [
                "writer": """
                local d = { every = 0.05, state = { n = 0 },
                            policy = { max_errors = 1000, backoff = { base = 0.05, max = 0.1 } } }
                function d:run_step()
                  lunad.session(function(db)
                    self.state.n = self.state.n + 1
                    db:exec("INSERT INTO witness VALUES (?, randomblob(4000))", self.state.n)
                  end)
                  lunad.log.info("kept", { n = self.state.n })
                end
                return d
                """,
                "thinker": """
                local thoughts = 0
                local d = { every = 0.05 }
                function d:run_step() thoughts = thoughts + 1 lunad.log.info("thought", { n = thoughts }) end
                return d
                """,
            ],
            migrations: ["0001_witness.sql": "CREATE TABLE witness (n INTEGER PRIMARY KEY, data BLOB) STRICT;"])
        let disk = try project.mountSmallDisk()
        let host = try await project.run()
        try await host.says("kept", daemon: "writer")
        try disk.fill()
        try await host.line("that the disk is full") {
            $0.daemon == nil && $0.level == "error" && $0.message.contains("is full")
        }
        try await host.line("the writer's failure") { $0.daemon == "writer" && $0.message.contains("is full") }
        let thoughts = try Self.thoughts(of: host)
        try await wait(for: "ten more thoughts without a disk") {
            try Self.thoughts(of: host) >= thoughts + 10 ? true : nil
        }
        disk.drain()
        try await host.says("the database can be written again", daemon: nil)
        let acknowledged = try Self.kept(by: host)
        try await wait(for: "further rows") { try Self.kept(by: host) > acknowledged ? true : nil }
        #expect(try await host.stop() == .exited(0))
        let last = try Self.kept(by: host)
        #expect(try project.database.text("PRAGMA integrity_check") == "ok")
        let rows = try project.database.number("SELECT count(*) FROM witness")
        #expect(try rows == project.database.number("SELECT max(n) FROM witness"), "a step is missing")
        let state = "SELECT json_extract(state, '$.n') FROM daemon_state WHERE daemon = 'writer'"
        #expect(try rows == project.database.number(state))
        #expect(rows >= last, "a row that was acknowledged is lost")
    }

    private static func thoughts(of host: RunningHost) throws -> Int {
        try host.lines().count { $0.daemon == "thinker" && $0.message == "thought" }
    }

    private static func kept(by host: RunningHost) throws -> Int {
        try host.lines().filter { $0.message == "kept" }.compactMap { $0.field("n")?.integerValue }.map(Int.init).max()
            ?? 0
    }

    @Test("in a folder that cannot be written the host refuses in one sentence, and commands read on")
    func readOnlyFolder() async throws {
        let project = try HostedProject(["one": "return { run_step = function(self) end }"])
        let disk = try project.mountSmallDisk()
        let host = try await project.run()
        try await project.status(.running, of: "one")
        #expect(try await host.stop() == .exited(0))
        disk.forbidWrites()
        let run = try await project.command("run")
        #expect(run.status == 1)
        #expect(run.messages.contains(project.folder.runtime) && run.messages.contains("Read-only file system"))
        #expect(run.messages.split(separator: "\n").count == 1)
        let status = try await project.command("status", "one", "--json")
        #expect(status.status == 0, "\(status)")
        #expect(try status.json["status"] == .string("stopped"))
    }
}
