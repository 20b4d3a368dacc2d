import Glibc
import Model
import Platform
import Testing

@Suite("Looking after a project")
struct DoctorTests {
    @Test("the doctor speaks with a running host, and exits with 1 while a critical daemon has failed")
    func doctor() async throws {
        let project = try HostedProject([
            "well": "return { run_step = function() end }",
            "ill": "return { critical = true, policy = { max_errors = 1 }, run_step = function() error('ouch') end }",
        ])
        let host = try await project.run()
        try await project.status(.failed, of: "ill")
        let outcome = try await project.command("doctor", "--json")
        #expect(outcome.status == 1)
        guard case .array(let found) = try outcome.json else {
            Issue.record("no list: \(outcome.output)")
            return
        }
        func finding(_ subject: String) -> String {
            let diagnosis = found.first { $0["subject"] == .string(subject) }
            return "\(diagnosis?["verdict"]?.stringValue ?? "none"): \(diagnosis?["finding"]?.stringValue ?? "")"
        }
        #expect(finding("host") == "ok: process \(host.process.pid) runs and answers")
        #expect(finding("ready").hasPrefix("fail: the host is not ready: the critical daemon ill is failed"))
        #expect(finding("daemons") == "warn: 1 of 2 failed: ill")
        #expect(finding("database") == "ok: whole; 0 MB")
        #expect(finding("rights").hasPrefix("ok: "))
        for library in ["Lua 5.4", "SQLite 3.", "libmicrohttpd ", "libcurl "] {
            #expect(finding("versions").contains(library), "\(finding("versions"))")
        }
        try project.script("ill", "return { critical = true, run_step = function() end }")
        try await project.status(.running, of: "ill")
        let healthy = try await project.command("doctor")
        #expect(healthy.status == 0, "\(healthy.output)")
        #expect(try await host.stop() == .exited(0))
    }

    @Test("copies made while daemons write are whole, hold all that was acknowledged, and nothing by halves")
    func backup() async throws {
        let writer = """
            local d = { every = 0.01, state = { n = 0 } }
            function d:run_step()
              lunad.session(function(db)
                self.state.n = self.state.n + 1
                db:exec("INSERT INTO witness VALUES (?, ?, randomblob(2000))", NAME, self.state.n)
              end)
              lunad.log.info("kept", { n = self.state.n })
            end
            return d
            """
        let names = ["a", "b", "c"]
        let project = try HostedProject(
            Dictionary(
                uniqueKeysWithValues: names.map { ($0, writer.replacing("NAME", with: "'\($0)'")) }),
            migrations: [
                "0001_witness.sql": "CREATE TABLE witness (daemon TEXT, n INTEGER, data BLOB, PRIMARY KEY (daemon, n));"
            ])
        let host = try await project.run()
        for round in 1...5 {
            try await project.steps(round * 20, of: "a")
            let acknowledged = try names.map { name in
                try host.lines().last { $0.daemon == name && $0.message == "kept" }?.field("n")?.integerValue ?? 0
            }
            let file = project.beside("copy-\(round).db")
            let outcome = try await project.command("backup", file)
            #expect(outcome.status == 0, "\(outcome.messages)")
            let copy = ProjectDatabase(path: file)
            #expect(try copy.text("PRAGMA integrity_check") == "ok")
            for (name, least) in zip(names, acknowledged) {
                let rows = try copy.number("SELECT count(*) FROM witness WHERE daemon = '\(name)'")
                #expect(rows >= least, "round \(round): \(name) had acknowledged \(least)")
                #expect(
                    try copy.number("SELECT json_extract(state, '$.n') FROM daemon_state WHERE daemon = '\(name)'")
                        == rows, "row and state belong together")
            }
        }
        #expect(try await host.stop() == .exited(0))
        #expect(try await project.command("backup", project.beside("copy-1.db")).status == 1, "none is overwritten")
    }
}
