import Glibc
import Model
import Platform
import Testing

extension HeavyTests {
    /// A small part of what `LUNAD_TORTURE=1` does in full.
    @Suite("Very loud and very quiet daemons", .serialized)
    struct QuietAndLoudTests {
        private static let lines = isTorture ? 1_000_000 : 30_000
        private static let rounds = isTorture ? 300 : 5
        private static let heartbeat = isTorture ? 30 : 1

        @Test("a flood of log lines leaves the host's memory and the database bounded, and the log's tail alive")
        func flood() async throws {
            let project = try HostedProject(
                [
                    "loud": """
                    local d = { every = 3600, state = { is_over = false }, policy = { log_rate = 100000, log_burst = 1000000, step_timeout = 600 } }
                    function d:run_step()
                      if self.state.is_over then return end
                      for n = 1, \(Self.lines) do
                        lunad.log.info("line " .. n .. (" and some more words"):rep(4), { n = n })
                        if n % 1000 == 0 then lunad.sleep(0) end
                      end
                      lunad.log.info("the flood is over")
                      self.state.is_over = true
                    end
                    return d
                    """,
                    "calm": """
                    local d = { every = 0.2, state = { n = 0 } }
                    function d:run_step() self.state.n = self.state.n + 1; lunad.log.warn("still here", { n = self.state.n }) end
                    return d
                    """,
                ], settings: "return { log = { keep_rows = 1000 } }")
            let host = try await project.run()
            let follower = try project.start("logs", "-f", "--json", "--level", "warn")
            try await wait(for: "the end of the flood", within: .seconds(300)) {
                try project.database.text(
                    """
                    SELECT id FROM daemon_logs WHERE id > (SELECT max(id) FROM daemon_logs) - 1000
                        AND daemon = 'loud' AND message = 'the flood is over'
                    """)
            }
            let before = try Self.heard(by: follower)
            try await wait(for: "the tail to go on") { try Self.heard(by: follower) >= before + 2 ? true : nil }
            follower.killAndReap()
            #expect(before >= 1)
            #expect(try Self.peakMemory(of: host) < 400 << 20)
            #expect(try project.shown("errors || ' ' || status", of: "calm") == "0 running")
            #expect(try await host.stop() == .exited(0))
            // What is above the bound goes as fast as it comes; a host that begins lets go of the rest.
            let rows = try project.database.number("SELECT count(*) FROM daemon_logs WHERE daemon = 'loud'")
            #expect(rows < 1_000 + 30_000)
            let second = try await project.run()
            try await wait(for: "old lines to go", detail: { "of \(rows)" }) {
                try project.database.number("SELECT count(*) FROM daemon_logs") <= 1_100 ? true : nil
            }
            #expect(try await second.stop() == .exited(0))
        }

        @Test("a daemon that has nothing to do is healthy all the time, and costs none")
        func idle() async throws {
            let project = try HostedProject([
                "idle": "return { every = \(Self.heartbeat), run_step = function(self) end }",
                "asleep": "return { every = 3600, run_step = function(self) lunad.sleep(3000) end }",
            ])
            let host = try await project.run()
            try await project.steps(1, of: "idle")
            try await project.status(.running, of: "asleep")
            let start = SystemClock().monotonic()
            let spentBefore = try Self.processorTime(of: host)
            for round in 1...Self.rounds {
                try await wait(for: "a second to pass", within: .seconds(30)) {
                    SystemClock().monotonic() >= start + .seconds(Int64(round)) ? true : nil
                }
                for name in ["idle", "asleep"] {
                    let row = try #require(try project.shown("status || ' ' || consecutive_errors", of: name))
                    #expect(row == "running 0")
                }
                let beat = try #require(
                    try project.shown("last_heartbeat", of: "idle").flatMap(WallTime.init(iso8601:)))
                #expect(
                    SystemClock().now() - beat < .seconds(Int64(Self.heartbeat) + 5), "silent since \(beat.iso8601)")
            }
            let spent = try Self.processorTime(of: host) - spentBefore
            #expect(spent <= .milliseconds(20 * Int64(Self.rounds)), "\(spent) of processor time")
            #expect(try host.lines().allSatisfy { $0.level != "error" && $0.level != "warn" })
            #expect(try await host.stop() == .exited(0))
        }

        private static func heard(by follower: ChildProcess) throws -> Int {
            try HostedProject.read(follower.outputPath).split(separator: "\n").count { $0.contains("still here") }
        }

        /// The most that the host has ever had in memory, in bytes.
        private static func peakMemory(of host: RunningHost) throws -> Int {
            let status = try HostedProject.read("/proc/\(host.process.pid)/status")
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
            return try #require(Int(line.split { !$0.isNumber }.first ?? "")) << 10
        }

        /// In ticks of ten milliseconds.
        private static func processorTime(of host: RunningHost) throws -> Duration {
            let text = try HostedProject.read("/proc/\(host.process.pid)/stat")
            let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
            try #require(fields.count > 14)
            let ticks = try #require(Int(fields[12])) + #require(Int(fields[13]))
            return .milliseconds(1_000 * ticks / sysconf(Int32(_SC_CLK_TCK)))
        }
    }
}
