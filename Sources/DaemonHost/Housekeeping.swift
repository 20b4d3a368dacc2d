import LuaRuntime
import Model
import Platform
import Synchronization

/// The host's one wake-up a second: heartbeats and step counters of those that did something in one batch, log lines, the watchdog;
/// now and then the pruning of what has grown old.
final class Housekeeping: ExecutorTask, Sendable {
    let slot = ExecutorSlot()

    private static let period = Duration.seconds(1)
    /// A daemon that does nothing is still said to be alive this often.
    private static let vouchPeriod = 30
    private static let prunePeriod = 300
    /// After so many lines of log the oldest go at once.
    private static let pruneLines = 10_000
    /// So many at one go: there may be more to go.
    private static let manyLines = 5_000

    private struct Rounds {
        var count = 0
        var isEnded = false
        /// How many lines of log there were when the oldest went last.
        var prunedAt = 0
        /// A failure to write is told once, when it begins, and once when it ends.
        var lastError: HostError?
        /// How far the wall clock was ahead of the monotonic one in the last round, in milliseconds.
        var wallOffset: Int64?
    }

    /// A wall clock that went this much astray of the monotonic one was set.
    private static let clockJump: Int64 = 1_000

    private let context: HostContext
    private let service: ServiceReporter?
    private let alerts: AlertService
    private let rounds = Mutex(Rounds())

    init(context: HostContext, service: ServiceReporter?, alerts: AlertService) {
        self.context = context
        self.service = service
        self.alerts = alerts
    }

    func start() { context.executor.wake(self) }

    func end() {
        rounds.withLock { $0.isEnded = true }
        context.executor.setTimer(self, at: nil)
    }

    func run() -> RunResult {
        let (round, isEnded) = rounds.withLock { rounds in
            rounds.count += 1
            return (rounds.count, rounds.isEnded)
        }
        guard !isEnded else { return .done }
        let now = context.clock.monotonic()
        let isForAll = round % Self.vouchPeriod == 0
        // Those that are well and between two steps have nothing to be looked at.
        let attended = context.registry.takeAttended()
        let daemons = isForAll ? context.registry.all() : attended
        for daemon in daemons { daemon.watch(now: now) }
        context.jobs.watch(now: now)
        if wallClockWasSet(now) { for daemon in context.registry.all() { daemon.reschedule() } }
        writeHeartbeats(of: daemons, all: isForAll)
        alerts.observe(daemons, now: now)
        for daemon in attended { daemon.endRound() }
        context.journal.flush()
        if let service {
            service.update(context.registry.records(), jobs: context.jobs.runningCount, alerts: alerts.activeCount)
        }
        let lines = context.journal.lineCount
        let isMuch = rounds.withLock { lines - $0.prunedAt >= Self.pruneLines }
        if round % Self.prunePeriod == 1 { pruneJobs() }
        if round % Self.prunePeriod == 1 || isMuch {
            rounds.withLock { $0.prunedAt = lines }
            pruneLogs()
        }
        context.executor.setTimer(self, at: now + Self.period)
        return .done
    }

    /// Writes what is not written yet, without waiting for the next round.
    func writeHeartbeats(of daemons: [Daemon], all: Bool) {
        for daemon in daemons { daemon.payStatus() }
        let heartbeats = daemons.compactMap { $0.heartbeat(all: all) }
        guard !heartbeats.isEmpty else { return }
        context.store.submit([.heartbeats(heartbeats)]) { [self] result in noteOutcome(result) }
    }

    private func wallClockWasSet(_ now: MonotonicTime) -> Bool {
        let offset = context.clock.now().milliseconds - now.nanoseconds / 1_000_000
        let before = rounds.withLock { rounds in
            defer { rounds.wallOffset = offset }
            return rounds.wallOffset ?? offset
        }
        guard abs(offset - before) >= Self.clockJump else { return false }
        context.journal.host(
            .warn, "the wall clock was set; cron lines are counted from it again",
            ["seconds": .number(Double(offset - before) / 1_000)])
        return true
    }

    private func noteOutcome(_ result: Result<Void, HostError>) {
        let news = rounds.withLock { rounds -> (LogLevel, String)? in
            switch result {
            case .failure(let error):
                defer { rounds.lastError = error }
                return rounds.lastError == nil
                    ? (
                        .error,
                        "the database cannot be written: \(error.description); daemons go on, what they save fails"
                    )
                    : nil
            case .success:
                defer { rounds.lastError = nil }
                return rounds.lastError == nil ? nil : (.info, "the database can be written again")
            }
        }
        if let (level, message) = news { context.journal.host(level, message) }
    }

    private func pruneJobs() {
        context.queue.pruneJobs(context.settings.retention, now: context.clock.now()) { [context] result in
            if case .failure(let error) = result {
                context.journal.host(.warn, "old jobs could not be deleted: \(error.description)")
            }
        }
    }

    /// Goes on until nothing is left to go: a flood is pruned as fast as it is kept.
    private func pruneLogs() {
        let horizon = context.clock.now() + .seconds(-86_400 * Int64(context.settings.keepDays))
        context.store.pruneLogs(keepRows: context.settings.keepRows, olderThan: horizon) { [self] result in
            switch result {
            case .success(let gone):
                if gone >= Self.manyLines, !rounds.withLock({ $0.isEnded }) { pruneLogs() }
            case .failure(let error):
                context.journal.host(.warn, "old log lines could not be deleted: \(error.description)")
            }
        }
    }
}
