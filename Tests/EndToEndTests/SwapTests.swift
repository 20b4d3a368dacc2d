import Glibc
import Model
import Platform
import Testing

@Suite("Changing a daemon's logic while it runs")
struct SwapTests {
    private static let good = """
        local d = { every = 0.02, state = { n = 0 }, policy = { start_timeout = 0.5 } }
        function d:run_step() self.state.n = self.state.n + 1 end
        return d
        """

    private func broken(_ line: String) -> String {
        """
        local d = { every = 0.02, state = { n = 0 }, policy = { start_timeout = 0.3, step_timeout = 0.3 } }
        local steps = 0
        function d:run_step() steps = steps + 1; self.state.n = self.state.n + 1000000 end
        \(line)
        return d
        """
    }

    @Test("a swap to a broken script keeps the old logic and its state, whatever is broken")
    func brokenInEveryWay() async throws {
        let bad = [
            "syntax": "return {",
            "missing hook": "return { every = 1 }",
            "bad schema": "return { run_step = function() end, config = { a = { type = 'strin' } } }",
            "on_swap raises": broken("function d:on_swap(old) error('no way from ' .. old.n) end"),
            "endless loop at load": broken("while true do end"),
            "endless loop in on_swap": broken("function d:on_swap() while true do pcall(error) end end"),
            "memory bomb at load": broken("local t = {} while true do t[#t + 1] = string.rep('x', 2^16) .. #t end"),
            "third step raises": broken(
                "local step = d.run_step function d:run_step() step(self) if steps == 3 then error('third') end end"),
            "third step never ends": broken(
                "local step = d.run_step function d:run_step() step(self) if steps == 3 then while true do end end end"),
        ]
        let project = try HostedProject(["d": Self.good])
        let host = try await project.run()
        try await project.steps(3, of: "d")
        for (what, text) in bad.sorted(by: { $0.key < $1.key }) {
            let before = try project.database.number("SELECT count(*) FROM daemon_versions WHERE daemon = 'd'")
            try project.script("d", text)
            try await wait(for: "the outcome of: \(what)", detail: { String(host.text.suffix(2_000)) }) {
                let tried = try project.database.text(
                    """
                    SELECT outcome FROM daemon_versions WHERE daemon = 'd' AND generation > 1
                        AND outcome IN ('refused', 'failed')
                        AND (SELECT count(*) FROM daemon_versions WHERE daemon = 'd') > \(before)
                    ORDER BY generation DESC LIMIT 1
                    """)
                let generation = try project.shown("generation", of: "d")
                return tried != nil && generation == "1" ? tried : nil
            }
            #expect(try project.shown("status", of: "d") == "running", "\(what)")
            let steps = try #require(try project.shown("steps", of: "d").flatMap { Int($0) })
            try await project.steps(steps + 3, of: "d")
        }
        let state = try project.database.number(
            "SELECT json_extract(state, '$.n') FROM daemon_state WHERE daemon = 'd'")
        #expect(state < 1_000_000, "no state of a version that failed is left")
        try project.script("d", Self.good + "\n-- mended")
        try await wait(for: "the mended file to take over") {
            try project.shown("generation", of: "d") == "1" ? nil : true
        }
        #expect(try await host.stop() == .exited(0))
    }

    @Test("what was refused is not tried at the next start either, until the file changes")
    func restart() async throws {
        let project = try HostedProject(["d": Self.good])
        var host = try await project.run()
        try await project.steps(2, of: "d")
        try project.script("d", "return {")
        try await project.status(.running, of: "d", because: "refused")
        host.process.signal(SIGKILL)
        _ = try await host.ending()
        host = try await project.run()
        try await host.says("passed over", daemon: "d")
        try await project.status(.running, of: "d")
        try project.script("d", Self.good + "-- mended")
        try await project.status(.running, of: "d", because: "took over")
        #expect(try await host.stop() == .exited(0))
    }

