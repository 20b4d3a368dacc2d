import Model
import Testing

@Suite("Instants of UTC as text")
struct WallTimeTests {
    @Test(
        "known instants are written and read",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_795_560_573_123, "2026-11-24T22:49:33.123Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ] as [(Int64, String)])
    func knownInstants(_ milliseconds: Int64, _ text: String) {
        let time = WallTime(milliseconds: milliseconds)
        #expect(time.iso8601 == text)
        #expect(WallTime(iso8601: text) == time)
    }

    @Test(
        "shorter and zoned forms are read",
        arguments: [
            ("2026-11-24", "2026-11-24T00:00:00.000Z"), ("2026-11-24 22:49", "2026-11-24T22:49:00.000Z"),
            ("2026-11-24T22:49:33", "2026-11-24T22:49:33.000Z"), ("2026-11-24T22:49:33.5Z", "2026-11-24T22:49:33.500Z"),
            ("2026-11-24T22:49:33.123999Z", "2026-11-24T22:49:33.123Z"),
            ("2026-11-24T00:30:00+02:00", "2026-11-23T22:30:00.000Z"),
            ("2026-12-31T23:30-01:00", "2027-01-01T00:30:00.000Z"),
        ])
    func otherForms(_ text: String, _ canonical: String) {
        #expect(WallTime(iso8601: text)?.iso8601 == canonical)
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "now", "2026", "2026-11", "2026-13-01", "2026-00-10", "2026-02-29", "2026-04-31", "2026-11-24T",
            "2026-11-24T24:00",
            "2026-11-24T22:60", "2026-11-24T22:49:60Z", "2026-11-24T22:49:33.Z", "2026-11-24T22:49+2", "2026-11-24Z",
            "2026-11-24T22:49Zx",
            "2026-11-24T22:49+24:00", "２026-11-24",
        ])
    func refusals(_ text: String) {
        #expect(WallTime(iso8601: text) == nil)
    }

    @Test("the calendar goes forward day by day through 800 years, weekdays in turn")
    func calendarDays() {
        var expected = CivilTime(year: 1600, month: 1, day: 1)
        let start = expected.instant()
        var weekday = 6  // 1600-01-01 was a Saturday.
        for number in 0..<Int64(292_194) {
            let day = CivilTime(WallTime(milliseconds: start.milliseconds + number * 86_400_000))
            guard day == expected, day.weekday == weekday, day.isValid else {
                Issue.record("\(day) where \(expected) should be")
                return
            }
            weekday = (weekday + 1) % 7
            expected.day += 1
            if expected.day > CivilTime.daysIn(month: expected.month, of: expected.year) {
                expected.day = 1
                expected.month += 1
            }
            if expected.month > 12 {
                expected.month = 1
                expected.year += 1
            }
        }
        #expect(expected == CivilTime(year: 2400, month: 1, day: 1))
    }

    @Test("every instant of 64 bits has a text")
    func extremes() {
        #expect(WallTime(milliseconds: .max).iso8601 == "292278994-08-17T07:12:55.807Z")
        #expect(WallTime(milliseconds: .min).iso8601 == "-292275055-05-16T16:47:04.192Z")
    }

    @Test("local time is shown at its offset and read back")
    func offsets() {
        let instant = WallTime(milliseconds: 1_795_560_573_123)
        for offset in [-43_200, -12_600, 0, 3_600, 20_700, 50_400] {
            #expect(CivilTime(instant, offset: offset).instant(offset: offset) == instant)
        }
        #expect(CivilTime(instant, offset: 7_200).hour == 0)
        #expect(CivilTime(instant, offset: 7_200).day == 25)
    }
}
