import Model
import Testing

@Suite("Cron lines")
struct CronExpressionTests {
    private func next(_ line: String, after: String, offset: (WallTime) -> Int = { _ in 0 }) throws -> String? {
        let start = try #require(WallTime(iso8601: after))
        return try CronExpression(line).next(after: start, offset: offset)?.iso8601
    }

    @Test(
        "the next due minute in UTC",
        arguments: [
            ("* * * * *", "2026-11-24T22:49:00", "2026-11-24T22:50"),
            ("* * * * *", "2026-11-24T22:49:59.999", "2026-11-24T22:50"),
            ("*/15 * * * *", "2026-11-24T22:46", "2026-11-24T23:00"),
            ("7/20 * * * *", "2026-11-24T22:07", "2026-11-24T22:27"),
            ("10-30/10 3 * * *", "2026-11-24T22:00", "2026-11-25T03:10"),
            ("0,30 9-17 * * mon-fri", "2026-11-27T17:30", "2026-11-30T09:00"),
            ("0 0 1 * *", "2026-11-24", "2026-12-01"), ("0 0 31 * *", "2026-11-01", "2026-12-31"),
            ("0 0 29 feb *", "2026-11-24", "2028-02-29"),
            ("0 0 29 2 *", "2096-03-01", "2104-02-29"), ("0 12 * * 0", "2026-11-24", "2026-11-29T12:00"),
            ("0 12 * * 7", "2026-11-24", "2026-11-29T12:00"),
            ("0 12 * * sat-sun", "2026-11-28T12:00", "2026-11-29T12:00"),
            ("0 0 13 * fri", "2026-11-24", "2026-11-27"), ("0 0 13 * fri", "2026-12-11", "2026-12-13"),
            ("0 0 */2 * mon", "2026-11-24", "2026-12-07"), ("@hourly", "2026-11-24T22:49", "2026-11-24T23:00"),
            ("@daily", "2026-12-31T00:00", "2027-01-01"), ("@weekly", "2026-11-24", "2026-11-29"),
            ("@monthly", "2026-12-01", "2027-01-01"),
            ("@yearly", "2026-01-01", "2027-01-01"), ("  5\t4 * *  * ", "2026-11-24", "2026-11-24T04:05"),
            // A step over the days does not restrict them: both day fields must fit, 28 and across 2100 40 years ahead.
            ("0 0 29-31 2 */3", "2026-11-24", "2032-02-29"), ("0 0 */29 2 mon", "2026-11-24", "2027-02-01"),
        ])
    func nextInUTC(_ line: String, _ after: String, _ due: String) throws {
        #expect(try next(line, after: after) == WallTime(iso8601: due)?.iso8601)
    }

    @Test("a date that never comes is nil, found quickly", arguments: ["0 0 30 2 *", "0 0 31 feb,apr,jun,sep,nov *"])
    func never(_ line: String) throws {
        #expect(try next(line, after: "2026-11-24") == nil)
    }

    /// Central European time in 2026: summer time from 29 March 01:00 UTC to 25 October 01:00 UTC.
    private static func berlin(_ instant: WallTime) -> Int {
        let start = CivilTime(year: 2026, month: 3, day: 29, hour: 1).instant()
        let end = CivilTime(year: 2026, month: 10, day: 25, hour: 1).instant()
        return instant >= start && instant < end ? 7_200 : 3_600
    }

