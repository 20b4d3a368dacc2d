import Glibc
import Model
import Platform
import Testing

@Suite("Clocks and facts of the process")
struct ClockTests {
    @Test("the system's clocks agree with the system and go forward")
    func systemClock() {
        let clock = SystemClock()
        #expect(abs(clock.now().milliseconds / 1_000 - Int64(time(nil))) <= 1)
        let first = clock.monotonic()
        eventually("the monotonic clock to move") { clock.monotonic() > first }
    }

    @Test("a manual clock moves only by hand")
    func manualClock() {
        let clock = ManualClock(wall: WallTime(milliseconds: 5_000), monotonic: MonotonicTime(nanoseconds: 7))
        #expect(clock.now().milliseconds == 5_000)
        clock.advance(by: .milliseconds(1_500))
        #expect(clock.now().milliseconds == 6_500)
        #expect(clock.monotonic().nanoseconds == 1_500_000_007)
        clock.set(wall: WallTime(milliseconds: 1))
        #expect(clock.now().milliseconds == 1)
        #expect(clock.monotonic().nanoseconds == 1_500_000_007)
    }

    @Test(
        "the local offset is what the system's own calendar says",
        arguments: [0, 1_700_000_000, 1_720_000_000, -1_000_000_000])
    func localOffset(seconds: Int) {
        var moment = time_t(seconds)
        var parts = tm()
        localtime_r(&moment, &parts)
        let instant = WallTime(milliseconds: Int64(seconds) * 1_000)
        let local = CivilTime(instant, offset: LocalTime.offset(at: instant))
        #expect(
            local.hour == Int(parts.tm_hour) && local.minute == Int(parts.tm_min) && local.day == Int(parts.tm_mday))
        #expect(local.weekday == Int(parts.tm_wday) && local.year == Int(parts.tm_year) + 1_900)
    }

    @Test("boot ids are 32 hexadecimal digits and never the same")
    func bootID() {
        let ids = (0..<100).map { _ in BootID.make() }
        #expect(Set(ids).count == 100)
        #expect(ids.allSatisfy { $0.count == 32 && $0.allSatisfy(\.isHexDigit) })
    }

    @Test("the process knows its id and its memory")
    func processFacts() {
        #expect(ProcessFacts.pid == getpid())
        #expect(ProcessFacts.residentBytes > 1 << 20)
    }
}
