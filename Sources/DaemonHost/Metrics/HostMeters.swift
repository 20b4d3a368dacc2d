import Model
import Synchronization

/// What the engine itself measures, since the host started.
package final class HostMeters: Sendable {
    private struct State {
        var steps = Histogram.seconds
        var lag = Histogram.seconds
        /// Jobs that have ended, by type and status.
        var ended: [String: [JobStatus: Int]] = [:]
        var scripts = ScriptMetrics()
    }

    private let state = Mutex(State())

    init() {}

    /// A step has ended, well or not.
    func noteStep(seconds: Double) { state.withLock { $0.steps.observe(seconds) } }

    /// A step has begun so long after it was due.
    func noteLag(seconds: Double) { state.withLock { $0.lag.observe(seconds) } }

    func noteEnd(of job: JobRecord) { state.withLock { $0.ended[job.type, default: [:]][job.status, default: 0] += 1 } }

    func record(
        _ name: String, _ change: ScriptMetrics.Change, labels: [MetricFamily.Label], owner: ScriptMetrics.Owner
    ) throws(HostError) -> ScriptMetrics.Outcome {
        try state.withLock { (state) throws(HostError) in
            try state.scripts.record(name, change, labels: labels, owner: owner)
        }
    }

    /// The daemon is gone, and its series with it.
    func forget(daemon: String) { state.withLock { $0.scripts.forget(.daemon(daemon)) } }

    /// All but those of the scripts.
    func families() -> [MetricFamily] {
        let (steps, lag, ended) = state.withLock { ($0.steps, $0.lag, $0.ended) }
        let endedSamples = ended.sorted { $0.key < $1.key }.flatMap { type, counts in
            counts.sorted { $0.key.rawValue < $1.key.rawValue }.map { status, count in
                MetricFamily.Sample(
                    [.init("type", type), .init("status", status.rawValue)], .number(Double(count)))
            }
        }
        return [
            MetricFamily(
                "lunad_step_seconds", .histogram, "How long steps took, waits included.", [.init([], .histogram(steps))]
            ),
            MetricFamily(
                "lunad_step_lag_seconds", .histogram, "How long after they were due steps began.",
                [.init([], .histogram(lag))]),
            MetricFamily(
                "lunad_jobs_ended", .counter, "Jobs that have ended since the host started, by type and status.",
                endedSamples),
        ]
    }

    func scriptFamilies() -> [MetricFamily] { state.withLock { $0.scripts }.all() }
}
