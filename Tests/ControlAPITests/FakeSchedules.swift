import Model
import Synchronization

/// Schedules of records alone, of the one type that there is.
final class FakeSchedules: ScheduleControl, JobTypeControl {
    private static let now = WallTime(milliseconds: 1_800_000_000_000)

    private let records = Mutex<[String: ScheduleRecord]>([:])
    private let launched = Mutex<[Int64]>([])

    func schedules() async throws(HostError) -> [ScheduleStanding] {
        records.withLock { $0.values.sorted { $0.name < $1.name } }.map { ScheduleStanding(schedule: $0) }
    }

    func schedule(named name: String) async throws(HostError) -> ScheduleStanding {
        ScheduleStanding(schedule: try find(name))
    }

    func addSchedule(_ name: String, _ change: ScheduleChange) async throws(HostError) -> ScheduleStanding {
        guard records.withLock({ $0[name] }) == nil else { throw HostError(.conflict, "there is a schedule '\(name)'") }
        return try keep(change.applied(to: nil, named: name))
    }

    func putSchedule(_ name: String, _ change: ScheduleChange) async throws(HostError) -> ScheduleStanding {
        try keep(change.applied(to: nil, named: name))
    }

    func changeSchedule(_ name: String, _ change: ScheduleChange) async throws(HostError) -> ScheduleStanding {
        try keep(change.applied(to: try find(name), named: name))
    }

    func removeSchedule(_ name: String) async throws(HostError) {
        _ = try find(name)
        records.withLock { _ = $0.removeValue(forKey: name) }
    }

    func runSchedule(_ name: String) async throws(HostError) -> JobRecord {
        let schedule = try find(name)
        let id = launched.withLock { launched in
            launched.append(Int64(launched.count + 1))
            return Int64(launched.count)
        }
        return JobRecord(id: id, type: schedule.type, args: schedule.args, createdAt: Self.now)
    }

    func runs(ofSchedule name: String, limit: Int) async throws(HostError) -> [ScheduleRun] {
        _ = try find(name)
        return launched.withLock { $0 }.reversed().prefix(limit).map { id in
            ScheduleRun(schedule: name, at: Self.now, first: Self.now, last: Self.now, count: 1, outcome: .ran(id))
        }
    }

    func jobTypes() -> [JobTypeStanding] {
        var declaration = JobDeclaration()
        declaration.args = ConfigSchema([ConfigKey("path", .string, isRequired: true, doc: "What to hash")])
        declaration.hasArgsSchema = true
        declaration.command = JobCommand(argv: ["sha256sum", "{path}"])
        return [
            JobTypeStanding(name: "broken", declaration: .failure(HostError(.script, "it does not load"))),
            JobTypeStanding(name: "sha256", declaration: .success(declaration)),
        ]
    }

    func jobType(named name: String) throws(HostError) -> JobTypeStanding {
        guard let found = jobTypes().first(where: { $0.name == name }) else {
            throw HostError(.notFound, "there is no job type '\(name)'")
        }
        return found
    }

    private func find(_ name: String) throws(HostError) -> ScheduleRecord {
        guard let found = records.withLock({ $0[name] }) else {
            throw HostError(.notFound, "there is no schedule '\(name)'")
        }
        return found
    }

    private func keep(_ schedule: ScheduleRecord) -> ScheduleStanding {
        let started = schedule.started(at: Self.now) { _ in 0 }
        records.withLock { $0[schedule.name] = started }
        return ScheduleStanding(schedule: started)
    }
}
