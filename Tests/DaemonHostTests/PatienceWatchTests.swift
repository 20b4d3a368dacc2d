import Model
import Testing

@testable import DaemonHost

@Suite struct PatienceWatchTests {
    @Test("a wait ends when its time is over, also one that is shorter than those before it")
    func over() async {
        let watch = PatienceWatch()
        let (long, short) = (Outcome<Int>(), Outcome<Int>())
        async let first = long.value(within: .seconds(3_600), by: watch)
        #expect(await short.value(within: .milliseconds(5), by: watch) == nil)
        #expect(await Outcome<Int>().value(within: .milliseconds(1), by: watch) == nil)
        long.come(7)
        #expect(await first == 7)
    }

    @Test("what comes before the time is over is what the wait gives, and what comes after it does not count")
    func come() async {
        let watch = PatienceWatch()
        let outcome = Outcome<Int>()
        outcome.come(1)
        outcome.come(2)
        #expect(await outcome.value(within: .seconds(3_600), by: watch) == 1)
        let late = Outcome<Int>()
        #expect(await late.value(within: .zero, by: watch) == nil)
        late.come(3)
    }
}
