/// A cron line: which minutes of local time something is due in.
///
/// Five fields, `minute hour day month weekday`, each a `*`, number, name, range `a-b`, step `*/n` or `a-b/n`, or a
/// comma-separated list of those; or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`. Weekday 0 and 7 are Sunday.
/// When day and weekday are both given (neither begins with `*`), a date that fits either is due.
///
/// Daylight saving: a due time that the clock skips runs at the first instant after the gap; one that the clock shows
/// twice runs at the first. A line whose hour is `*` keeps to real time instead: nothing extra after the gap, and the
/// repeated hour runs too.
package struct CronExpression: Sendable, Hashable {
    /// As written.
    package let text: String
    // Bit n stands for the number n.
    let minutes: UInt64
    let hours: UInt64
    let days: UInt64
    let months: UInt64
    let weekdays: UInt64
    /// Whether day and weekday both restrict, so that either is enough.
    let eitherDay: Bool

    /// Whether the hours are all of them: such a line follows real time when the clock is put forward or back.
    var isEveryHour: Bool { hours == (1 << 24) - 1 }

    /// Throws `invalidArgument` with what is wrong in which field.
    package init(_ text: String) throws(HostError) {
        let parser = CronParser(text)
        let fields = try parser.fields()
        self.text = text
        minutes = try parser.mask(fields[0], .minute)
        hours = try parser.mask(fields[1], .hour)
        days = try parser.mask(fields[2], .day)
        months = try parser.mask(fields[3], .month)
        weekdays = try parser.mask(fields[4], .weekday)
        eitherDay = !fields[2].hasPrefix("*") && !fields[4].hasPrefix("*")
    }

    /// Whether something is due on this date at all.
    func isDue(on date: CivilTime) -> Bool {
        let day = days & 1 << UInt64(date.day) != 0
        let weekday = weekdays & 1 << UInt64(date.weekday) != 0
        return eitherDay ? day || weekday : day && weekday
    }
}
