import Model

/// The metrics that the daemons' records and the counts of jobs say.
enum RecordMetrics {
    static func make(daemons: [DaemonRecord], jobs: [JobStatus: Int]?) -> [MetricFamily] {
        var families = [
            MetricFamily(
                "lunad_info", .gauge, "The host's version.",
                [.init([.init("version", LunadVersion.current)], .number(1))]),
            MetricFamily(
                "lunad_daemons", .gauge, "Daemons by status.",
                DaemonStatus.allCases.map { status in
                    .init([.init("status", status.rawValue)], .number(Double(daemons.count { $0.status == status })))
                }),
        ]
        families += perDaemon(daemons)
        if let jobs {
            families.append(
                MetricFamily(
                    "lunad_jobs", .gauge, "Jobs by status.",
                    JobStatus.allCases.map { .init([.init("status", $0.rawValue)], .number(Double(jobs[$0] ?? 0))) }))
        }
        return families
    }

    private static func perDaemon(_ daemons: [DaemonRecord]) -> [MetricFamily] {
        func family(
            _ name: String, _ kind: MetricFamily.Kind, _ help: String, _ number: (DaemonRecord) -> Double?
        ) -> MetricFamily {
            MetricFamily(
                name, kind, help,
                daemons.compactMap { daemon in
                    number(daemon).map { .init([.init("daemon", daemon.name)], .number($0)) }
                })
        }
        return [
            family("lunad_daemon_up", .gauge, "1 while a live step loop exists.") {
                $0.status == .running || $0.status == .backingOff ? 1 : 0
            },
            family("lunad_daemon_enabled", .gauge, "1 when it starts with the host.") { $0.enabled ? 1 : 0 },
            family("lunad_daemon_steps", .counter, "Steps completed.") { Double($0.steps) },
            family("lunad_daemon_errors", .counter, "Steps and hooks that failed.") { Double($0.errors) },
            family("lunad_daemon_consecutive_errors", .gauge, "Failures since the last success.") {
                Double($0.consecutiveErrors)
            },
            family("lunad_daemon_restarts", .counter, "Restarts.") { Double($0.restarts) },
            family("lunad_daemon_memory_bytes", .gauge, "The size of its Lua heap.") { Double($0.memoryBytes) },
            family(
                "lunad_daemon_last_heartbeat_seconds", .gauge,
                "When it last gave a sign of life, in seconds since 1970."
            ) {
                $0.lastHeartbeat.map(seconds)
            },
            family("lunad_daemon_last_success_seconds", .gauge, "When a step last succeeded, in seconds since 1970.") {
                $0.lastSuccess.map(seconds)
            },
        ]
    }

    private static func seconds(_ instant: WallTime) -> Double { Double(instant.milliseconds) / 1_000 }
}
