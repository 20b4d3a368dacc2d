/// What is to be done about the occurrences of a schedule that are due. Pure: the store carries it out in one
/// transaction.
package struct SchedulePlan: Sendable, Hashable {
    /// Occurrences in a row that are skipped for one reason.
    package struct Skip: Sendable, Hashable {
        package var first: WallTime
        package var last: WallTime
        /// Nil when they were too many to count.
        package var count: Int?
        package var reason: String
    }

    /// Occurrences that get a job each now, oldest first.
    package var runs: [WallTime] = []
    package var skips: [Skip] = []
    /// The schedule as it stands afterwards.
    package var schedule: ScheduleRecord

    /// Nothing to do.
    package init(schedule: ScheduleRecord) { self.schedule = schedule }
}

extension ScheduleRecord {
    /// An occurrence that is dealt with so late counts as missed.
    package static let onTime = Duration.seconds(60)
    /// The most that are made up for at once, and that wait at once.
    package static let most = 100
    /// The most that are looked at one by one, at either end of what was missed.
    private static let mostExamined = 1_000

    /// The schedule when it begins to count from `now`: saved anew, or enabled again. What lies before is not missed.
    package func started(at now: WallTime, offset: (WallTime) -> Int) -> ScheduleRecord {
        var next = self
        next.nextOccurrence = isEnabled ? occurrence(after: now, from: now, offset) : nil
        next.queued = []
        return next
    }

    /// What to do at `now`, when the job `unfinished` of this schedule has not ended (nil: none is unfinished).
    ///
    /// Each occurrence that is due by then stands in the plan once: it runs, waits, or is skipped with a reason.
    /// `offset` gives the seconds that local time is east of UTC.
    package func plan(now: WallTime, unfinished: Int64?, offset: (WallTime) -> Int) -> SchedulePlan {
        var plan = SchedulePlan(schedule: self)
        guard isEnabled else { return plan }
        let due = due(upTo: now, offset)
        if let last = due.last {
            plan.schedule.lastOccurrence = last
            plan.schedule.nextOccurrence = occurrence(after: now, from: last, offset)
        }
        let chosen = catchUp(due, now, &plan)
        settleOverlap(chosen, unfinished, &plan)
        return plan
    }

    // MARK: - Which are due

    /// The due occurrences, oldest first; of very many only the first and the last ones, `between` those left out.
    private struct Due {
        var early: [WallTime] = []
        var between: SchedulePlan.Skip?
        var late: [WallTime] = []

        var last: WallTime? { late.last ?? early.last }
    }

    private func due(upTo now: WallTime, _ offset: (WallTime) -> Int) -> Due {
        var due = Due()
        var next = nextOccurrence
        while let occurrence = next, occurrence <= now, due.early.count < Self.mostExamined {
            due.early.append(occurrence)
            next = self.occurrence(after: occurrence, from: occurrence, offset)
        }
        guard let left = next, left <= now else { return due }
        next = max(left, lateStart(now, from: left, offset))
        if let start = next, start > left {
            due.between = .init(
                first: left, last: start, count: count(from: left, to: start), reason: "missed: too many at once")
        }
        while let occurrence = next, occurrence <= now {
            due.late.append(occurrence)
            next = self.occurrence(after: occurrence, from: occurrence, offset)
        }
        return due
    }

    /// An occurrence after which at most `mostExamined` come until `now`.
    private func lateStart(_ now: WallTime, from left: WallTime, _ offset: (WallTime) -> Int) -> WallTime {
        switch timing {
        case .every(let span):
            let step = max(1, span.wholeNanoseconds / 1_000_000)
            let ahead = (now.milliseconds - left.milliseconds) / step - Int64(Self.mostExamined) + 1
            return WallTime(milliseconds: left.milliseconds + max(0, ahead) * step)
        case .cron:
            // A cron line is due once a minute at most.
            let start = now + .seconds(-60 * (Self.mostExamined - 1))
            return occurrence(after: start, from: left, offset) ?? left
        }
    }

    /// How many lie from `first` to just before `end`; nil for a cron line, where they would have to be found.
    private func count(from first: WallTime, to end: WallTime) -> Int? {
        guard case .every(let span) = timing else { return nil }
        return Int((end.milliseconds - first.milliseconds) / max(1, span.wholeNanoseconds / 1_000_000))
    }

    /// The first occurrence after `instant`; of an interval, on the grid that `anchor` is on.
    private func occurrence(
        after instant: WallTime, from anchor: WallTime, _ offset: (WallTime) -> Int
    ) -> WallTime? {
        switch timing {
        case .cron(let expression): return expression.next(after: instant, offset: offset)
        case .every(let span):
            let step = max(1, span.wholeNanoseconds / 1_000_000)
            let steps = max(0, instant.milliseconds - anchor.milliseconds) / step + 1
            return anchor + .milliseconds(steps * step)
        }
    }

    // MARK: - Which are made up for

    private func catchUp(_ due: Due, _ now: WallTime, _ plan: inout SchedulePlan) -> [WallTime] {
        let all = due.early + due.late
        let kept =
            switch catchUp {
            case .none: all.last.map { now - $0 <= Self.onTime } == true ? 1 : 0
            case .one: 1
            case .all: Self.most
            }
        let reason =
            switch catchUp {
            case .none: "missed: the host was not running or came too late (catch_up = none)"
            case .one: "missed: the last one is made up for instead (catch_up = one)"
            case .all: "missed: only the last \(Self.most) are made up for (catch_up = all)"
            }
        let dropped = Set(all.dropLast(kept))
        for occurrence in due.early where dropped.contains(occurrence) { plan.skip(occurrence, reason) }
        if var between = due.between {
            between.reason = reason
            plan.skips.append(between)
        }
        for occurrence in due.late where dropped.contains(occurrence) { plan.skip(occurrence, reason) }
        return all.suffix(kept)
    }

    // MARK: - Which may run now

    private func settleOverlap(_ chosen: [WallTime], _ unfinished: Int64?, _ plan: inout SchedulePlan) {
        switch overlap {
        case .allow:
            plan.runs = queued + chosen
            plan.schedule.queued = []
        case .skip:
            var waiting = queued + chosen
            plan.schedule.queued = []
            if unfinished == nil, !waiting.isEmpty { plan.runs = [waiting.removeFirst()] }
            let before = unfinished.map { "job \($0)" } ?? "the job of the one before"
            for occurrence in waiting { plan.skip(occurrence, "\(before) is not finished (overlap = skip)") }
        case .queue:
            let waiting = queued + chosen
            plan.schedule.queued = Array(waiting.prefix(Self.most))
            for occurrence in waiting.dropFirst(Self.most) {
                plan.skip(occurrence, "\(Self.most) wait already (overlap = queue)")
            }
            if unfinished == nil, !plan.schedule.queued.isEmpty {
                plan.runs = [plan.schedule.queued.removeFirst()]
            }
        }
    }
}

extension SchedulePlan {
    fileprivate mutating func skip(_ occurrence: WallTime, _ reason: String) {
        if let last = skips.indices.last, skips[last].reason == reason, let count = skips[last].count {
            skips[last].last = occurrence
            skips[last].count = count + 1
        } else {
            skips.append(Skip(first: occurrence, last: occurrence, count: 1, reason: reason))
        }
    }

    /// The plan when no job can be launched: what would run is skipped for `reason`.
    package func refused(_ reason: String) -> SchedulePlan {
        var plan = self
        plan.runs = []
        for occurrence in runs { plan.skip(occurrence, reason) }
        return plan
    }
}
