/// Turns facts into what speaks for an alert, with the memory that counting needs.
struct AlertDetector: Sendable {
    /// What speaks for an alert; none is a sign that all is well.
    enum Signal: Sendable, Hashable {
        /// It is so.
        case on(String)
        /// Not bad enough to raise one, nor good enough to resolve one.
        case between
    }

    /// Daemons, and job types, that are counted at once.
    private static let capacity = 10_000
    /// What is left to be free, in parts of the disk, when that is less than the setting.
    private static let smallDiskPart: Int64 = 10

    private struct Runs: Sendable {
        var failed: SlidingCount
        var all: SlidingCount
    }

    private let settings: AlertSettings
    private var errors: [String: SlidingCount] = [:]
    private var runs: [String: Runs] = [:]

    init(settings: AlertSettings) { self.settings = settings }

    /// How long something has to be over before its alert is resolved.
    static func calm(of kind: Alert.Kind) -> Duration {
        switch kind {
        case .daemonFailed: .seconds(10)
        case .heartbeatMissed: .seconds(60)
        case .crashLoop, .jobStuck, .jobFailures, .diskLow: .zero
        }
    }

    mutating func signals(of facts: AlertFacts, now: MonotonicTime) -> [Alert.Topic: Signal] {
        var signals: [Alert.Topic: Signal] = [:]
        for daemon in facts.daemons { judge(daemon, now, &signals) }
        judgeErrors(now, &signals)
        for job in facts.jobs where job.silence >= settings.jobSilence {
            let minutes = job.silence.wholeNanoseconds / 60_000_000_000
            signals[.init(.jobStuck, "\(job.id)")] = .on(
                "job \(job.id) (\(job.type)) has shown no progress for \(minutes) min")
        }
        for ended in facts.ended { count(ended, now) }
        judgeRuns(now, &signals)
        if let disk = facts.disk { judge(disk, &signals) }
        return signals
    }

    // MARK: - Daemons

    private mutating func judge(
        _ daemon: AlertFacts.DaemonTrouble, _ now: MonotonicTime, _ signals: inout [Alert.Topic: Signal]
    ) {
        switch daemon.state {
        case .failed:
            signals[.init(.daemonFailed, daemon.name)] = .on("\(daemon.name) has failed: \(daemon.reason.firstLine)")
        case .recovering: signals[.init(.daemonFailed, daemon.name)] = .between
        case .fine: break
        }
        if let silence = daemon.silence {
            signals[.init(.heartbeatMissed, daemon.name)] = .on("\(daemon.name): \(silence.firstLine)")
        }
        guard daemon.newErrors > 0, errors[daemon.name] != nil || errors.count < Self.capacity else { return }
        errors[daemon.name, default: SlidingCount(window: settings.crashWindow)].add(daemon.newErrors, at: now)
    }

    private mutating func judgeErrors(_ now: MonotonicTime, _ signals: inout [Alert.Topic: Signal]) {
        for name in Array(errors.keys) {
            let count = errors[name]?.total(at: now) ?? 0
            if count == 0 {
                errors[name] = nil
            } else if count >= settings.crashErrors {
                let span = settings.crashWindow.inSeconds.shown
                signals[.init(.crashLoop, name)] = .on("\(name) failed \(count) times within \(span) s")
            } else if count * 2 >= settings.crashErrors {
                signals[.init(.crashLoop, name)] = .between
            }
        }
    }

    // MARK: - Jobs

    private mutating func count(_ ended: AlertFacts.EndedRuns, _ now: MonotonicTime) {
        guard runs[ended.type] != nil || runs.count < Self.capacity else { return }
        let empty = SlidingCount(window: settings.failureWindow)
        runs[ended.type, default: Runs(failed: empty, all: empty)].failed.add(ended.failed, at: now)
        runs[ended.type]?.all.add(ended.failed + ended.completed, at: now)
    }

    private mutating func judgeRuns(_ now: MonotonicTime, _ signals: inout [Alert.Topic: Signal]) {
        for type in Array(runs.keys) {
            let all = runs[type]?.all.total(at: now) ?? 0
            let failed = runs[type]?.failed.total(at: now) ?? 0
            if all == 0 {
                runs[type] = nil
                continue
            }
            let rate = Double(failed) / Double(all)
            if all >= settings.failureRuns, rate >= settings.failureRate {
                let span = settings.failureWindow.inSeconds.shown
                signals[.init(.jobFailures, type)] = .on("\(failed) of \(all) runs of \(type) failed within \(span) s")
            } else if rate * 2 >= settings.failureRate {
                signals[.init(.jobFailures, type)] = .between
            }
        }
    }

    // MARK: - Disk

    private func judge(_ disk: AlertFacts.DiskSpace, _ signals: inout [Alert.Topic: Signal]) {
        let wanted = min(Int64(settings.diskFree), disk.size / Self.smallDiskPart)
        let topic = Alert.Topic(.diskLow, disk.folder)
        if disk.free < wanted {
            let megabytes = (disk.free >> 20, wanted >> 20)
            signals[topic] = .on(
                "\(megabytes.0) MB are free on the disk of \(disk.folder); \(megabytes.1) MB should be")
        } else if disk.free - wanted < wanted / 4 {
            signals[topic] = .between
        }
    }
}

extension String {
    /// Without what follows the first line.
    fileprivate var firstLine: String { split(separator: "\n", maxSplits: 1).first.map(String.init) ?? "" }
}
