import Model

extension Daemon {
    /// Changes the record without an event; dropped when it comes from an incarnation that is no longer this daemon's.
    func deliverNothing(from sender: Incarnation, update: (inout Core) -> Void) {
        core.withLock { core in
            guard core.incarnation === sender else { return }
            update(&core)
            attend(&core)
        }
    }

    /// Notes what the script says it is doing; shown at once, kept with the next heartbeat batch.
    func note(from sender: Incarnation, _ update: (inout DaemonRecord) -> Void) {
        deliverNothing(from: sender) { core in
            update(&core.record)
            core.isDirty = true
        }
    }

    /// Starts it as one of `count` that start together.
    func start(reason: String, index: Int = 0, of count: Int = 1) {
        deliver(.start(reason: reason)) { core in
            core.startIndex = index
            core.startCount = count
        }
    }

    /// So many more, or fewer, of the jobs that it launched run now.
    func jobsRunning(_ change: Int) {
        core.withLock { core in
            core.record.runningJobs = max(core.record.runningJobs + change, 0)
            core.isDirty = true
            attend(&core)
        }
    }

    /// A job that it monitors has ended.
    func jobEnded() {
        core.withLock { $0.incarnation }?.noteJobEnds()
        deliver(.jobEnded)
    }

    /// Takes it out of the books: nothing of it is written any more.
    func markRemoved() { core.withLock { $0.isRemoved = true } }

    /// Its line for the heartbeat batch: when something happened since the last, or when `all` are wanted.
    /// A daemon between two steps, or in a sleep, is alive by the host's own word.
    func heartbeat(all: Bool) -> HostWrite.Heartbeat? {
        let wall = context.clock.now()
        return core.withLock { core in
            guard core.machine.status.isLive, let incarnation = core.incarnation else {
                defer { core.isDirty = false }
                return core.isDirty && core.record.lastHeartbeat != nil ? HostWrite.Heartbeat(core.record) : nil
            }
            guard core.isDirty || all || incarnation.isBusy else { return nil }
            core.isDirty = false
            core.record.lastHeartbeat = wall + (.zero - incarnation.silence())
            return HostWrite.Heartbeat(core.record)
        }
    }

    /// What the watchdog does for a daemon whose worker may be stuck in it: the ticks that its own timer could not
    /// deliver, and the ends of overdue silences and sessions.
    func watch(now: MonotonicTime) {
        tick(now: now)
        let (incarnation, candidate) = core.withLock { ($0.incarnation, $0.candidate) }
        incarnation?.watch(now: now)
        candidate?.watch(now: now)
    }

    /// Something happened that housekeeping is to look at.
    func attend(_ core: inout Core) {
        guard !core.isAttended else { return }
        core.isAttended = true
        context.registry.attend(self)
    }

    /// Housekeeping has looked at it: it does so again next time, unless nothing can come of that before something
    /// happens. A daemon between two steps that is well costs nothing.
    func endRound() {
        core.withLock { core in
            core.isAttended = false
            if !Self.isQuiet(core) { attend(&core) }
        }
    }

    private static func isQuiet(_ core: Core) -> Bool {
        guard !core.isDirty, core.candidate == nil, core.observedErrors == core.record.errors else { return false }
        switch core.machine.status {
        case .stopped: return true
        case .running: return core.machine.lastFailure == nil && core.incarnation?.needsWatch != true
        default: return false
        }
    }

    /// The next due time of a cron line after the wall clock was set.
    func reschedule() {
        core.withLock { $0.incarnation }?.post(.order(.reschedule))
    }

    /// The names by which it is known to have been left: status and where it was, for a shutdown's report.
    func lastKnownPlace() -> String? { core.withLock { $0.incarnation }?.lastKnownPlace() }
}

extension HostWrite.Heartbeat {
    init(_ record: DaemonRecord) {
        self.init(
            daemon: record.name, lastHeartbeat: record.lastHeartbeat ?? WallTime(milliseconds: 0),
            lastSuccess: record.lastSuccess, nextStepAt: record.nextStepAt, steps: record.steps,
            memoryBytes: record.memoryBytes, activity: record.activity, progress: record.progress,
            runningJobs: record.runningJobs)
    }
}
