import Model

/// Why a daemon is in its state, what the host does about it by itself, and what would change it.
struct Explanation {
    private let record: DaemonRecord
    private let isHostRunning: Bool
    private let now: WallTime

    init(_ record: DaemonRecord, isHostRunning: Bool, now: WallTime) {
        self.record = record
        self.isHostRunning = isHostRunning
        self.now = now
    }

    // MARK: Facts

    /// The host's next act, in words.
    var next: String {
        guard isHostRunning else { return "nothing: no host is running here" }
        let moment = record.nextStepAt.map { "\(Ages.ahead($0, now: now)) (\($0.iso8601))" }
        switch record.status {
        case .starting: return "on_start ends, then the first step"
        case .running: return moment.map { "the next step, \($0)" } ?? "the step in progress ends"
        case .backingOff: return moment.map { "another try, \($0)" } ?? "another try"
        case .stopping: return "it stops; at its deadline it is interrupted"
        case .failed: return moment.map { "a probe, \($0)" } ?? "nothing: it is parked until something changes"
        case .stopped: return "nothing: it stays stopped"
        }
    }

    /// What would bring it into another state.
    var changes: [String] {
        let script = "scripts/\(record.type).lua"
        var list: [String] = []
        if !isHostRunning { list.append("'lunad run' starts a host, and with it every enabled daemon") }
        switch record.status {
        case .running:
            list.append("a step that raises an error makes it back off")
        case .backingOff:
            list.append(
                "a step that succeeds forgets its \(record.consecutiveErrors) error\(plural(record.consecutiveErrors)) in a row"
            )
            list.append("policy.max_errors failures in a row make it failed")
        case .failed:
            list.append("a change of \(script) or of its config is tried at once")
        case .stopped where !record.enabled && record.enabledByOperator:
            list.append("enabled is off in the database; it wins over the script")
        case .stopped where !record.enabled:
            list.append("without 'enabled = false' in \(script) it would start")
        case .stopped where isHostRunning:
            list.append("the host starts it when it reads the scripts again (SIGHUP) or is started again")
        case .stopped, .starting, .stopping:
            break
        }
        return list
    }

    var value: Value {
        .object([
            .init("name", .string(record.name)), .init("status", .string(record.status.rawValue)),
            .init("since", record.statusSince.map { .string($0.iso8601) } ?? .null),
            .init("reason", .string(record.reason)),
            .init("error", record.error.map { .string($0) } ?? .null),
            .init("traceback", record.traceback.map { .string($0) } ?? .null),
            .init("next", .string(next)),
            .init("next_at", record.nextStepAt.map { .string($0.iso8601) } ?? .null),
            .init("would_change", changes.isEmpty ? .null : .array(changes.map { .string($0) })),
        ])
    }

    // MARK: Text

    func text(for screen: Screen) -> String {
        let status = record.status.paint.on(record.status.rawValue, screen)
        let since = record.statusSince.map { ", \(Ages.words(now - $0)) now (since \($0.iso8601))" } ?? ""
        var lines = ["\(Paint.bold.on(record.name, screen)) is \(status)\(since)"]
        lines.append(section("Cause", record.reason, screen))
        if let error = record.error, error != record.reason { lines.append(section("Error", error, screen)) }
        if let traceback = record.traceback { lines.append(traceback.indented) }
        lines.append(section("Steps", steps, screen))
        lines.append(section("Next", next, screen))
        for (index, change) in changes.enumerated() {
            lines.append(section(index == 0 ? "Change" : "", change, screen))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var steps: String {
        let last = record.lastSuccess.map { "the last good one \(Ages.ago($0, now: now))" } ?? "none has succeeded yet"
        return
            "\(record.steps) done, \(last); \(record.errors) error\(plural(record.errors)), \(record.consecutiveErrors) in a row"
    }

    private func section(_ name: String, _ text: String, _ screen: Screen) -> String {
        Paint.dim.on(name.padded(to: 7), screen) + "  " + text
    }

    private func plural(_ count: some BinaryInteger) -> String { count == 1 ? "" : "s" }
}

extension String {
    fileprivate var indented: String {
        split(separator: "\n").map { "         \($0)" }.joined(separator: "\n")
    }
}
