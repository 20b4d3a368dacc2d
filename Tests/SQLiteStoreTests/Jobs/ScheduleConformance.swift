import Model
import Testing

@testable import SQLiteStore

@Suite("what every store does with schedules")
struct ScheduleConformance {
    private func save(_ schedule: ScheduleRecord, _ bench: JobBench) throws -> ScheduleRecord {
        try change(schedule.name, bench) { _ in .success(schedule) }
    }

    private func enable(_ name: String, _ isEnabled: Bool, _ bench: JobBench) throws -> ScheduleRecord {
        try change(name, bench) { before in
            guard var schedule = before else { return .failure(HostError(.notFound, "there is no such schedule")) }
            schedule.isEnabled = isEnabled
            return .success(schedule)
        }
    }

    @discardableResult
    private func change(
        _ name: String, _ bench: JobBench, offset: @escaping ScheduleStore.Offset = { _, _ in 0 },
        _ change: @escaping @Sendable (ScheduleRecord?) -> Result<ScheduleRecord, HostError>
    ) throws -> ScheduleRecord {
        try bench.wait("a changed schedule") { bench.store.changeSchedule(name, offset: offset, change, done: $0) }
    }

    private func runNow(_ name: String, _ bench: JobBench) throws -> Int64 {
        try bench.wait("a run") {
            bench.store.runSchedule(name, prepare: { .success(JobRequest(type: $0.type, args: $0.args)) }, done: $0)
        }
    }

    private func advance(
        _ name: String, _ bench: JobBench,
        _ prepare: @escaping @Sendable (ScheduleRecord) -> Result<JobRequest, HostError> = {
            .success(JobRequest(type: $0.type, args: $0.args))
        }
    ) throws -> ScheduleAdvance {
        try bench.wait("an advance") {
            bench.store.advanceSchedule(name, offset: { _, _ in 0 }, prepare: prepare, done: $0)
        }
    }

    private func make(
        _ catchUp: ScheduleRecord.CatchUp = .none, _ overlap: ScheduleRecord.Overlap = .allow
    ) -> ScheduleRecord {
        ScheduleRecord(
            name: "s", type: "t", args: ["n": 1], timing: .every(.seconds(10)), catchUp: catchUp, overlap: overlap)
    }

