import Model
import Testing

@Suite("What a schedule does about its occurrences")
struct SchedulePlanTests {
    private static func time(_ text: String) -> WallTime { WallTime(iso8601: text) ?? WallTime(milliseconds: -1) }

    /// Central European time in 2026: summer time from 29 March 01:00 UTC to 25 October 01:00 UTC.
    private static func berlin(_ instant: WallTime) -> Int {
        instant >= time("2026-03-29T01:00") && instant < time("2026-10-25T01:00") ? 7_200 : 3_600
    }

    /// Lord Howe Island, where the clock moves by half an hour: forward on 4 October, back on 5 April 2026.
    private static func lordHowe(_ instant: WallTime) -> Int {
        instant >= time("2026-04-04T15:00") && instant < time("2026-10-03T15:30") ? 37_800 : 39_600
    }

    private func make(
        _ timing: ScheduleRecord.Timing, _ catchUp: ScheduleRecord.CatchUp = .none,
        _ overlap: ScheduleRecord.Overlap = .allow, from start: String = "2026-11-24T12:00",
        offset: (WallTime) -> Int = { _ in 0 }
    ) -> ScheduleRecord {
        ScheduleRecord(name: "s", type: "t", timing: timing, catchUp: catchUp, overlap: overlap)
            .started(at: Self.time(start), offset: offset)
    }

    private func cron(_ line: String) throws -> ScheduleRecord.Timing { .cron(try CronExpression(line)) }

    private func plan(_ schedule: ScheduleRecord, _ now: String, unfinished: Int64? = nil) -> SchedulePlan {
        schedule.plan(now: Self.time(now), unfinished: unfinished) { _ in 0 }
    }

    private func texts(_ times: [WallTime]) -> [String] { times.map { String($0.iso8601.dropFirst(11).prefix(8)) } }

    @Test("an interval counts from when it was saved, on a grid that lateness does not shift")
    func grid() {
        let schedule = make(.every(.seconds(10)))
        #expect(schedule.nextOccurrence == Self.time("2026-11-24T12:00:10"))
        #expect(plan(schedule, "2026-11-24T12:00:09.999") == SchedulePlan(schedule: schedule))
        let first = plan(schedule, "2026-11-24T12:00:13")
        #expect(texts(first.runs) == ["12:00:10"] && first.skips.isEmpty)
        #expect(first.schedule.lastOccurrence == Self.time("2026-11-24T12:00:10"))
        #expect(first.schedule.nextOccurrence == Self.time("2026-11-24T12:00:20"))
    }

    @Test("a disabled schedule is never due, and one that is enabled again has missed nothing")
    func disabled() {
        var schedule = make(.every(.seconds(10)))
        schedule.isEnabled = false
        #expect(plan(schedule, "2026-11-25T12:00").runs.isEmpty)
        #expect(schedule.started(at: Self.time("2026-11-25T12:00")) { _ in 0 }.nextOccurrence == nil)
        schedule.isEnabled = true
        schedule = schedule.started(at: Self.time("2026-11-25T12:00")) { _ in 0 }
        #expect(plan(schedule, "2026-11-25T12:00:10").skips.isEmpty)
    }

    @Test(
        "missed occurrences are skipped, made up for once, or each",
        arguments: [
            (ScheduleRecord.CatchUp.none, [] as [String], 5), (.one, ["17:00:00"], 4),
            (.all, ["13:00:00", "14:00:00", "15:00:00", "16:00:00", "17:00:00"], 0),
        ])
    func catchUp(_ catchUp: ScheduleRecord.CatchUp, _ runs: [String], _ skipped: Int) throws {
        let plan = plan(make(try cron("0 * * * *"), catchUp), "2026-11-24T17:30")
        #expect(texts(plan.runs) == runs)
        #expect(plan.skips.reduce(0) { $0 + ($1.count ?? 0) } == skipped)
        #expect(plan.skips.allSatisfy { $0.reason.contains("catch_up = \(catchUp.rawValue)") && $0.first <= $0.last })
        #expect(plan.schedule.nextOccurrence == Self.time("2026-11-24T18:00"))
        #expect(plan.schedule.lastOccurrence == Self.time("2026-11-24T17:00"))
    }

