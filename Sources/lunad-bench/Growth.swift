import BenchFloors
import Glibc
import Model

/// How cost grows as the work does: tables, and a chart of what each daemon and each job costs.
struct Growth {
    private let bench: Bench
    private let daemons: [Int]
    private let waiting: [Int]

    init(_ bench: Bench) {
        self.bench = bench
        let isQuick = bench.crowd < 10_000
        daemons = isQuick ? [100, 1_000] : [100, 1_000, 10_000, 100_000]
        waiting = isQuick ? [1_000, 10_000] : [1_000, 10_000, 100_000, 1_000_000]
    }

    /// What was seen of one size.
    private struct Row {
        let size: Int
        let fields: [(name: String, unit: Line.Unit, value: Double)]

        var value: Value {
            .object([.init("size", .integer(Int64(size)))] + fields.map { .init($0.name, .number($0.value)) })
        }
    }

    func show(json: Bool) throws(BenchError) {
        let alone = try Group.residentAlone(bench)
        var crowds: [Row] = []
        for count in daemons {
            crowds.append(try crowd(count, alone))
            if !json { tell(crowds, "daemons") }
        }
        var queues: [Row] = []
        for count in waiting {
            queues.append(try queue(count))
            if !json { tell(queues, "waiting jobs") }
        }
        if json {
            let value = Value.object([
                .init("daemons", .array(crowds.map(\.value))), .init("waiting_jobs", .array(queues.map(\.value))),
            ])
            return Main.tell(Main.json(value))
        }
        chart(crowds, "daemons")
        chart(queues, "waiting jobs")
    }

    /// A crowd steps once a second as long as two processors can keep up; a greater one has as many steps a second as
    /// the greatest of these.
    private func crowd(_ count: Int, _ alone: Double) throws(BenchError) -> Row {
        let every = max(count / 10_000, 1)
        let seen = try CrowdSeen(bench, count: count, every: every)
        return Row(
            size: count,
            fields: [
                ("memory of each", .bytes, max(seen.resident - alone, 0) / Double(count)),
                ("processor", .cores, seen.cores),
                ("time for a step", .seconds, seen.cores / Double(count / every)),
                ("lateness p99", .seconds, seen.lateness),
                ("start", .seconds, seen.start),
            ])
    }

    /// No-op jobs that wait before the host starts.
    private func queue(_ count: Int) throws(BenchError) -> Row {
        let scratch = try Scratch(
            bench, scripts: [:], jobs: ["work": Scripts.noop], settings: "return { jobs = { workers = 100 } }\n")
        try scratch.write(
            """
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))
            INSERT INTO jobs (type) SELECT 'work' FROM n
            """)
        let before = monotonicSeconds()
        let host = try scratch.run()
        let start = monotonicSeconds() - before
        let done = "SELECT count(*) FROM jobs WHERE status = 'completed'"
        try wait(for: "the jobs' end", within: 5 * bench.span) {
            usleep(20_000)
            return scratch.number(done) == Double(count) || monotonicSeconds() - before > 2 * bench.span
        }
        let resident = host.residentBytes
        try host.stop()
        let span = """
            SELECT count(*) / ((julianday(max(finished_at)) - julianday(min(started_at))) * 86400) FROM jobs
            WHERE status = 'completed'
            """
        guard let rate = scratch.number(span) else { throw BenchError("of \(count) waiting jobs none ended") }
        return Row(
            size: count,
            fields: [
                ("jobs done", .perSecond, rate), ("time for a job", .seconds, 1 / rate),
                ("start", .seconds, start), ("memory", .bytes, resident),
            ])
    }

    // MARK: - To look at

    /// The last row, below a head when it is the first.
    private func tell(_ rows: [Row], _ what: String) {
        guard let row = rows.last else { return }
        if rows.count == 1 {
            Main.tell("\n" + Report.right(what, 14) + row.fields.map { Report.right($0.name, 17) }.joined())
        }
        Main.tell(
            Report.right("\(row.size)", 14)
                + row.fields.map { Report.right(Report.shown($0.value, $0.unit), 17) }.joined())
    }

    /// Bars for each figure; the longest is the greatest. Bars of equal length: cost grows as the work does.
    private func chart(_ rows: [Row], _ what: String) {
        guard let first = rows.first else { return }
        for (place, field) in first.fields.enumerated() {
            let greatest = rows.map { $0.fields[place].value }.max() ?? 0
            Main.tell("\n\(field.name), by \(what)")
            for row in rows {
                let value = row.fields[place].value
                Main.tell(
                    Report.right("\(row.size)", 9) + " " + Self.bar(value, of: greatest) + " "
                        + Report.shown(value, field.unit))
            }
        }
    }

    /// In eighths of a character.
    private static func bar(_ value: Double, of greatest: Double) -> String {
        guard greatest > 0, value > 0 else { return "" }
        let eighths = max(Int(value / greatest * 40 * 8), 1)
        let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
        return String(repeating: "█", count: eighths / 8) + rest
    }
}
