import Glibc
import Model
import Testing

extension HeavyTests {
    @Suite("kill -9", .serialized)
    struct KillTests {
        private static let rounds = isTorture ? 200 : 8
        private static let sessionDaemons = ["session_a", "session_b", "session_c"]
        private static let stepDaemons = ["step_a", "step_b"]

        /// Each step commits one row and the new state together, then says so.
        private static let bySession = """
            local d = { every = 0.005, state = { n = 0 }, policy = { log_rate = 10000, log_burst = 100000 } }
            function d:run_step()
              local n = lunad.session(function(db)
                self.state.n = self.state.n + 1
                db:exec("INSERT INTO witness VALUES (?, ?)", "NAME", self.state.n)
                return self.state.n
              end)
              lunad.log.info("kept", { n = n })
            end
            return d
            """

        /// Each step changes two halves of the state; the next one may say that the change is kept.
        private static let byStep = """
            local d = { every = 0.005, state = { n = 0, half = 0, other = 0 },
                        policy = { log_rate = 10000, log_burst = 100000 } }
            function d:run_step()
              lunad.log.info("kept", { n = self.state.n })
              self.state.half = self.state.half + 1
              self.state.n = self.state.n + 1
              self.state.other = self.state.other + 1
            end
            return d
            """

        /// Of another kind in each life, so that what the last one left is never right by chance.
        private static func changing(_ round: Int) -> String {
            switch round % 3 {
            case 0: "return { run_step = function(self) end }"
            case 1: "return { on_start = function(self) error('not today') end, run_step = function(self) end }"
            default: "this is no Lua"
            }
        }

        private static func project() throws -> HostedProject {
            var scripts: [String: String] = [:]
            for name in sessionDaemons { scripts[name] = bySession.replacing("NAME", with: name) }
            for name in stepDaemons { scripts[name] = byStep }
            return try HostedProject(
                scripts,
                migrations: [
                    "0001_witness.sql":
                        "CREATE TABLE witness (daemon TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (daemon, n)) STRICT;"
                ])
        }

        @Test("at any moment: nothing acknowledged is lost, nothing is half there, nothing is shown that is not")
        func anyMoment() async throws {
            let project = try Self.project()
            var generator = SystemRandomNumberGenerator()
            var kept: [String: Int] = [:]
            for round in 0..<Self.rounds {
                try project.script("changing", Self.changing(round))
                let host = try project.launch()
                let isYoung = round % 4 == 3
                let moment = Duration.milliseconds(Int.random(in: 0..<(isYoung ? 60 : 700), using: &generator))
                if !isYoung { try await Self.showsOnlyWhatIs(host, project, round) }
                // The moment of the kill is what this test varies: it waits for nothing.
                try await Task.sleep(for: moment)
                host.process.signal(SIGKILL)
                #expect(try await host.ending() == .killed(SIGKILL))
                try await Self.showsNothingAlive(project)
                for line in try host.lines() where line.message == "kept" {
                    let name = try #require(line.daemon)
                    kept[name] = max(kept[name] ?? 0, Int(line.field("n")?.integerValue ?? 0))
                }
                try Self.isWhole(project, kept)
            }
            for name in Self.sessionDaemons + Self.stepDaemons {
                #expect((kept[name] ?? 0) > Self.rounds, "\(name) hardly ran: \(kept)")
            }
        }

        /// After the boot, whoever is shown running has started in this life and goes on stepping.
        private static func showsOnlyWhatIs(_ host: RunningHost, _ project: HostedProject, _ round: Int) async throws {
            try await host.line("that the host is up") { $0.daemon == nil && $0.message.contains(" hosts ") }
            let boot = try #require(
                try project.database.text(
                    "SELECT started_at FROM host_boots ORDER BY started_at DESC, rowid DESC LIMIT 1"))
            let stale = try project.database.column(
                "SELECT name FROM daemons WHERE status = 'running' AND coalesce(started_at, '') < '\(boot)'")
            #expect(stale.isEmpty, "shown running from an earlier life: \(stale)")
            for name in sessionDaemons + stepDaemons {
                try await host.line("a step of \(name)") { $0.daemon == name && $0.message == "kept" }
                try await project.status(.running, of: name)
            }
            let expected: [DaemonStatus] =
                round % 3 == 0 ? [.running] : round % 3 == 1 ? [.backingOff, .starting] : [.failed]
            let shown = try await wait(for: "a settled status of 'changing'") { () -> String? in
                let status = try project.shown("status", of: "changing")
                return status == "starting" || status == "stopped" ? nil : status
            }
            #expect(expected.map(\.rawValue).contains(shown))
        }

        /// With the host gone, `lunad status` says that nothing lives.
        private static func showsNothingAlive(_ project: HostedProject) async throws {
            guard try project.hasDatabase else { return }
            let status = try await project.command("status", "--json")
            #expect(status.messages.contains("No host is running here"))
            // A life that ended before its first commit has left nothing to show.
            guard case .array(let daemons) = try status.json else { return }
            for daemon in daemons {
                let word = daemon["status"]?.stringValue ?? ""
                #expect(
                    ["stopped", "failed"].contains(word),
                    "\(daemon["name"]?.stringValue ?? "") is shown \(word)")
            }
        }

        private static func isWhole(_ project: HostedProject, _ kept: [String: Int]) throws {
            guard try project.hasDatabase else { return }
            let database = project.database
            #expect(try database.text("PRAGMA integrity_check") == "ok")
            guard
                try database.number("SELECT count(*) FROM sqlite_master WHERE name IN ('daemon_state', 'witness')") == 2
            else {
                #expect(kept.isEmpty)
                return
            }
            func state(_ name: String, _ field: String) throws -> Int {
                let sql = "SELECT json_extract(state, '$.\(field)') FROM daemon_state WHERE daemon = '\(name)'"
                return try database.text(sql).flatMap { Int($0) } ?? 0
            }
            for name in sessionDaemons {
                let count = try database.number("SELECT count(*) FROM witness WHERE daemon = '\(name)'")
                let last = try database.number("SELECT coalesce(max(n), 0) FROM witness WHERE daemon = '\(name)'")
                #expect(try count == last && count == state(name, "n"), "\(name): \(count) rows, the last \(last)")
                #expect(count >= kept[name] ?? 0, "\(name) lost what was acknowledged")
            }
            for name in stepDaemons {
                let n = try state(name, "n")
                #expect(try n == state(name, "half") && n == state(name, "other"), "half of a step is there")
                #expect(n >= kept[name] ?? 0, "\(name) lost what was acknowledged")
            }
        }
    }
}