    @Test(
        "without catching up, one that is a minute late at most still runs",
        arguments: [
            ("2026-11-24T13:01:00", 1), ("2026-11-24T13:01:00.001", 0),
        ])
    func onTime(_ now: String, _ runs: Int) throws {
        #expect(plan(make(try cron("0 * * * *")), now).runs.count == runs)
    }

    @Test(
        "of very many missed ones each is accounted for, and the work is bounded",
        arguments: [
            ScheduleRecord.CatchUp.none, .one, .all,
        ])
    func veryMany(_ catchUp: ScheduleRecord.CatchUp) {
        let plan = plan(make(.every(.seconds(1)), catchUp), "2027-11-24T12:00")
        let kept = [.none: 1, .one: 1, .all: 100][catchUp] ?? 0
        #expect(plan.runs.count == kept)
        #expect(plan.runs.last == Self.time("2027-11-24T12:00"))
        #expect(plan.skips.reduce(0) { $0 + ($1.count ?? 0) } + kept == 365 * 86_400)
        #expect(plan.skips.count <= 3)
        for (one, next) in zip(plan.skips, plan.skips.dropFirst()) { #expect(one.last <= next.first) }
    }

    @Test("of a cron line's very many missed ones the stretch between is told without a count")
    func veryManyByCron() throws {
        let plan = plan(make(try cron("* * * * *"), .one), "2026-12-24T12:00:30")
        #expect(plan.runs == [Self.time("2026-12-24T12:00")])
        #expect(plan.skips.contains { $0.count == nil })
        #expect(plan.skips.first?.first == Self.time("2026-11-24T12:01"))
        #expect(plan.skips.last?.last == Self.time("2026-12-24T11:59"))
    }

    @Test("a rare occurrence that was missed long ago is still made up for")
    func rare() throws {
        let plan = plan(make(try cron("0 0 1 1 *"), .one), "2027-06-01")
        #expect(plan.runs == [Self.time("2027-01-01")])
    }

    @Test("one that comes while the job before is unfinished is skipped, waits, or runs beside it")
    func overlap() {
        let now = "2026-11-24T12:00:10"
        let skip = plan(make(.every(.seconds(10)), .none, .skip), now, unfinished: 7)
        #expect(skip.runs.isEmpty && skip.skips.map(\.reason) == ["job 7 is not finished (overlap = skip)"])
        let queue = plan(make(.every(.seconds(10)), .none, .queue), now, unfinished: 7)
        #expect(queue.runs.isEmpty && queue.skips.isEmpty && texts(queue.schedule.queued) == ["12:00:10"])
        let allow = plan(make(.every(.seconds(10)), .none, .allow), now, unfinished: 7)
        #expect(texts(allow.runs) == ["12:00:10"])
    }

    @Test("what waits runs one after another, oldest first, each when nothing is unfinished")
    func queue() {
        var schedule = make(.every(.seconds(10)), .all, .queue)
        var step = plan(schedule, "2026-11-24T12:00:30")
        #expect(texts(step.runs) == ["12:00:10"] && texts(step.schedule.queued) == ["12:00:20", "12:00:30"])
        schedule = step.schedule
        #expect(plan(schedule, "2026-11-24T12:00:31", unfinished: 1).runs.isEmpty)
        step = plan(schedule, "2026-11-24T12:00:31")
        #expect(texts(step.runs) == ["12:00:20"] && texts(step.schedule.queued) == ["12:00:30"])
        #expect(step.schedule.nextOccurrence == Self.time("2026-11-24T12:00:40"))
    }

    @Test("at most a hundred wait")
    func queueBound() {
        var schedule = make(.every(.seconds(10)), .all, .queue)
        schedule = plan(schedule, "2026-11-24T12:16:40", unfinished: 1).schedule
        #expect(schedule.queued.count == 100)
        let next = plan(schedule, "2026-11-24T12:16:50", unfinished: 1)
        #expect(next.schedule.queued.count == 100)
        #expect(next.skips.map(\.reason) == ["100 wait already (overlap = queue)"])
    }

    @Test("when no job can be launched, what would run is skipped with that reason")
    func refused() {
        let refused = plan(make(.every(.seconds(10))), "2026-11-24T12:00:10").refused("there is no job type 't'")
        #expect(refused.runs.isEmpty && refused.skips.map(\.reason) == ["there is no job type 't'"])
    }

    @Test(
        "a daily line runs once on each day, also when the clock is put forward or back",
        arguments: [
            ("30 2 * * *", "2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T00:30"]),
            ("30 2 * * *", "2026-10-24T12:00", ["2026-10-25T00:30", "2026-10-26T01:30"]),
            ("0 0 * * *", "2026-10-24T12:00", ["2026-10-24T22:00", "2026-10-25T23:00"]),
            ("0 * * * *", "2026-03-29T00:30", ["2026-03-29T01:00", "2026-03-29T02:00"]),
            ("0 * * * *", "2026-10-24T23:30", ["2026-10-25T00:00", "2026-10-25T01:00"]),
        ])
    func daylightSaving(_ line: String, _ start: String, _ expected: [String]) throws {
        var schedule = make(try cron(line), from: start, offset: Self.berlin)
        var runs: [WallTime] = []
        while runs.count < expected.count {
            let due = try #require(schedule.nextOccurrence)
            let plan = schedule.plan(now: due, unfinished: nil, offset: Self.berlin)
            runs += plan.runs
            schedule = plan.schedule
        }
        #expect(runs == expected.map(Self.time))
    }

