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

    /// The step in progress, if there is one, has ended, well or not.
    func noteStepEnd() {
        guard isMeasuringStep else { return }
        isMeasuringStep = false
        let seconds = (context.clock.monotonic() - stepBegan).inSeconds
        context.meters.noteStep(seconds: seconds)
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
