import LuaRuntime
import Model

extension Host: MetricsSource {
    package func metrics() async throws(HostError) -> [MetricFamily] {
        let backlog = try await context.blocking.run { [context] () throws(HostError) in try context.queue.backlog() }
        return context.meters.families() + daemonFamilies() + jobFamilies(backlog)
            + [timerLag] + context.instruments.flatMap { $0() } + context.meters.scriptFamilies()
    }

    private func daemonFamilies() -> [MetricFamily] {
        let figures = context.registry.all().map { (name: $0.name, figures: $0.figures) }.sorted { $0.name < $1.name }
        func perDaemon(_ name: String, _ kind: MetricFamily.Kind, _ help: String, _ number: (DaemonFigures) -> Double?)
            -> MetricFamily
        {
            MetricFamily(
                name, kind, help,
                figures.compactMap { daemon in
                    number(daemon.figures).map { .init([.init("daemon", daemon.name)], .number($0)) }
                })
        }
        let losses = context.topics.losses().sorted { $0.key < $1.key }
        return [
            perDaemon(
                "lunad_daemon_step_seconds", .counter, "Seconds spent in steps since the host started.", \.stepSeconds),
            perDaemon("lunad_daemon_step_lag_seconds", .gauge, "How long after it was due its last step began.", \.lag),
            MetricFamily(
                "lunad_daemon_events_dropped", .counter, "Events that it was not told of because its mailbox was full.",
                losses.map { .init([.init("daemon", $0.key)], .number(Double($0.value))) }),
        ]
    }

    private func jobFamilies(_ backlog: [JobBacklog]) -> [MetricFamily] {
        let now = context.clock.now()
        let unfinished = backlog.map { part in
            MetricFamily.Sample(
                [.init("type", part.type), .init("status", part.status.rawValue)], .number(Double(part.count)))
        }
        let ages = backlog.compactMap { part -> MetricFamily.Sample? in
            guard let due = part.oldestDue else { return nil }
            let age = max(Double(now.milliseconds - due.milliseconds) / 1_000, 0)
            return MetricFamily.Sample([.init("type", part.type)], .number(age))
        }
        return [
            MetricFamily(
                "lunad_jobs_unfinished", .gauge, "Jobs that have not ended, by type and status.", unfinished),
            MetricFamily(
                "lunad_jobs_queue_age_seconds", .gauge, "For how long the job that waits the longest could have run.",
                ages),
        ]
    }

    private var timerLag: MetricFamily {
        MetricFamily(
            "lunad_timer_lag_seconds", .histogram, "How late the threads that run scripts serve what is due.",
            [.init([], .histogram(context.executor.timerLag))])
    }
}