    @Test("swap, versions and rollback say what they did")
    func commands() async throws {
        let project = try HostedProject(["d": Self.good])
        let host = try project.launch(["--json", "--no-watch"])
        try await host.says("running", daemon: "d")
        try project.script("d", Self.good + "-- second")
        let dry = try await project.command("swap", "d", "--dry-run")
        #expect(dry.status == 0 && dry.output.contains("would be swapped"))
        let swap = try await project.command("swap", "d")
        #expect(swap.status == 0 && swap.output == "d runs generation 2 now\n")
        let refused = try await project.command("swap", "d", project.folder.path + "/nothing.lua")
        #expect(refused.status == 1 && refused.messages.contains("nothing.lua"))
        let rollback = try await project.command("rollback", "d")
        #expect(rollback.status == 0 && rollback.output == "d runs generation 3 now\n")
        let versions = try await project.command("versions", "d", "--json")
        guard case .array(let rows) = try versions.json else { return #expect(Bool(false), "\(versions.output)") }
        #expect(rows.map { $0["outcome"] } == ["running", "rolled_back", "replaced"])
        let text = try await project.command("versions", "d", "--show", "2")
        #expect(text.output == Self.good + "-- second")
        #expect(try await project.command("rollback", "d", "--to", "99").status == 4)
        #expect(try await project.command("swap", "nobody").status == 4)
        #expect(try await host.stop() == .exited(0))
    }

    @Test("a swap is rehearsed without a host, with the state of a file")
    func rehearsal() async throws {
        let project = try HostedProject()
        let new = """
            local d = { every = 5, state_version = 2, state = { n = 0, sum = 0 } }
            function d:on_swap(old, version) if version < 2 then self.state.sum = old.n end end
            function d:run_step() self.state.sum = self.state.sum + 1; assert(self.state.sum < 13, "too much") end
            return d
            """
        try project.write(Self.good, to: "old.lua")
        try project.write(new, to: "new.lua")
        try project.write("return {", to: "broken.lua")
        try project.write(#"{"n": 7}"#, to: "state.json")
        let path = project.folder.path
        func rehearse(_ new: String, _ steps: String) async throws -> HostedProject.Outcome {
            try await project.command(
                "test-swap", "\(path)/old.lua", "\(path)/\(new)", "--state", "\(path)/state.json", "--steps", steps,
                "--json")
        }
        let good = try await rehearse("new.lua", "3")
        #expect(good.status == 0 && good.messages.isEmpty)
        let report = try good.json
        #expect(report["after_swap"]?["sum"] == 7 && report["after_steps"]?["sum"] == 10 && report["steps"] == 3)
        let bad = try await rehearse("new.lua", "9")
        #expect(bad.status == 1)
        #expect(try bad.json["steps"] == 5 && bad.json["failure"]?.stringValue?.contains("too much") == true)
        let refused = try await rehearse("broken.lua", "1")
        #expect(refused.status == 1)
        #expect(try refused.json["refusal"]?.stringValue?.contains("unexpected symbol") == true)
    }
}

extension HeavyTests {
    @Suite("Swapping under load")
    struct ManySwapTests {
        @Test("no step is lost or done twice over many swaps at a hundred steps a second")
        func manySwaps() async throws {
            let swaps = HeavyTests.isTorture ? 1_000 : 40
            func script(_ number: Int) -> String {
                """
                local d = { every = 0.01, state = { n = 0, swaps = 0 } }
                function d:on_start() end
                function d:on_swap() self.state.swaps = self.state.swaps + 1 end
                function d:run_step()
                  lunad.session(function(db)
                    self.state.n = self.state.n + 1
                    db:exec("INSERT INTO done (n, version) VALUES (?, ?)", self.state.n, \(number))
                  end)
                end
                return d
                """
            }
            let project = try HostedProject(
                ["d": script(0)],
                migrations: [
                    "0001_done.sql":
                        "CREATE TABLE done (n INTEGER PRIMARY KEY, version INTEGER, at TEXT)"
                ])
            let host = try await project.run()
            try await project.steps(10, of: "d")
            var times: [Duration] = []
            var memory = 0
            for number in 1...swaps {
                let start = SystemClock().monotonic()
                try project.script("d", script(number))
                try await wait(for: "version \(number)", detail: { String(host.text.suffix(2_000)) }) {
                    try project.shown("generation", of: "d") == String(number + 1) ? true : nil
                }
                times.append(SystemClock().monotonic() - start)
                if number == swaps / 2 { memory = try host.residentBytes }
            }
            let steps = try #require(try project.shown("steps", of: "d").flatMap { Int($0) })
            try await project.steps(steps + 10, of: "d")
            let growth = try host.residentBytes - memory
            #expect(growth < 16 << 20, "the second half of the swaps left no memory behind")
            #expect(try await host.stop() == .exited(0))
            let (rows, last, n, swapped) = (
                try project.database.number("SELECT count(*) FROM done"),
                try project.database.number("SELECT max(n) FROM done"),
                try project.database.number("SELECT json_extract(state, '$.n') FROM daemon_state"),
                try project.database.number("SELECT json_extract(state, '$.swaps') FROM daemon_state")
            )
            #expect(rows == last && rows == n, "each step's row is there once")
            #expect(swapped == swaps)
            #expect(try project.database.number("SELECT count(*) FROM daemon_versions") <= CodeVersion.keptCount)
            let median = times.sorted()[times.count / 2]
            if HeavyTests.isTorture {
                print(
                    "\(swaps) swaps: median \(median), with the quiet period and this test's polling; memory grew by \(growth) bytes"
                )
            }
        }
    }
}

extension RunningHost {
    /// What the host has in memory, in bytes.
    var residentBytes: Int {
        get throws {
            let text = try HostedProject.read("/proc/\(process.pid)/statm")
            let pages = try #require(text.split(separator: " ").dropFirst().first.flatMap { Int($0) })
            return pages * Int(getpagesize())
        }
    }
}
