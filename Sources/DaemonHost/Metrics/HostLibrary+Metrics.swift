import LuaRuntime
import Model

extension HostLibrary {
    static let metrics: [String: Handler] = [
        "metrics.counter": { task, arguments in
            task.measure(.counter, arguments, labels: arguments[at: 2]) { () throws(HostError) in
                let more = arguments[at: 1] == .null ? 1 : arguments[at: 1].doubleValue ?? 0
                guard more >= 0, more.isFinite else {
                    throw HostError(.invalidArgument, "a counter only goes up: expected a number of 0 or above")
                }
                return .add(more)
            }
        },
        "metrics.gauge": { task, arguments in
            task.measure(.gauge, arguments, labels: arguments[at: 2]) { () throws(HostError) in
                .set(try finite(arguments[at: 1]))
            }
        },
        "metrics.histogram": { task, arguments in
            task.measure(.histogram, arguments, labels: arguments[at: 2]) { () throws(HostError) in
                .observe(try finite(arguments[at: 1]), bounds: try MetricName.bounds(arguments[at: 3]))
            }
        },
    ]

    private static func finite(_ value: Value) throws(HostError) -> Double {
        guard let number = value.doubleValue, number.isFinite else {
            throw HostError(.invalidArgument, "the value must be a finite number")
        }
        return number
    }
}

extension ScriptTask {
    /// Takes a change of one of the script's metrics; `change` checks its value.
    func measure(
        _ kind: MetricFamily.Kind, _ arguments: [Value], labels: Value,
        _ change: () throws(HostError) -> ScriptMetrics.Change
    ) -> HostReply {
        HostReply(of: { () throws(HostError) in
            let outcome = try context.meters.record(
                try MetricName.checked(arguments[at: 0].text, kind), try change(),
                labels: try MetricName.labels(labels),
                owner: metricsOwner)
            switch outcome {
            case .kept: return [true]
            case .full(let warning):
                if let warning { context.journal.append(logEntry(.warn, warning, nil)) }
                return [false]
            }
        })
    }
}
