import LuaRuntime
import Model
import Synchronization

/// Launches jobs by the clock: one timer for the next due occurrence of all schedules.
///
/// Every occurrence is accounted for in the transaction that deals with it: it launched a job, or it was skipped and the
/// reason is on record and in the log.
package final class ScheduleService: ExecutorTask, Sendable {
    package let slot = ExecutorSlot()

    private struct State {
        var schedules: [String: ScheduleRecord] = [:]
        /// Those whose occurrences are being dealt with now.
        var busy: Set<String> = []
        /// Those without a due time that were not asked for one yet: put into the table by hand, they count from now.
        var uncounted: Set<String> = []
        var isOpen = false
        /// Occurrences that wait for earlier jobs are worth another look.
        var jobHasEnded = false
        /// Counts what was changed by the control plane, so that what was read before does not undo it.
        var changes = 0
    }

    /// A wall clock can be set while nothing else happens: the due times are looked at this often at least.
    private static let longestWait = Duration.seconds(3_600)

    let context: HostContext
    private let state = Mutex(State())

    init(context: HostContext) { self.context = context }

    /// Reads the schedules again and begins, or goes on, to keep them. One whose zone the system does not know is left out,
    /// and that is told. Blocks for the reads.
    func reload() throws(HostError) {
        while true {
            let changes = state.withLock { $0.changes }
            let schedules = try context.queue.schedules().filter(hasUsableZone)
            let isTaken = state.withLock { state in
                guard state.changes == changes else { return false }
                state.isOpen = true
                state.schedules = Dictionary(schedules.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
                state.uncounted = Set(schedules.filter { $0.nextOccurrence == nil }.map(\.name))
                return true
            }
            if isTaken { return context.executor.wake(self) }
        }
    }

    private func hasUsableZone(_ schedule: ScheduleRecord) -> Bool {
        guard let zone = schedule.zone else { return true }
        do {
            _ = try context.zones.rules(of: zone)
            return true
        } catch {
            context.journal.host(.error, "schedule \(schedule.name) is not kept: \(error.message)")
            return false
        }
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

    package func run() -> RunResult {
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
            name, offset: offset,
            prepare: { [self] schedule in request(of: schedule) }, done: { [self] result in advanced(name, result) })
    }

    /// The job of one occurrence, checked against what its type declares now.
    func request(of schedule: ScheduleRecord) -> Result<JobRequest, HostError> {
        Result { () throws(HostError) in
            var request = JobRequest(type: schedule.type, args: schedule.args)
            request.schedule = schedule.name
            return try context.jobs.checked(request, attempts: nil)
        }
    }

    /// Seconds that a zone's clocks are ahead of UTC; the zone was found when the schedule was taken in.
    var offset: ScheduleStore.Offset {
        { [context] zone, instant in
            zone.flatMap { try? context.zones.rules(of: $0) }?.offset(at: instant) ?? context.utcOffset(instant)
        }
    }

    /// The schedule is otherwise now, or gone (nil): called in the order in which the store did it.
    func changed(_ name: String, to schedule: ScheduleRecord?) {
        state.withLock { state in
            state.changes += 1
            state.schedules[name] = schedule
            state.uncounted.remove(name)
        }
        context.executor.wake(self)
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