    @Test("a schedule is read back as it was saved, and saving again replaces it", arguments: StoreKind.allCases)
    func saves(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let first = try save(make(), bench)
            #expect(first.nextOccurrence == bench.now + .seconds(10))
            var second = ScheduleRecord(
                name: "r", type: "t", timing: .cron(try CronExpression("0 3 * * mon")), isEnabled: false,
                catchUp: .all, overlap: .queue)
            second = try save(second, bench)
            #expect(second.nextOccurrence == nil)
            #expect(try bench.store.schedules() == [second, first])
            second.isEnabled = true
            second = try save(second, bench)
            #expect(try bench.store.schedules() == [second, first] && second.nextOccurrence != nil)
            try refusal(.invalidArgument) { try save(ScheduleRecord(name: "", type: "t", timing: first.timing), bench) }
        }
    }

    @Test("an occurrence that is due is launched once, with what is on record about it", arguments: StoreKind.allCases)
    func launches(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let start = bench.now
            _ = try save(make(), bench)
            #expect(try advance("s", bench).launched.isEmpty)
            bench.clock.move(.seconds(12))
            let advanced = try advance("s", bench)
            let id = try #require(advanced.launched.first)
            #expect(advanced.schedule?.nextOccurrence == start + .seconds(20))
            #expect(advanced.schedule?.lastOccurrence == start + .seconds(10))
            #expect(try bench.store.schedules() == [advanced.schedule].compactMap(\.self))
            let job = try bench.job(id)
            #expect(job.type == "t" && job.args == ["n": 1] && job.schedule == "s")
            let run = ScheduleRun(
                schedule: "s", at: bench.now, first: start + .seconds(10), last: start + .seconds(10), count: 1,
                outcome: .ran(id))
            #expect(advanced.runs == [run])
            #expect(try bench.store.scheduleRuns(of: "s", limit: 9) == [run])
            #expect(try advance("s", bench).runs.isEmpty)
            #expect(try bench.store.history(of: nil, job: id, limit: 9).map(\.reason) == ["by the schedule 's'"])
        }
    }

    @Test(
        "missed occurrences are on record with their reason, in one row where they are alike",
        arguments: StoreKind.allCases)
    func missed(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let start = bench.now
            _ = try save(make(.one), bench)
            bench.clock.move(.seconds(3_600))
            #expect(try advance("s", bench).launched.count == 1)
            let runs = try bench.store.scheduleRuns(of: nil, limit: 9)
            #expect(runs.map(\.count) == [1, 359])
            #expect(runs[1].first == start + .seconds(10) && runs[1].last == start + .seconds(3_590))
            guard case .skipped(let reason) = runs[1].outcome else { return #expect(Bool(false), "nothing skipped") }
            #expect(reason.contains("catch_up = one"))
        }
    }

    @Test("what waits for the job before runs when that has ended", arguments: StoreKind.allCases)
    func queues(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            _ = try save(make(.all, .queue), bench)
            bench.clock.move(.seconds(30))
            let first = try advance("s", bench)
            #expect(first.launched.count == 1 && first.schedule?.queued.count == 2)
            #expect(try bench.store.schedules().first?.queued.count == 2)
            #expect(try advance("s", bench).launched.isEmpty)
            let (job, claim) = try bench.claimOne()
            _ = try bench.apply(.complete(id: job.id, claim: claim, result: .null))
            let second = try advance("s", bench)
            #expect(second.launched.count == 1 && second.schedule?.queued.count == 1)
        }
    }

    @Test("an occurrence is skipped while the job before is unfinished", arguments: StoreKind.allCases)
    func overlaps(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            _ = try save(make(.none, .skip), bench)
            bench.clock.move(.seconds(10))
            let id = try #require(try advance("s", bench).launched.first)
            bench.clock.move(.seconds(10))
            let second = try advance("s", bench)
            #expect(second.launched.isEmpty)
            #expect(second.runs.map(\.outcome) == [.skipped("job \(id) is not finished (overlap = skip)")])
        }
    }

    @Test(
        "when the type or its arguments are wrong, the occurrence is skipped with what is wrong",
        arguments: StoreKind.allCases)
    func unknownType(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            _ = try save(make(), bench)
            bench.clock.move(.seconds(10))
            let unknown = try advance("s", bench) { _ in .failure(HostError(.notFound, "there is no job type 't'")) }
            #expect(unknown.runs.map(\.outcome) == [.skipped("there is no job type 't'")])
            bench.clock.move(.seconds(10))
            let wrong = try advance("s", bench) { _ in .success(JobRequest(type: "t", priority: 5_000)) }
            #expect(wrong.launched.isEmpty && wrong.runs.count == 1)
            #expect(try bench.store.countJobs() == [:])
        }
    }

    @Test("a disabled schedule does nothing, and one enabled again has missed nothing", arguments: StoreKind.allCases)
    func enables(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            _ = try save(make(.all), bench)
            #expect(try !enable("s", false, bench).isEnabled)
            bench.clock.move(.seconds(100))
            #expect(try advance("s", bench).runs.isEmpty)
            #expect(try enable("s", true, bench).nextOccurrence == bench.now + .seconds(10))
            #expect(try advance("s", bench).runs.isEmpty)
            try refusal(.notFound) { try enable("r", true, bench) }
        }
    }

    @Test(
        "a change that leaves the times alone leaves what is due alone, another counts from now",
        arguments: StoreKind.allCases)
    func changes(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let start = bench.now
            _ = try save(make(.all, .queue), bench)
            bench.clock.move(.seconds(25))
            #expect(try advance("s", bench).schedule?.queued == [start + .seconds(20)])
            let edited = try change("s", bench) { before in
                #expect(before?.args == ["n": 1])
                var after = before ?? ScheduleRecord(name: "s", type: "none", timing: .every(.seconds(1)))
                after.args = ["n": 2]
                return .success(after)
            }
            #expect(edited.args == ["n": 2] && edited.nextOccurrence == start + .seconds(30))
            #expect(edited.queued == [start + .seconds(20)])
            let retimed = try change("s", bench) { before in
                .success(ScheduleRecord(name: "s", type: before?.type ?? "", timing: .every(.seconds(60))))
            }
            #expect(retimed.nextOccurrence == bench.now + .seconds(60) && retimed.queued.isEmpty)
            #expect(retimed.lastOccurrence == start + .seconds(20))
            try refusal(.conflict) { try change("s", bench) { _ in .failure(HostError(.conflict, "no")) } }
            #expect(try bench.store.schedules() == [retimed])
        }
    }

    @Test("a cron line is due by the clocks of its zone", arguments: StoreKind.allCases)
    func zones(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let made = try change("s", bench, offset: { zone, _ in zone == "Asia/Tokyo" ? 9 * 3_600 : 0 }) { _ in
                Result { () throws(HostError) in
                    ScheduleRecord(
                        name: "s", type: "t", timing: .cron(try CronExpression("0 12 * * *")), zone: "Asia/Tokyo")
                }
            }
            #expect(made.nextOccurrence.map { CivilTime($0).hour } == 3)
            #expect(try bench.store.schedules() == [made])
        }
    }

    @Test(
        "one that is run by hand launches a job and records it, but not beside an unfinished one",
        arguments: StoreKind.allCases)
    func runsByHand(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            let saved = try save(make(.none, .skip), bench)
            _ = try enable("s", false, bench)
            let id = try runNow("s", bench)
            #expect(try bench.job(id).args == ["n": 1] && bench.job(id).schedule == "s")
            #expect(try bench.store.scheduleRuns(of: "s", limit: 9).map(\.outcome) == [.ran(id)])
            let error = try refusal(.conflict) { try runNow("s", bench) }
            #expect(error.message.contains("job \(id) is not finished"))
            _ = try save(make(.none, .allow), bench)
            #expect(try runNow("s", bench) > id)
            #expect(try bench.store.schedules().first?.nextOccurrence == saved.nextOccurrence)
            try refusal(.notFound) { try runNow("r", bench) }
        }
    }

    @Test("a removed schedule is gone, its jobs and its record stay", arguments: StoreKind.allCases)
    func removes(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            func remove() throws { try bench.wait("a removal") { bench.store.removeSchedule("s", done: $0) } }
            _ = try save(make(), bench)
            bench.clock.move(.seconds(10))
            let id = try #require(try advance("s", bench).launched.first)
            try remove()
            #expect(try bench.store.schedules().isEmpty)
            #expect(try advance("s", bench) == ScheduleAdvance(schedule: nil))
            #expect(try bench.status(id) == .pending)
            #expect(try bench.store.scheduleRuns(of: "s", limit: 9).count == 1)
            try refusal(.notFound) { try remove() }
        }
    }

    @Test("a schedule that a migration inserts counts from when it is first looked at, a broken one is disabled")
    func inserted() throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "0001_s.sql",
            "INSERT INTO job_schedules (name, type, cron) VALUES ('a', 't', '* * * * *'), ('b', 't', 'at noon');")
        let clock = StandingClock()
        let store = try SQLiteStore.open(path: folder["lunad.db"], projectMigrations: folder.path, clock: clock)
        defer { store.close() }
        #expect(try store.schedules().map(\.isEnabled) == [true, false])
        let answer = Answer<Result<ScheduleAdvance, HostError>>()
        for name in ["a", "b"] {
            store.advanceSchedule(
                name, offset: { _, _ in 0 }, prepare: { .success(JobRequest(type: $0.type)) }, done: { answer.give($0) }
            )
            #expect(try answer.wait("an advance").get().runs.isEmpty)
        }
        #expect(try store.schedules().map { $0.nextOccurrence != nil } == [true, false])
    }
}
