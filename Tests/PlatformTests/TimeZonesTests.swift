import Glibc
import Model
import Platform
import Testing

@Suite("The time zones that the system knows")
struct TimeZonesTests {
    private static func time(_ text: String) -> WallTime { WallTime(iso8601: text) ?? WallTime(milliseconds: -1) }

    @Test(
        "real zones tell their offset, past and to come",
        arguments: [
            ("Europe/Berlin", "2026-01-15T12:00", 3_600), ("Europe/Berlin", "2026-07-15T12:00", 7_200),
            ("Europe/Berlin", "2026-03-29T00:59:59", 3_600), ("Europe/Berlin", "2026-03-29T01:00", 7_200),
            ("Europe/Berlin", "2060-07-15T12:00", 7_200), ("America/New_York", "2026-11-24T12:00", -18_000),
            ("Australia/Lord_Howe", "2026-11-24T12:00", 39_600), ("Australia/Lord_Howe", "2026-06-24T12:00", 37_800),
            ("Asia/Kolkata", "2026-06-24T12:00", 19_800), ("UTC", "2026-06-24T12:00", 0),
            ("Europe/Berlin", "1970-01-01T00:00", 3_600),
        ])
    func real(name: String, at: String, offset: Int) throws {
        #expect(try TimeZones().rules(of: name).offset(at: Self.time(at)) == offset)
    }

    @Test("a cron line that the clocks of a zone skip is due after the gap")
    func gap() throws {
        let zone = try TimeZones().rules(of: "Europe/Berlin")
        let line = try CronExpression("30 2 * * *")
        let due = line.next(after: Self.time("2026-03-28T12:00"), offset: zone.offset(at:))
        #expect(due == Self.time("2026-03-29T01:00"))
    }

    @Test(
        "a name that is none is refused with the one that was meant",
        arguments: [
            ("Berlin", "Europe/Berlin"), ("europe/berlin", "Europe/Berlin"), ("Europe/Berlln", "Europe/Berlin"),
        ])
    func hints(name: String, meant: String) {
        let error = #expect(throws: HostError.self) { try TimeZones().rules(of: name) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("(did you mean \"\(meant)\"?)") == true, "\(error?.message ?? "")")
    }

    @Test(
        "a name leads to nothing but zones",
        arguments: ["../../../etc/passwd", "/etc/passwd", "", ".", "Europe", "tzdata.zi", "Europe//Berlin", "a\0b"])
    func confined(name: String) {
        #expect(throws: HostError.self) { try TimeZones().rules(of: name) }
    }

    @Test("a system without zones says which package has them, and still knows UTC")
    func none() throws {
        let zones = TimeZones(folder: "/nonexistent")
        #expect(try zones.rules(of: "UTC").offset(at: Self.time("2026-06-24T12:00")) == 0)
        let error = #expect(throws: HostError.self) { try zones.rules(of: "Europe/Berlin") }
        #expect(error?.message.contains("tzdata") == true)
    }
}