    @Test(
        "local time counts, through both changes of the clock",
        arguments: [
            ("0 12 * * *", "2026-07-01T09:00", "2026-07-01T10:00"),
            ("0 12 * * *", "2026-12-01T09:00", "2026-12-01T11:00"),
            // 02:30 does not exist on 29 March: it runs at 03:00 summer time, and the day after at its own time.
            ("30 2 * * *", "2026-03-28T12:00", "2026-03-29T01:00"),
            ("30 2 * * *", "2026-03-29T01:00", "2026-03-30T00:30"),
            ("0,15,30 2 * * *", "2026-03-29T01:00", "2026-03-30T00:00"),
            // 02:30 comes twice on 25 October: it runs at the first.
            ("30 2 * * *", "2026-10-24T12:00", "2026-10-25T00:30"),
            ("30 2 * * *", "2026-10-25T00:30", "2026-10-26T01:30"),
            ("30 2 * * *", "2026-10-25T00:45", "2026-10-26T01:30"),
            ("0 3 * * *", "2026-10-25T00:30", "2026-10-25T02:00"),
            // A line for every hour follows real time.
            ("30 * * * *", "2026-03-29T00:30", "2026-03-29T01:30"),
            ("30 * * * *", "2026-10-25T00:30", "2026-10-25T01:30"),
            ("*/20 * * * *", "2026-10-25T00:59", "2026-10-25T01:00"),
            ("*/20 * * * *", "2026-03-29T00:40", "2026-03-29T01:00"),
        ])
    func daylightSaving(_ line: String, _ after: String, _ due: String) throws {
        #expect(try next(line, after: after, offset: Self.berlin) == WallTime(iso8601: due)?.iso8601)
    }

    @Test("a day that a zone left out runs at the first instant after it")
    func leftOutDay() throws {
        // Samoa went from UTC-10 to UTC+14 at the end of 29 December 2011.
        let change = CivilTime(year: 2011, month: 12, day: 30, hour: 10).instant()
        let samoa = { (instant: WallTime) in instant < change ? -36_000 : 50_400 }
        #expect(try next("0 12 30 12 *", after: "2011-12-29", offset: samoa) == "2011-12-30T10:00:00.000Z")
    }

    @Test(
        "each due instant is later than the last and shows a due local minute",
        arguments: [
            "*/7 * * * *", "30 2 * * *", "0 0 * * *", "59 23 * * sun", "15 1-3 * * *", "0 */6 1,15 * *",
        ])
    func monotone(_ line: String) throws {
        let cron = try CronExpression(line)
        var last = CivilTime(year: 2026, month: 3, day: 27).instant()
        for _ in 0..<600 {
            let due = try #require(cron.next(after: last, offset: Self.berlin))
            #expect(due > last)
            // Nothing due lies between: asking from just before gives the same answer.
            #expect(cron.next(after: due + .milliseconds(-1), offset: Self.berlin) == due)
            last = due
        }
    }

    @Test(
        "what is wrong is named with the field and what would be right",
        arguments: [
            ("", "expected five fields (minute hour day month weekday), found 0"),
            ("* * * *", "expected five fields (minute hour day month weekday), found 4"),
            ("60 * * * *", "minute \"60\" is not a number from 0 to 59"),
            ("* 24 * * *", "hour \"24\" is not a number from 0 to 23"),
            ("* * 0 * *", "day \"0\" is not a number from 1 to 31"),
            ("* * * 13 *", "month \"13\" is not a number from 1 to 12, or a name such as feb"),
            ("* * * * 8", "weekday \"8\" is not a number from 0 to 7, or a name such as mon"),
            ("30-10 * * * *", "range \"30-10\" of the minute runs backwards"),
            ("*/0 * * * *", "step \"0\" of the minute is not a number from 1 to 59"),
            ("*/x * * * *", "step \"x\" of the minute is not a number from 1 to 59"),
            ("1,,2 * * * *", "minute \"\" is not a number from 0 to 59"),
            ("-5 * * * *", "minute \"\" is not a number from 0 to 59"),
            ("+5 * * * *", "minute \"+5\" is not a number from 0 to 59"),
            (
                "@dayly",
                "@dayly is not known (did you mean \"@daily\"?): use @hourly, @daily, @weekly, @monthly or @yearly"
            ),
        ])
    func errors(_ line: String, _ reason: String) {
        #expect(throws: HostError(.invalidArgument, "cron line \"\(line)\": \(reason)")) { try CronExpression(line) }
    }
}
