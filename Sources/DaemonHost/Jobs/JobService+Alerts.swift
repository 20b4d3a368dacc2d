import Model

extension JobService {
    /// How runs of a type ended since the last look.
    struct Tally: Sendable {
        var completed = 0
        var failed = 0
    }

    /// The running jobs with how long each has shown no progress, and the runs that ended since the last call.
    func alertFacts(now: MonotonicTime) -> (running: [AlertFacts.RunningJob], ended: [AlertFacts.EndedRuns]) {
        state.withLock { state in
            let running = state.running.values.map { attempt in
                let record = attempt.record
                return AlertFacts.RunningJob(
                    id: record.id, type: record.type, silence: now - (state.lastSigns[record.id] ?? now))
            }
            defer { state.tallies = [:] }
            let ended = state.tallies.map { type, tally in
                AlertFacts.EndedRuns(type: type, completed: tally.completed, failed: tally.failed)
            }
            return (running, ended)
        }
    }
}

extension JobService.State {
    /// Counts the end of a run; an interruption by the host or a cancel is none.
    mutating func tally(_ transition: JobTransition, type: String) {
        switch transition {
        case .complete: tallies[type, default: .init()].completed += 1
        case .fail, .retry: tallies[type, default: .init()].failed += 1
        default: break
        }
    }
}
