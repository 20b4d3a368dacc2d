import Model

/// The host's numbers in Prometheus' text format, version 0.0.4.
enum MetricsText {
    static func make(daemons: [DaemonRecord], jobs: [JobStatus: Int]?) -> String {
        var text = ""
        family(&text, "lunad_info", "gauge", "The host's version.", [([("version", LunadVersion.current)], "1")])
        family(
            &text, "lunad_daemons", "gauge", "Daemons by status.",
            DaemonStatus.allCases.map { status in
                ([("status", status.rawValue)], "\(daemons.count { $0.status == status })")
            })
        func perDaemon(_ name: String, _ type: String, _ help: String, _ number: (DaemonRecord) -> String) {
            family(&text, name, type, help, daemons.map { ([("daemon", $0.name)], number($0)) })
        }
        perDaemon("lunad_daemon_up", "gauge", "1 while a live step loop exists.") {
            $0.status == .running || $0.status == .backingOff ? "1" : "0"
        }
        perDaemon("lunad_daemon_enabled", "gauge", "1 when it starts with the host.") { $0.enabled ? "1" : "0" }
        perDaemon("lunad_daemon_steps_total", "counter", "Steps completed.") { "\($0.steps)" }
        perDaemon("lunad_daemon_errors_total", "counter", "Steps and hooks that failed.") { "\($0.errors)" }
        perDaemon("lunad_daemon_consecutive_errors", "gauge", "Failures since the last success.") {
            "\($0.consecutiveErrors)"
        }
        perDaemon("lunad_daemon_restarts_total", "counter", "Restarts.") { "\($0.restarts)" }
        perDaemon("lunad_daemon_memory_bytes", "gauge", "The size of its Lua heap.") { "\($0.memoryBytes)" }
        instants(
            &text, "lunad_daemon_last_heartbeat_seconds", "When it last gave a sign of life.", daemons, \.lastHeartbeat)
        instants(&text, "lunad_daemon_last_success_seconds", "When a step last succeeded.", daemons, \.lastSuccess)
        if let jobs {
            family(
                &text, "lunad_jobs", "gauge", "Jobs by status.",
                JobStatus.allCases.map { ([("status", $0.rawValue)], "\(jobs[$0] ?? 0)") })
        }
        return text
    }

    /// Seconds since 1970 of an instant in each record that has one.
    private static func instants(
        _ text: inout String, _ name: String, _ help: String, _ daemons: [DaemonRecord],
        _ instant: (DaemonRecord) -> WallTime?
    ) {
        family(
            &text, name, "gauge", help,
            daemons.compactMap { record in
                instant(record).map { ([("daemon", record.name)], "\(Double($0.milliseconds) / 1_000)") }
            })
    }

    private static func family(
        _ text: inout String, _ name: String, _ type: String, _ help: String,
        _ samples: [(labels: [(String, String)], value: String)]
    ) {
        guard !samples.isEmpty else { return }
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
        for sample in samples {
            let labels = sample.labels.map { "\($0.0)=\"\(escape($0.1))\"" }.joined(separator: ",")
            text += "\(name){\(labels)} \(sample.value)\n"
        }
    }

    private static func escape(_ text: String) -> String {
        text.reduce(into: "") { escaped, character in
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.append(character)
            }
        }
    }
}
