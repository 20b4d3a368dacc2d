import Glibc
import Model
import Testing

/// A `lunad run --json` that a test started, with what it says on standard error.
struct RunningHost {
    let process: ChildProcess

    /// One line of its log.
    struct Line {
        var daemon: String?
        var level: String
        var message: String
        var fields: Value?

        init?(_ text: Substring) {
            guard case .object(let entries)? = try? JSON.decode(Array(text.utf8)) else { return nil }
            let values = Dictionary(entries.map { ($0.key, $0.value) }) { first, _ in first }
            daemon = values["daemon"]?.stringValue
            level = values["level"]?.stringValue ?? ""
            message = values["message"]?.stringValue ?? ""
            fields = values["fields"]
        }

        func field(_ name: String) -> Value? { fields?[name] }
    }

    /// What it has said so far, complete lines only.
    func lines() throws -> [Line] {
        let text = try HostedProject.read(process.errorPath)
        guard let end = text.lastIndex(of: "\n") else { return [] }
        return text[..<end].split(separator: "\n").compactMap { Line($0) }
    }

    /// Everything it has said, as it stands there.
    var text: String { (try? HostedProject.read(process.errorPath)) ?? "" }

    /// Waits for the first line that `matches`.
    @discardableResult
    func line(
        _ what: String, within limit: Duration = .patience, matching matches: (Line) -> Bool
    ) async throws -> Line {
        try await wait(for: "the log says \(what)", within: limit, detail: { String(text.suffix(4_000)) }) {
            try lines().first(where: matches)
        }
    }

    /// Waits for a line of that daemon, nil being the host itself, which contains `message`.
    @discardableResult
    func says(_ message: String, daemon: String?, within limit: Duration = .patience) async throws -> Line {
        try await line("\(daemon ?? "the host"): \(message)", within: limit) {
            $0.daemon == daemon && $0.message.contains(message)
        }
    }

    /// Waits for its end.
    func ending(within limit: Duration = .patience) async throws -> ChildProcess.Ending {
        try await wait(for: "the end of the host", within: limit, detail: { String(text.suffix(4_000)) }) {
            process.ending()
        }
    }

    /// Asks it to stop and waits for its end.
    func stop(within limit: Duration = .patience) async throws -> ChildProcess.Ending {
        process.signal(SIGTERM)
        return try await ending(within: limit)
    }

    /// The seconds that its shutdown took, by its own account; nil when it had to abandon a daemon.
    func secondsOfShutdown() throws -> Double? {
        try lines().last { $0.daemon == nil && $0.message == "all daemons stopped" }?.field("seconds")?.doubleValue
    }
}
