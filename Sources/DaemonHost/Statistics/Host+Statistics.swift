import Model

extension Host: StatisticsSource {
    package func statistics(of daemon: String?, span: Duration) throws(HostError) -> StatisticsReport {
        guard let daemon else { return context.statistics.report(span: span) }
        return context.statistics.report(of: try find(daemon).statistics, span: span)
    }

    package func recentSteps() -> [String: [Float]] {
        var steps: [String: [Float]] = [:]
        for daemon in context.registry.all() {
            let recent = daemon.statistics.recent
            if !recent.isEmpty { steps[daemon.name] = recent }
        }
        return steps
    }
}
