import Model

/// How long steps take, and how late they begin.
extension Incarnation {
    /// A step begins now. What was delayed after a failure is not late.
    func noteStepBegin() {
        isMeasuringStep = true
        guard let lag = stepLag.map({ Double($0) / 1e9 }) else { return }
        context.meters.noteLag(seconds: lag)
        daemon.deliverNothing(from: self) { $0.figures.lag = lag }
    }

    /// The step in progress, if there is one, ended at that moment, well or not: the host's meters are told. The seconds
    /// that it took are for the daemon's own figures.
    func endMeasure(at now: MonotonicTime) -> Double? {
        guard isMeasuringStep else { return nil }
        isMeasuringStep = false
        let seconds = (now - stepBegan).inSeconds
        context.meters.noteStep(seconds: seconds)
        return seconds
    }

    /// The same, for a step whose end changes nothing else of the daemon's.
    func noteStepEnd() {
        guard let seconds = endMeasure(at: context.clock.monotonic()) else { return }
        daemon.deliverNothing(from: self) { $0.figures.stepSeconds += seconds }
    }
}

/// What is measured of one daemon, beside its record.
struct DaemonFigures: Sendable {
    /// Of all steps since the host started.
    var stepSeconds = 0.0
    /// How long after it was due its last step began; nil before the first.
    var lag: Double?
}

extension Daemon {
    var figures: DaemonFigures { core.withLock { $0.figures } }
}
