import Model

/// How long a step took, and how late it began.
struct StepMeasure: Sendable {
    /// From its beginning to its end, waits included.
    var seconds: Double
    /// Seconds after it was due; nil for one that was delayed after a failure.
    var lag: Double?
}

extension Incarnation {
    /// The step in progress, if there is one, ended at that moment, well or not: the host's meters are told. What it
    /// returns is for the daemon's own figures.
    func endMeasure(at now: MonotonicTime) -> StepMeasure? {
        guard isMeasuringStep else { return nil }
        isMeasuringStep = false
        let measure = StepMeasure(
            seconds: (now - stepBegan).inSeconds, lag: stepLag.map { Double($0) / 1e9 })
        context.meters.note(measure)
        return measure
    }

    /// The same, for a step whose end changes nothing else of the daemon's.
    func noteStepEnd() {
        guard let measure = endMeasure(at: context.clock.monotonic()) else { return }
        daemon.deliverNothing(from: self) { $0.figures.add(measure) }
    }
}

/// What is measured of one daemon, beside its record.
struct DaemonFigures: Sendable {
    /// Of all steps since the host started.
    var stepSeconds = 0.0
    /// How long after it was due its last step began; nil before the end of the first.
    var lag: Double?

    mutating func add(_ step: StepMeasure) {
        stepSeconds += step.seconds
        lag = step.lag ?? lag
    }
}

extension Daemon {
    var figures: DaemonFigures { core.withLock { $0.figures } }
}
