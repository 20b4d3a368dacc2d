import BenchFloors
import Glibc

extension Group {
    /// Jobs from their launch to their end, by a hundred daemons at once.
    static let jobs = Group(lines: [
        Line(name: "jobs", title: "durable no-op jobs, 100 producers", unit: .perSecond, reach: .atLeast(0.3))
    ]) { (bench) throws(BenchError) in
        var samples = Samples()
        let each = bench.crowd >= 10_000 ? 200 : 20
        for _ in 0..<bench.rounds {
            samples.add(
                ours: try rateOfJobs(bench, Scripts.noop, producers: 100, each: each, workers: 100),
                floor: try onDatabase(bench) { bench_sqlite_jobs($0, 400, 100) })
        }
        return [samples]
    }

    /// Jobs that are programs.
    static let commands = Group(lines: [
        Line(name: "commands", title: "command jobs", unit: .perSecond, reach: .atLeast(0.7))
    ]) { (bench) throws(BenchError) in
        var samples = Samples()
        let each = bench.crowd >= 10_000 ? 100 : 20
        for _ in 0..<bench.rounds {
            samples.add(
                ours: try rateOfJobs(bench, Scripts.command, producers: 20, each: each, workers: 32),
                floor: try measured(bench_spawn(2_000, 4), "programs"))
        }
        return [samples]
    }

    /// Jobs a second between the first one's launch and the last one's end, by their own records.
    private static func rateOfJobs(
        _ bench: Bench, _ job: String, producers: Int, each: Int, workers: Int
    ) throws(BenchError) -> Double {
        let scratch = try Scratch(
            bench, scripts: ["producer": Scripts.producer("work", count: each)], jobs: ["work": job],
            instances: ("producer", producers - 1), settings: "return { jobs = { workers = \(workers) } }\n")
        let host = try scratch.run()
        let count = Double(producers * each)
        try wait(for: "the end of \(Int(count)) jobs", within: 300) {
            usleep(100_000)
            return scratch.number("SELECT count(*) FROM jobs WHERE status = 'completed'") == count
        }
        try host.stop()
        let sql = "SELECT (julianday(max(finished_at)) - julianday(min(created_at))) * 86400 FROM jobs"
        guard let seconds = scratch.number(sql), seconds > 0 else { throw BenchError("the jobs took no time") }
        return count / seconds
    }

    /// A floor's figure on a database of its own, laid out by the host.
    static func onDatabase(_ bench: Bench, _ floor: (String) -> Double) throws(BenchError) -> Double {
        let scratch = try Scratch(bench, scripts: [:])
        return try measured(floor(scratch.project.database), "the database")
    }

    /// A single job on a host that has nothing else to do.
    static let launch = Group(lines: [
        Line(name: "launch", title: "launch of a job to its first line, p50", unit: .seconds, reach: .atMost(2))
    ]) { (bench) throws(BenchError) in
        var samples = Samples()
        let scratch = try Scratch(
            bench, scripts: ["launcher": Scripts.launcher], jobs: ["arrival": Scripts.arrival])
        let host = try scratch.run()
        for _ in 0..<bench.rounds {
            let before = scratch.number("SELECT max(id) FROM jobs") ?? 0
            _ = try host.post("/api/daemons/launcher/start")
            let ended = "FROM jobs WHERE status = 'completed' AND id > \(before + 10)"
            try wait(for: "a hundred jobs", within: 60) {
                usleep(50_000)
                return scratch.number("SELECT count(*) \(ended)") ?? 0 >= 100
            }
            _ = try host.post("/api/daemons/launcher/stop")
            let middle = scratch.number(
                "SELECT CAST(result AS REAL) AS took \(ended) ORDER BY took LIMIT 1 OFFSET 50")
            samples.add(
                ours: middle ?? .infinity, floor: try onDatabase(bench) { bench_sqlite_launch($0, 100, 0.02) })
        }
        try host.stop()
        return [samples]
    }
}
