import Model
import Platform

extension ScheduleService: ScheduleControl {
    package func schedules() async throws(HostError) -> [ScheduleStanding] {
        try await read { (queue) throws(HostError) in
            var standings: [ScheduleStanding] = []
            for schedule in try queue.schedules() { standings.append(try Self.standing(of: schedule, queue)) }
            return standings
        }
    }

    package func schedule(named name: String) async throws(HostError) -> ScheduleStanding {
        try await read { (queue) throws(HostError) in try Self.standing(of: try Self.find(name, queue), queue) }
    }

    package func addSchedule(_ name: String, _ change: ScheduleChange) async throws(HostError) -> ScheduleStanding {
        guard ScriptCatalog.isValid(name: name) else {
            throw HostError(
                .invalidArgument,
                "'\(name)' cannot name a schedule: letters, digits, '_', '-' and '.', at most 100, no leading '.'")
        }
        return try await save(name, "added") { (before) throws(HostError) in
            guard before == nil else { throw HostError(.conflict, "there is a schedule '\(name)' already") }
            return try change.applied(to: nil, named: name)
        }
    }

    package func putSchedule(_ name: String, _ change: ScheduleChange) async throws(HostError) -> ScheduleStanding {
        let isKnown = try await read { (queue) throws(HostError) in try queue.schedules().contains { $0.name == name } }
        guard isKnown else { return try await addSchedule(name, change) }
        return try await save(name, "replaced") { (_) throws(HostError) in try change.applied(to: nil, named: name) }
    }

    package func changeSchedule(_ name: String, _ change: ScheduleChange) async throws(HostError) -> ScheduleStanding {
        _ = try await schedule(named: name)
        return try await save(name, "changed") { (before) throws(HostError) in
            guard let before else { throw HostError(.notFound, "there is no schedule '\(name)'") }
            return try change.applied(to: before, named: name)
        }
    }

    package func removeSchedule(_ name: String) async throws(HostError) {
        _ = try await schedule(named: name)
        try await answer { done in
            context.queue.removeSchedule(name) { [self] result in
                if case .success = result { changed(name, to: nil) }
                done(result)
            }
        }
        context.journal.host(.info, "schedule \(name): removed by an operator")
    }

    package func runSchedule(_ name: String) async throws(HostError) -> JobRecord {
        _ = try await schedule(named: name)
        let id = try await answer { done in
            context.queue.runSchedule(name, prepare: { [self] schedule in request(of: schedule) }, done: done)
        }
        context.jobs.look()
        context.journal.host(.info, "schedule \(name): run by an operator", ["job": .integer(id)])
        return try await context.jobs.job(id)
    }

    package func runs(ofSchedule name: String, limit: Int) async throws(HostError) -> [ScheduleRun] {
        try await read { (queue) throws(HostError) in
            let runs = try queue.scheduleRuns(of: name, limit: limit)
            if runs.isEmpty { _ = try Self.find(name, queue) }
            return runs
        }
    }

    // MARK: - Saving

    private func save(
        _ name: String, _ what: String,
        _ change: @escaping @Sendable (ScheduleRecord?) throws(HostError) -> ScheduleRecord
    ) async throws(HostError) -> ScheduleStanding {
        let saved = try await answer { done in
            context.queue.changeSchedule(
                name, offset: offset,
                { [self] before in
                    Result { () throws(HostError) in
                        let after = try change(before)
                        // A schedule whose type is broken can still be disabled.
                        if after.isEnabled || after.type != before?.type || after.args != before?.args {
                            try check(after)
                        }
                        return after
                    }
                },
                done: { [self] result in
                    if case .success(let saved) = result { changed(name, to: saved) }
                    done(result)
                })
        }
        context.journal.host(.info, "schedule \(name): \(what) by an operator")
        return try await read { (queue) throws(HostError) in try Self.standing(of: saved, queue) }
    }

    /// Throws for what could never launch a job: an unknown type or zone, arguments that the type refuses, a line that is
    /// never due.
    private func check(_ schedule: ScheduleRecord) throws(HostError) {
        _ = try request(of: schedule).get()
        if let zone = schedule.zone { _ = try context.zones.rules(of: zone) }
        if case .cron(let line) = schedule.timing,
            line.next(after: context.clock.now(), offset: { offset(schedule.zone, $0) }) == nil
        {
            throw HostError(.invalidArgument, "the cron line \"\(line.text)\" is never due: there is no such date")
        }
    }

    // MARK: - Reading

    private static func find(
        _ name: String, _ queue: any JobStore & ScheduleStore
    ) throws(HostError) -> ScheduleRecord {
        let schedules = try queue.schedules()
        if let found = schedules.first(where: { $0.name == name }) { return found }
        throw HostError(
            .notFound, "there is no schedule '\(name)'\(DidYouMean.hint(for: name, in: schedules.map(\.name)))")
    }

    private static func standing(
        of schedule: ScheduleRecord, _ queue: any JobStore & ScheduleStore
    ) throws(HostError) -> ScheduleStanding {
        let run = try queue.scheduleRuns(of: schedule.name, limit: 1).first
        var job: JobRecord?
        if let id = run?.job { job = try queue.job(id) }
        return ScheduleStanding(schedule: schedule, lastRun: run, lastJob: job)
    }

    private func read<Success: Sendable>(
        _ body: @escaping @Sendable (any JobStore & ScheduleStore) throws(HostError) -> Success
    ) async throws(HostError) -> Success {
        let queue = context.queue
        return try await context.blocking.run { () throws(HostError) in try body(queue) }
    }

    private func answer<Success: Sendable>(
        _ ask: (@escaping @Sendable (Result<Success, HostError>) -> Void) -> Void
    ) async throws(HostError) -> Success {
        let result = await withCheckedContinuation { continuation in
            ask { continuation.resume(returning: $0) }
        }
        return try result.get()
    }
}
