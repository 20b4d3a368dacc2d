import Glibc
import Model
import Platform
import Testing

extension HeavyTests {
    @Suite("Jobs of the future", .serialized)
    struct JobIdleTests {
        private static let many = [
            "0001_future.sql": """
            WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 10000)
            INSERT INTO jobs (type, waits_for, run_at)
            SELECT 'due', 'time', strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+1 day', '+' || n || ' seconds') FROM numbers;
            """
        ]

        /// The first job is due after two quiet seconds, the others follow.
        private static let planner = """
            local d = { every = 3600 }
            function d:run_step()
              for i = 0, 9 do lunad.jobs.launch("due", {}, { delay = 3 + i * 0.07, tags = { "soon" } }) end
              lunad.log.info("planned")
            end
            return d
            """

        @Test("ten thousand of them cost no time, and one that becomes due starts at once")
        func quietAndPunctual() async throws {
            let project = try HostedProject.make(
                jobs: ["due": "return { run = function(self, job) end }"], daemons: ["planner": Self.planner],
                migrations: Self.many)
            let host = try await project.run()
            try await host.says("planned", daemon: "planner")
            #expect(try project.database.number("SELECT count(*) FROM jobs WHERE waits_for = 'time'") == 10_010)
            let start = SystemClock().monotonic()
            try await Self.pass(until: start + .milliseconds(700))
            let before = try Self.processorTime(of: host)
            try await Self.pass(until: start + .milliseconds(2_400))
            let spent = try Self.processorTime(of: host) - before
            #expect(spent <= .milliseconds(20), "\(spent) of processor time in 1.7 s of idleness")
            let soon = "id IN (SELECT job FROM job_tags WHERE tag = 'soon')"
            try await project.jobs(10, of: "due", where: "status = 'completed' AND \(soon)")
            let late = try project.database.column(
                "SELECT CAST(round((julianday(started_at) - julianday(run_at)) * 86400000) AS INTEGER) FROM jobs WHERE \(soon)"
            ).compactMap { Int($0) }
            #expect(late.count == 10 && late.allSatisfy { (0...100).contains($0) }, "late by \(late) ms")
            #expect(try await host.stop() == .exited(0))
        }

        private static func pass(until end: MonotonicTime) async throws {
            try await wait(for: "a stretch of time") { SystemClock().monotonic() >= end ? true : nil }
        }

        /// In ticks of ten milliseconds.
        private static func processorTime(of host: RunningHost) throws -> Duration {
            let text = try HostedProject.read("/proc/\(host.process.pid)/stat")
            // The fields after the name, which may hold spaces itself; user and system time are the 14th and 15th of all.
            let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
            try #require(fields.count > 14)
            let ticks = try #require(Int(fields[12])) + #require(Int(fields[13]))
            return .milliseconds(1_000 * ticks / sysconf(Int32(_SC_CLK_TCK)))
        }
    }
}
