import BenchFloors

extension Group {
    /// What a hundred daemons keep at once.
    static let sessions = Group(lines: [
        Line(
            name: "sessions", title: "sessions with a row and the state, 100 daemons", unit: .perSecond,
            reach: .atLeast(0.4))
    ]) { (bench) throws(BenchError) in
        [
            try rates(bench, "booker", Scripts.booker, table: "bench_rows") { bench_sqlite_sessions($0, 2_000, 100) }
        ]
    }

    static let logs = Group(lines: [
        Line(name: "logs", title: "log lines kept, 100 daemons", unit: .perSecond, reach: .atLeast(0.4))
    ]) { (bench) throws(BenchError) in
        [
            try rates(bench, "talker", Scripts.talker, table: "daemon_logs") { bench_sqlite_logs($0, 200, 1_000) }
        ]
    }

    /// Rows a second that a hundred instances of the script make, by the ids of the table, which leave none out.
    private static func rates(
        _ bench: Bench, _ name: String, _ script: String, table: String, floor: (String) -> Double
    ) throws(BenchError) -> Samples {
        var samples = Samples()
        for _ in 0..<bench.rounds {
            let scratch = try Scratch(
                bench, scripts: [name: script], instances: (name, 99),
                settings: "return { log = { keep_rows = 100000000 } }\n")
            let host = try scratch.run()
            try wait(for: "the first rows", within: 60) {
                scratch.number("SELECT max(id) FROM \(table)") ?? 0 > 1_000
            }
            let rate = bench.perSecond([{ scratch.number("SELECT max(id) FROM \(table)") ?? 0 }])[0]
            try host.stop()
            samples.add(ours: rate, floor: try onDatabase(bench, floor))
        }
        return samples
    }
}
