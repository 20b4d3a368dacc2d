/// A date and time of day on the Gregorian calendar, at some offset from UTC that it does not know.
package struct CivilTime: Sendable, Hashable {
    package var year: Int
    /// 1…12.
    package var month: Int
    /// 1…31.
    package var day: Int
    package var hour: Int
    package var minute: Int
    package var second: Int
    package var millisecond: Int

    package init(
        year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, millisecond: Int = 0
    ) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
        self.millisecond = millisecond
    }

    /// What a clock shows at `instant` where local time is `offset` seconds east of UTC.
    package init(_ instant: WallTime, offset: Int = 0) {
        let (seconds, millisecond) = instant.milliseconds.flooredDivision(by: 1_000)
        let (days, secondOfDay) = (seconds + Int64(offset)).flooredDivision(by: 86_400)
        (year, month, day) = Self.date(daysSince1970: Int(days))
        hour = Int(secondOfDay) / 3_600
        minute = Int(secondOfDay) / 60 % 60
        second = Int(secondOfDay) % 60
        self.millisecond = Int(millisecond)
    }

    /// The instant at which a clock `offset` seconds east of UTC shows this.
    package func instant(offset: Int = 0) -> WallTime {
        let seconds = Int64(daysSince1970) * 86_400 + Int64(hour * 3_600 + minute * 60 + second - offset)
        return WallTime(milliseconds: seconds * 1_000 + Int64(millisecond))
    }

    /// 0 for Sunday … 6 for Saturday.
    package var weekday: Int {
        // 1970-01-01 was a Thursday.
        let (_, weekday) = Int64(daysSince1970 + 4).flooredDivision(by: 7)
        return Int(weekday)
    }

    /// Whether the month has such a day and the day such a time.
    package var isValid: Bool {
        (1...12).contains(month) && day >= 1 && day <= Self.daysIn(month: month, of: year) && (0..<24).contains(hour)
            && (0..<60).contains(minute) && (0..<60).contains(second) && (0..<1_000).contains(millisecond)
    }

    package static func daysIn(month: Int, of year: Int) -> Int {
        switch month {
        case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    // Both ways count years from March, so that the leap day is the last of its year, in cycles of 400 years.

    private var daysSince1970: Int {
        let shifted = month > 2 ? year : year - 1
        let (cycle, yearOfCycle) = Int64(shifted).flooredDivision(by: 400)
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let dayOfCycle = Int(yearOfCycle) * 365 + Int(yearOfCycle) / 4 - Int(yearOfCycle) / 100 + dayOfYear
        return Int(cycle) * 146_097 + dayOfCycle - 719_468
    }

    private static func date(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
        let (cycle, dayOfCycle64) = Int64(days + 719_468).flooredDivision(by: 146_097)
        let dayOfCycle = Int(dayOfCycle64)
        let yearOfCycle = (dayOfCycle - dayOfCycle / 1_460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
        let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = Int(cycle) * 400 + yearOfCycle + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }
}

extension Int64 {
    /// Quotient rounded down and a remainder from 0 to below `divisor`, which is positive.
    fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
