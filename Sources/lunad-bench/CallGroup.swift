import BenchFloors
import LuaRuntime
import Model
import Platform

extension Group {
    /// What a script pays for the host while it computes.
    static let calls = Group(lines: [
        Line(name: "call-now", title: "host call: lunad.now()", unit: .seconds, reach: .atMost(4)),
        Line(name: "call-stopping", title: "host call: lunad.stopping()", unit: .seconds, reach: .atMost(4)),
        Line(name: "call-log", title: "host call: a buffered log line", unit: .seconds, reach: .atMost(4)),
        Line(name: "slices", title: "CPU-bound script, with time slices", unit: .seconds, reach: .atMost(1.1)),
    ]) { (bench) throws(BenchError) in
        let scratch = try Scratch(bench, scripts: [:], jobs: ["calls": Scripts.calls])
        let host = try scratch.run()
        var all: [Samples] = []
        for what in ["now", "stopping", "log", "fib"] {
            var samples = Samples()
            for _ in 0..<2 * bench.rounds {
                samples.add(
                    ours: try host.result(ofJob: "calls", what: what),
                    floor: try measured(bench_lua_run(Scripts.calls, what), what))
            }
            all.append(samples)
        }
        try host.stop()
        return all
    }

    /// A step that does nothing.
    static let steps = Group(lines: [
        Line(name: "empty-step", title: "empty step, the whole engine", unit: .seconds, reach: .atMost(3)),
        Line(name: "empty-call", title: "empty step, the call into Lua alone", unit: .seconds, reach: .open),
    ]) { (bench) throws(BenchError) in
        let rounds: Int32 = 1_000_000
        var engine = Samples()
        var call = Samples()
        let scratch = try Scratch(bench, scripts: ["empty": Scripts.empty], instances: ("empty", 99))
        for _ in 0..<bench.rounds {
            let host = try scratch.run()
            try wait(for: "all first steps", within: 60) {
                scratch.number("SELECT count(*) FROM daemons WHERE steps = 0") == 0
            }
            let before = try host.metric("lunad_step_seconds_count")
            let cpu = host.cpuSeconds
            _ = bench.perSecond([])
            let spent = host.cpuSeconds - cpu
            let steps = try host.metric("lunad_step_seconds_count") - before
            try host.stop()
            let floor = try measured(bench_lua_step(Scripts.empty, rounds), "a step")
            engine.add(ours: spent / steps, floor: floor)
            call.add(ours: try secondsOfCall(Int(rounds)), floor: floor)
        }
        return [engine, call]
    }

    private static func secondsOfCall(_ rounds: Int) throws(BenchError) -> Double {
        do throws(HostError) {
            let state = try LuaState(limits: LuaLimits(memoryHard: 16 << 20), clock: SystemClock())
            defer { state.close() }
            guard case .finished = state.load(source: Array(Scripts.empty.utf8), chunkName: "@empty.lua") else {
                throw HostError(.script, "the empty script does not load")
            }
            let start = monotonicSeconds()
            for _ in 0..<rounds {
                guard case .finished = state.call("run_step") else { throw HostError(.script, "the empty step fails") }
            }
            return (monotonicSeconds() - start) / Double(rounds)
        } catch {
            throw BenchError("\(error)")
        }
    }
}