    @Test("a zone that moves by half an hour, and one far from UTC, have one run a day too")
    func otherZones() throws {
        var schedule = make(try cron("15 2 * * *"), from: "2026-10-01T00:00", offset: Self.lordHowe)
        var runs: [WallTime] = []
        while runs.count < 5 {
            let due = try #require(schedule.nextOccurrence)
            let plan = schedule.plan(now: due, unfinished: nil, offset: Self.lordHowe)
            runs += plan.runs
            schedule = plan.schedule
        }
        // On 4 October 02:15 does not exist there: it runs when the gap ends, at 02:30.
        let expected = ["10-01T15:45", "10-02T15:45", "10-03T15:30", "10-04T15:15", "10-05T15:15"]
        #expect(runs == expected.map { Self.time("2026-\($0)") })
        let kiritimati = make(try cron("0 0 * * *"), from: "2026-12-31T09:59", offset: { _ in 14 * 3_600 })
        #expect(kiritimati.nextOccurrence == Self.time("2026-12-31T10:00"))
    }

    @Test("an interval follows real time through a change of the clock")
    func intervalThroughChange() {
        let schedule = make(.every(.seconds(3_600)), .all, from: "2026-10-24T23:00", offset: Self.berlin)
        let plan = schedule.plan(now: Self.time("2026-10-25T03:00"), unfinished: nil, offset: Self.berlin)
        #expect(texts(plan.runs) == ["00:00:00", "01:00:00", "02:00:00", "03:00:00"])
    }

    @Test(
        "a bad schedule is refused",
        arguments: [
            ScheduleRecord(name: "", type: "t", timing: .every(.seconds(5))),
            ScheduleRecord(name: "s", type: "", timing: .every(.seconds(5))),
            ScheduleRecord(name: "s", type: "t", timing: .every(.milliseconds(999))),
            ScheduleRecord(name: "s", type: "t", timing: .every(.seconds(1e9))),
            ScheduleRecord(name: "s", type: "t", args: 5, timing: .every(.seconds(5))),
        ])
    func refuses(_ schedule: ScheduleRecord) {
        let error = #expect(throws: HostError.self) { try schedule.check() }
        #expect(error?.code == .invalidArgument)
    }
}
