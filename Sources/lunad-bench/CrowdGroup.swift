import BenchFloors
import Glibc

extension Group {
    /// A crowd that steps once a second: its memory, its processor time, and how late it is.
    static let crowd = Group(lines: [
        Line(name: "memory", title: "memory of a daemon, 60-line script", unit: .bytes, reach: .atMost(1.3)),
        Line(name: "sustain", title: "10,000 daemons at a step a second", unit: .cores, reach: .atMost(1.5)),
        Line(name: "lateness", title: "lateness of those steps, p99", unit: .seconds, reach: .within(0.002)),
    ]) { (bench) throws(BenchError) in
        var memory = Samples()
        var sustain = Samples()
        var lateness = Samples()
        let alone = try residentAlone(bench)
        for _ in 0..<min(bench.rounds, 3) {
            let seen = try CrowdSeen(bench, count: bench.crowd)
            let loop = bench_lua_timers(Scripts.sixty, Int32(bench.crowd), bench.span)
            memory.add(
                ours: (seen.resident - alone) / Double(bench.crowd),
                floor: try floorOfMemory(bench))
            sustain.add(ours: seen.cores, floor: try measured(loop.cpu, "a timer loop"))
            lateness.add(ours: seen.lateness, floor: try measured(bench_sleep_lateness(2_000), "a sleep"))
        }
        return [memory, sustain, lateness]
    }

    private static func floorOfMemory(_ bench: Bench) throws(BenchError) -> Double {
        let floor = ProcessFloor.memory(count: Int32(bench.crowd), steps: 10)
        let teller = try TellingChild { (errors) throws(BenchError) in
            try Child(bench.itself, floor.words, errors: errors)
        }
        let text = try teller.read(until: { $0.hasSuffix("\n") })
        return try measured(Double(text.dropLast()) ?? -1, "memory")
    }

    /// The memory of a host with one daemon.
    static func residentAlone(_ bench: Bench) throws(BenchError) -> Double {
        let scratch = try Scratch(bench, scripts: ["sixty": Scripts.sixty])
        let host = try scratch.run()
        try wait(for: "the first steps", within: 30) { scratch.number("SELECT 1 FROM daemons WHERE steps > 2") != nil }
        let resident = host.residentBytes
        try host.stop()
        return resident
    }

    /// Nothing to do: how often anything wakes.
    static let asleep = Group(lines: [
        Line(
            name: "asleep", title: "wake-ups a second, 10,000 daemons asleep", unit: .count, reach: .atMost(1)),
        Line(name: "asleep-cpu", title: "processor time of the same", unit: .cores, reach: .open),
    ]) { (bench) throws(BenchError) in
        var wakes = Samples()
        var cpu = Samples()
        let scratch = try Scratch(
            bench, scripts: ["sleeper": Scripts.sleeper], instances: ("sleeper", bench.crowd))
        let host = try scratch.run()
        try wait(for: "all first steps", within: 120) {
            scratch.number("SELECT count(*) FROM daemons WHERE steps > 0") == Double(bench.crowd + 1)
        }
        for _ in 0..<bench.rounds {
            let before = host.sleeps
            let start = monotonicSeconds()
            cpu.add(ours: bench.perSecond([{ host.cpuSeconds }])[0], floor: 0)
            // A thread that has ended slept no more; one that came has all of its sleeps here.
            let count = host.sleeps.reduce(0) { $0 + $1.value - (before[$1.key] ?? 0) }
            wakes.add(ours: count / (monotonicSeconds() - start), floor: 1)
        }
        try host.stop()
        return [wakes, cpu]
    }
}

/// What a crowd of so many was seen to take, after its first seconds.
struct CrowdSeen {
    /// Seconds from the host's start to every daemon's first step.
    let start: Double
    let resident: Double
    let cores: Double
    let lateness: Double

    private static let probes = 50

    /// Each steps once in so many seconds.
    init(_ bench: Bench, count: Int, every: Int = 1) throws(BenchError) {
        let probes = (1...Self.probes).map { "('probe_\($0)', 'probe')" }.joined(separator: ", ")
        let scratch = try Scratch(
            bench, scripts: ["sixty": Scripts.sixty(every: every), "probe": Scripts.probe],
            instances: ("sixty", count - 1))
        try scratch.write("INSERT INTO daemons (name, type) VALUES \(probes)")
        let began = monotonicSeconds()
        let host = try scratch.run()
        try wait(for: "all first steps", within: 300) {
            scratch.number("SELECT count(*) FROM daemons WHERE steps = 0") == 0
        }
        start = monotonicSeconds() - began
        // Every state has then run its script some times, and its heap has settled.
        let steps = every == 1 ? 10 : 3
        try wait(for: "\(steps) steps of each", within: 300) {
            usleep(50_000)
            return scratch.number("SELECT count(*) FROM daemons WHERE steps < \(steps)") == 0
        }
        let from = monotonicSeconds()
        cores = bench.perSecond([{ host.cpuSeconds }])[0]
        resident = host.residentBytes
        let until = monotonicSeconds()
        try wait(for: "the probes' notes", within: 30) {
            scratch.number("SELECT 1 FROM bench_rows WHERE n > \(until + 1) LIMIT 1") != nil
        }
        try host.stop()
        lateness = try Self.lateness(scratch, from, until)
    }

    /// A step is due a whole number of seconds after the daemon's others: how late it was shows in what is over, against
    /// the most punctual one.
    private static func lateness(_ scratch: Scratch, _ from: Double, _ until: Double) throws(BenchError) -> Double {
        let sql = """
            WITH span AS (SELECT daemon, n FROM bench_rows WHERE n BETWEEN \(from) AND \(until)),
            phases AS (
                SELECT daemon, n - first - round(n - first) AS phase FROM span
                JOIN (SELECT daemon, min(n) AS first FROM span GROUP BY daemon) USING (daemon)),
            late AS (SELECT phase - min(phase) OVER (PARTITION BY daemon) AS late FROM phases)
            SELECT late FROM late ORDER BY late DESC LIMIT 1 OFFSET (SELECT count(*) / 100 FROM late)
            """
        guard let late = scratch.number(sql) else { throw BenchError("the probes noted nothing") }
        return late
    }
}
