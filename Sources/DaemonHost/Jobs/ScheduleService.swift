import LuaRuntime
import Model
import Synchronization

/// Launches jobs by the clock: one timer for the next due occurrence of all schedules.
///
/// Every occurrence is accounted for in the transaction that deals with it: it launched a job, or it was skipped and the
/// reason is on record and in the log.
final class ScheduleService: ExecutorTask, Sendable {
    let slot = ExecutorSlot()

    private struct State {
        var schedules: [String: ScheduleRecord] = [:]
        /// Those whose occurrences are being dealt with now.
        var busy: Set<String> = []
        /// Those without a due time that were not asked for one yet: put into the table by hand, they count from now.
        var uncounted: Set<String> = []
        var isOpen = false
        /// Occurrences that wait for earlier jobs are worth another look.
        var jobHasEnded = false
    }

    /// A wall clock can be set while nothing else happens: the due times are looked at this often at least.
    private static let longestWait = Duration.seconds(3_600)

    private let context: HostContext
    private let state = Mutex(State())

    init(context: HostContext) { self.context = context }

    /// Reads the schedules again and begins, or goes on, to keep them. Blocks for the read.
    func reload() throws(HostError) {
        let schedules = try context.queue.schedules()
        state.withLock { state in
            state.isOpen = true
            state.schedules = Dictionary(schedules.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
            state.uncounted = Set(schedules.filter { $0.nextOccurrence == nil }.map(\.name))
        }
        context.executor.wake(self)
    }

    func end() {
        state.withLock { $0.isOpen = false }
        context.executor.setTimer(self, at: nil)
    }

    /// A job has ended: an occurrence that waited for it may run now.
    func jobEnded() {
        let anyQueued = state.withLock { state in
            let anyQueued = state.schedules.values.contains { !$0.queued.isEmpty }
            state.jobHasEnded = anyQueued
            return anyQueued
        }
        if anyQueued { context.executor.wake(self) }
    }

    func run() -> RunResult {
        let wall = context.clock.now()
        let (due, next) = state.withLock { state -> ([String], WallTime?) in
            guard state.isOpen else { return ([], nil) }
            let enabled = state.schedules.values.filter { $0.isEnabled && !state.busy.contains($0.name) }
            let due = enabled.filter {
                $0.nextOccurrence.map { $0 <= wall } ?? state.uncounted.contains($0.name)
                    || state.jobHasEnded && !$0.queued.isEmpty
            }
            .map(\.name)
            state.jobHasEnded = false
            state.busy.formUnion(due)
            state.uncounted.subtract(due)
            return (due.sorted(), enabled.compactMap(\.nextOccurrence).filter { $0 > wall }.min())
        }
        for name in due { advance(name) }
        let wait = next.map { min(max($0 - wall, .zero), Self.longestWait) }
        context.executor.setTimer(self, at: wait.map { context.clock.monotonic() + $0 })
        return .done
    }

    private func advance(_ name: String) {
        context.queue.advanceSchedule(
            name, offset: context.utcOffset,
            prepare: { [context] schedule in
                Result { () throws(HostError) in
                    var request = JobRequest(type: schedule.type, args: schedule.args)
                    request.schedule = schedule.name
                    return try context.jobs.checked(request, attempts: nil)
                }
            },
            done: { [self] result in advanced(name, result) })
    }

    private func advanced(_ name: String, _ result: Result<ScheduleAdvance, HostError>) {
        switch result {
        case .success(let advance):
            state.withLock { state in
                state.busy.remove(name)
                state.schedules[name] = advance.schedule
            }
            for run in advance.runs { tell(run, of: name) }
            if !advance.launched.isEmpty { context.jobs.look() }
            context.executor.wake(self)
        case .failure(let error):
            state.withLock { state in
                state.busy.remove(name)
                if state.schedules[name]?.nextOccurrence == nil { state.uncounted.insert(name) }
            }
            context.journal.host(.error, "schedule \(name) could not be kept: \(error.description); it is tried again")
            context.executor.setTimer(self, at: context.clock.monotonic() + .seconds(1))
        }
    }

    private func tell(_ run: ScheduleRun, of name: String) {
        guard case .skipped(let reason) = run.outcome else { return }
        context.journal.host(
            .warn, "schedule \(name): an occurrence was skipped: \(reason)", ["occurrence": .string(run.last.iso8601)])
    }
}
