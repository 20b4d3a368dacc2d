extension CronExpression {
    /// How far ahead `next` looks: the 29th of February on a given weekday can be 40 years away.
    private static let horizonInYears = 41

    /// The first due instant after `instant`; nil when none comes within 41 years (such as the 30th of February).
    ///
    /// `offset` gives the seconds that local time is east of UTC at an instant; it is asked a few times, more around
    /// a change of the clock. Changes are taken to be at least three days apart.
    package func next(after instant: WallTime, offset: (WallTime) -> Int) -> WallTime? {
        let local = CivilTime(instant, offset: offset(instant))
        guard (1...9_000).contains(local.year) else { return nil }
        // From the day before: around a change of the clock its due times can still be to come.
        var date = CivilTime(year: local.year, month: local.month, day: local.day).dayBefore
        let lastYear = date.year + Self.horizonInYears
        while date.year <= lastYear {
            if months & 1 << UInt64(date.month) == 0 {
                date = date.firstOfNextMonth
                continue
            }
            if isDue(on: date), let due = firstDue(on: date, after: instant, offset) { return due }
            date = date.dayAfter
        }
        return nil
    }

    private func firstDue(on date: CivilTime, after instant: WallTime, _ offset: (WallTime) -> Int) -> WallTime? {
        let midnight = date.instant()
        let before = offset(midnight + .seconds(-86_400))
        let after = offset(midnight + .seconds(2 * 86_400))
        if before == after {
            return timesOfDay().lazy.map { midnight + .seconds($0 - before) }.first { $0 > instant }
        }
        return timesOfDay()
            .flatMap { instants(of: midnight + .seconds($0), before: before, after: after, offset) }
            .filter { $0 > instant }
            .min()
    }

    /// The due times of a day that has any, in seconds since its midnight.
    private func timesOfDay() -> [Int] {
        let dueMinutes = (0..<60).filter { (minutes >> UInt64($0)) & 1 == 1 }
        let dueHours = (0..<24).filter { (hours >> UInt64($0)) & 1 == 1 }
        return dueHours.flatMap { (hour: Int) in dueMinutes.map { (minute: Int) in hour * 3_600 + minute * 60 } }
    }

    /// When the clock shows `local` (written as if it were UTC) around a change of offset, by the rules of the type.
    private func instants(
        of local: WallTime, before: Int, after: Int, _ offset: (WallTime) -> Int
    ) -> [WallTime] {
        let shown = [before, after].map { local + .seconds(-$0) }
        let real = zip(shown, [before, after]).filter { offset($0) == $1 }.map(\.0)
        if isEveryHour { return real }
        return [real.min() ?? endOfGap(from: shown.min() ?? local, to: shown.max() ?? local, after, offset)]
    }

    /// The second in which the offset becomes `after`, which it has at `to` and has not at `from`.
    private func endOfGap(from: WallTime, to: WallTime, _ after: Int, _ offset: (WallTime) -> Int) -> WallTime {
        var low = from.milliseconds / 1_000
        var high = to.milliseconds / 1_000
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if offset(WallTime(milliseconds: middle * 1_000)) == after { high = middle } else { low = middle }
        }
        return WallTime(milliseconds: high * 1_000)
    }
}

extension CivilTime {
    fileprivate var firstOfNextMonth: CivilTime {
        month == 12 ? CivilTime(year: year + 1, month: 1, day: 1) : CivilTime(year: year, month: month + 1, day: 1)
    }

    fileprivate var dayAfter: CivilTime {
        if day == Self.daysIn(month: month, of: year) { return firstOfNextMonth }
        return CivilTime(year: year, month: month, day: day + 1)
    }

    fileprivate var dayBefore: CivilTime {
        CivilTime(instant() + .seconds(-86_400))
    }
}
