import Model
import Platform

/// Jobs in words, from the objects that the API gives.
enum JobText {
    /// A field's text, made harmless for a terminal; empty for none.
    static func text(_ job: Value, _ field: String) -> String { TerminalText.escape(job[field]?.stringValue ?? "") }

    /// One line: what it is, how it stands, and why.
    static func line(_ job: Value) -> String {
        let why = ["error", "reason", "message"].map { text(job, $0) }.first { !$0.isEmpty }
        var line = "job \(job["id"]?.shown() ?? "?") (\(text(job, "type"))) is \(text(job, "status"))"
        if let result = job["result"], result != .null { line += ": \(TerminalText.escape(result.shown()))" }
        if let why, job["status"] != "completed" { line += ": \(why)" }
        return line
    }

    static func table(_ jobs: [Value], now: WallTime) -> TextTable {
        var table = TextTable(["ID", "TYPE", "STATUS", "DONE", "CREATED", "DAEMON", "WHAT"], numeric: [0, 3])
        for job in jobs {
            let status = text(job, "status")
            let created = job["created_at"]?.stringValue.flatMap(WallTime.init(iso8601:))
            table.add([
                .init(text: job["id"]?.shown() ?? ""), .init(text: text(job, "type")),
                .init(text: status, paint: JobStatus(rawValue: status)?.paint),
                .init(text: job["progress"]?.doubleValue.map { "\(Int($0 * 100)) %" } ?? "-"),
                .init(text: Ages.ago(created, now: now)),
                .init(text: job["daemon"] == .null ? "-" : text(job, "daemon")),
                .init(
                    text: ["error", "message", "reason"].map { text(job, $0) }.first { !$0.isEmpty } ?? "", paint: .dim),
            ])
        }
        return table
    }

    /// Every field that says something.
    static func facts(_ job: Value) -> [(String, String)] {
        guard case .object(let fields) = job else { return [] }
        return fields.compactMap { field in
            switch field.value {
            case .null, Value.emptyTable: return nil
            case .string(let text):
                return (field.key, TerminalText.escape(text, continuation: "\n").shortened(to: 2_000))
            default: return (field.key, TerminalText.escape(field.value.shown()))
            }
        }
    }
}

extension JobStatus {
    /// Green is done, yellow is at work, red needs a person.
    var paint: Paint {
        switch self {
        case .completed: .green
        case .running, .cancelling: .yellow
        case .failed: .red
        case .pending, .cancelled: .dim
        }
    }
}
