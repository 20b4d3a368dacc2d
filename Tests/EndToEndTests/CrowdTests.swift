import Glibc
import Model
import Platform
import Testing

extension HeavyTests {
    @Suite("A crowd", .serialized)
    struct CrowdTests {
        private static let count = isTorture ? 1_000 : 200
        /// How long the crowd's cadence is measured.
        private static let span = isTorture ? 30.0 : 8.0

        private static let hostile = [
            "looper": """
            local d = { policy = { step_timeout = 1, max_errors = 1 } }
            function d:run_step() while true do end end
            return d
            """,
            "matcher": """
            local d = { policy = { step_timeout = 1, max_errors = 1 } }
            function d:run_step() return string.find(string.rep("a", 30000), ".-.-.-.-.-b") end
            return d
            """,
            "eater": """
            local d = { policy = { memory = "8MB", max_errors = 1 } }
            function d:run_step() local t = {} while true do t[#t + 1] = string.rep("x", 100) .. #t end end
            return d
            """,
            "flooder": """
            local d = {}
            function d:run_step()
              local n = 0
              while not lunad.stopping() do
                n = n + 1
                lunad.log.info("flood " .. n)
                if n % 1000 == 0 then lunad.heartbeat("flooding") end
              end
            end
            return d
            """,
        ]

        private static func project() throws -> HostedProject {
            var scripts = hostile
            for index in 0..<count {
                scripts["member_\(index)"] = """
                    local d = { every = 1, state = { n = 0 } }
                    function d:run_step() if \(index) % 10 == 0 then self.state.n = self.state.n + 1 end end
                    return d
                    """
            }
            return try HostedProject(scripts)
        }

        @Test("an endless loop, a runaway pattern, a memory eater and a log flood leave the others their cadence")
        func cadence() async throws {
            let project = try Self.project()
            let host = try await project.run()
            try await wait(for: "all members' first step") {
                try project.database.number(Self.members("count(*)", "steps > 0")) == Self.count ? true : nil
            }
            let before = try project.database.column(Self.members("name || ' ' || steps", "true"))
            let start = SystemClock().monotonic()
            try await wait(for: "the end of the measured span", within: .seconds(120)) {
                (SystemClock().monotonic() - start).inSeconds >= Self.span ? true : nil
            }
            let seconds = (SystemClock().monotonic() - start).inSeconds
            let after = try project.database.column(Self.members("name || ' ' || steps", "true"))
            // Steps are written down once a second: one of them may not be there yet.
            let expected = Int(0.8 * seconds) - 1
            let slow = Self.differences(before, after).filter { $0.value < expected }
            #expect(slow.isEmpty, "\(slow.count) of \(Self.count) kept fewer than \(expected) steps: \(slow.prefix(5))")
            let ill = try project.database.column(
                Self.members("name || ' ' || reason", "status <> 'running' OR errors > 0"))
            #expect(ill.isEmpty, "\(ill.prefix(5))")
            try await Self.hostileAreShown(project)
            #expect(try await host.stop() == .exited(0))
            let kept = try project.database.number(
                "SELECT count(*) FROM daemon_logs WHERE daemon = 'flooder' AND message LIKE 'flood %'")
            #expect(kept <= 500 + Int(50 * (seconds + 60)), "the flood was kept: \(kept) lines")
            let losses = try project.database.number(
                "SELECT count(*) FROM daemon_logs WHERE daemon = 'flooder' AND level = 'warn' AND message LIKE '%drop%'"
            )
            #expect(losses > 0, "nobody was told of the lost lines")
        }

        private static func members(_ column: String, _ condition: String) -> String {
            "SELECT \(column) FROM daemons WHERE name LIKE 'member%' AND (\(condition))"
        }

        private static func differences(_ before: [String], _ after: [String]) -> [String: Int] {
            func parsed(_ rows: [String]) -> [String: Int] {
                let pairs = rows.compactMap { row -> (String, Int)? in
                    let words = row.split(separator: " ")
                    return Int(words[1]).map { (String(words[0]), $0) }
                }
                return Dictionary(pairs) { first, _ in first }
            }
            return parsed(after).merging(parsed(before)) { $0 - $1 }
        }

        /// Status and reason are true, and `why` says what to do.
        private static func hostileAreShown(_ project: HostedProject) async throws {
            let cases = [
                ("looper", "no sign of life for 1", "scripts/looper.lua:2"),
                ("matcher", "no sign of life for 1", "scripts/matcher.lua:2"),
                ("eater", "policy.memory", "8 MB"),
            ]
            for (name, reason, place) in cases {
                try await project.status(.failed, of: name, because: reason)
                let why = try await project.command("why", name)
                #expect(why.output.contains("\(name) is failed") && why.output.contains(place), "\(why.output)")
                #expect(why.output.contains("a change of scripts/\(name).lua or of its config is tried at once"))
                #expect(why.output.contains("a probe, in"))
            }
            try await project.status(.running, of: "flooder")
            #expect(try project.shown("activity", of: "flooder") == "flooding")
        }
    }
}
