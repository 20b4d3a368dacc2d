import Model
import Testing

@testable import LuaRuntime

@Suite("Executor schedule")
struct ExecutorScheduleTests {
    private func at(_ nanoseconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: nanoseconds) }

    private func makeTasks(_ count: Int) -> [ProbeTask] { (0..<count).map { _ in ProbeTask { _ in .done } } }

    /// Runs what is queued in name only; indices into `tasks`.
    private func runAll(_ schedule: ExecutorSchedule, _ tasks: [ProbeTask]) -> [Int] {
        var turns = ExecutorSchedule.Turns()
        var order: [Int] = []
        while let (slot, _) = schedule.take(&turns) {
            order.append(tasks.firstIndex { $0.slot === slot } ?? -1)
            _ = schedule.finish(slot, .done)
        }
        return order
    }

    @Test("tasks run in the order they were woken, each once however often it was woken")
    func order() {
        let tasks = makeTasks(200)
        let schedule = ExecutorSchedule()
        for task in tasks.reversed() { schedule.wake(task.slot, of: task) }
        for task in tasks { schedule.wake(task.slot, of: task) }
        #expect(schedule.queuedCount == 200)
        #expect(runAll(schedule, tasks) == Array((0..<200).reversed()))
    }

    @Test("a task woken while it runs, by whatever and however often, runs once more")
    func wakeWhileRunning() {
        let tasks = makeTasks(1)
        let schedule = ExecutorSchedule()
        var turns = ExecutorSchedule.Turns()
        schedule.wake(tasks[0].slot, of: tasks[0])
        let slot = schedule.take(&turns)?.slot
        #expect(slot === tasks[0].slot)
        schedule.wake(tasks[0].slot, of: tasks[0])
        schedule.setTimer(tasks[0].slot, of: tasks[0], at: at(1))
        schedule.advance(to: at(1))
        #expect(schedule.queuedCount == 0, "it runs, so it is not queued")
        #expect(schedule.finish(tasks[0].slot, .done) == nil)
        #expect(runAll(schedule, tasks) == [0])
    }

    @Test("the task is held while it is queued, runs or has a timer, and not after")
    func holding() {
        let task = makeTasks(1)[0]
        let schedule = ExecutorSchedule()
        var turns = ExecutorSchedule.Turns()
        schedule.wake(task.slot, of: task)
        #expect(task.slot.task === task)
        schedule.setTimer(task.slot, of: task, at: at(5))
        let slot = schedule.take(&turns)?.slot
        #expect(slot === task.slot)
        #expect(schedule.finish(task.slot, .done) == nil, "its timer is still set")
        #expect(task.slot.task === task)
        schedule.setTimer(task.slot, of: task, at: nil)
        #expect(task.slot.task == nil)
        schedule.wake(task.slot, of: task)
        schedule.setTimer(task.slot, of: task, at: at(5))
        #expect(schedule.removeAll().count == 1)
        #expect(task.slot.task == nil)
        #expect(schedule.queuedCount == 0 && schedule.timerCount == 0)
    }

    @Test("due timers are queued by time; what is due is taken out in batches, and none is lost")
    func dueTimers() {
        let tasks = makeTasks(1_000)
        let schedule = ExecutorSchedule()
        for (index, task) in tasks.enumerated() { schedule.setTimer(task.slot, of: task, at: at(Int64(1_000 - index))) }
        schedule.advance(to: at(0))
        #expect(!schedule.hasWork)
        schedule.advance(to: at(500))
        #expect(schedule.queuedCount == ExecutorSchedule.timersAtOnce)
        schedule.advance(to: at(400))
        #expect(schedule.queuedCount == 500, "time does not go back")
        schedule.advance(to: at(1_000))
        schedule.advance(to: at(1_000))
        #expect(runAll(schedule, tasks) == Array((0..<1_000).reversed()))
    }

    @Test("a preempted task goes behind the fresh ones, and has its turn after 64 of them")
    func preemptedTurn() {
        let tasks = makeTasks(201)
        let schedule = ExecutorSchedule()
        var turns = ExecutorSchedule.Turns()
        schedule.wake(tasks[200].slot, of: tasks[200])
        #expect(schedule.take(&turns)?.isPreempted == false)
        _ = schedule.finish(tasks[200].slot, .yielded)
        for task in tasks.dropLast() { schedule.wake(task.slot, of: task) }
        turns = ExecutorSchedule.Turns()
        var places: [Int] = []
        for place in 0..<203 {
            guard let (slot, isPreempted) = schedule.take(&turns) else { break }
            if isPreempted { places.append(place) }
            _ = schedule.finish(slot, isPreempted ? .yielded : .done)
        }
        #expect(places == [64, 129, 194])
        _ = schedule.removeAll()
    }

    @Test("a preempted task that had its share of the time waits longer, but not when nothing else is queued")
    func preemptedShare() {
        let tasks = makeTasks(100)
        let schedule = ExecutorSchedule()
        schedule.wake(tasks[0].slot, of: tasks[0])
        var turns = ExecutorSchedule.Turns()
        _ = schedule.take(&turns)
        _ = schedule.finish(tasks[0].slot, .yielded)
        for task in tasks { schedule.wake(task.slot, of: task) }
        turns = ExecutorSchedule.Turns(fresh: ExecutorSchedule.overtaking, freshFirstUntil: at(100))
        schedule.advance(to: at(99))
        #expect(schedule.take(&turns)?.isPreempted == false)
        schedule.advance(to: at(100))
        #expect(schedule.take(&turns)?.isPreempted == true)
        _ = schedule.finish(tasks[0].slot, .yielded)
        turns.freshFirstUntil = .distantFuture
        for _ in 0..<98 { #expect(schedule.take(&turns)?.isPreempted == false) }
        #expect(schedule.take(&turns)?.isPreempted == true)
        for task in tasks { _ = schedule.finish(task.slot, .done) }
    }
}
