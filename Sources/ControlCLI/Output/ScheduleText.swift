import Model
import Platform

/// Schedules in words, from the objects that the API gives.
enum ScheduleText {
    /// `nightly launches report by "0 3 * * *" (Europe/Berlin), next in 5 h`.
    static func line(_ schedule: Value, now: WallTime) -> String {
        let name = JobText.text(schedule, "name")
        let due = isEnabled(schedule) ? "next \(next(schedule, now: now))" : "disabled"
        return "\(name) launches \(JobText.text(schedule, "type")) \(timing(schedule)), \(due)"
    }

    static func table(_ schedules: [Value], now: WallTime) -> TextTable {
        var table = TextTable(["NAME", "TYPE", "WHEN", "NEXT", "LAST", "OUTCOME"])
        for schedule in schedules {
            let outcome = JobText.text(schedule, "last_outcome")
            let reason = JobText.text(schedule, "last_reason")
            table.add([
                .init(text: JobText.text(schedule, "name")), .init(text: JobText.text(schedule, "type")),
                .init(text: timing(schedule)),
                isEnabled(schedule)
                    ? .init(text: next(schedule, now: now)) : .init(text: "disabled", paint: .dim),
                .init(text: Ages.ago(instant(schedule, "last_at"), now: now)),
                .init(text: reason.isEmpty ? outcome : "\(outcome): \(reason)", paint: paint(outcome)),
            ])
        }
        return table
    }

    /// What became of occurrences, newest first.
    static func runs(_ runs: [Value]) -> TextTable {
        var table = TextTable(["DUE", "COUNT", "JOB", "WHAT"], numeric: [1, 2])
        for run in runs {
            let skipped = JobText.text(run, "skipped")
            table.add([
                .init(text: JobText.text(run, "last")),
                .init(text: run["count"]?.integerValue.map { "\($0)" } ?? "many"),
                .init(text: run["job"]?.integerValue.map { "\($0)" } ?? "-"),
                .init(
                    text: skipped.isEmpty ? "launched" : "skipped: \(skipped)", paint: skipped.isEmpty ? nil : .yellow),
            ])
        }
        return table
    }

    private static func timing(_ schedule: Value) -> String {
        if let seconds = schedule["every"]?.doubleValue {
            return "every \(Ages.words(.saturating(seconds: seconds)))"
        }
        let zone = JobText.text(schedule, "zone")
        return "by \"\(JobText.text(schedule, "cron"))\"" + (zone.isEmpty ? "" : " (\(zone))")
    }

    private static func isEnabled(_ schedule: Value) -> Bool { schedule["enabled"]?.boolValue == true }

    private static func next(_ schedule: Value, now: WallTime) -> String {
        guard let next = instant(schedule, "next_at") else { return "never" }
        return Ages.ahead(next, now: now)
    }

    private static func instant(_ schedule: Value, _ field: String) -> WallTime? {
        schedule[field]?.stringValue.flatMap(WallTime.init(iso8601:))
    }

    private static func paint(_ outcome: String) -> Paint? {
        outcome == "skipped" ? .yellow : JobStatus(rawValue: outcome)?.paint
    }
}
