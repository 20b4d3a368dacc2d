import Model
import Testing

@testable import ProcessRunner

@Suite("The ladder of signals")
struct EndingLadderTests {
    private func at(_ seconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: seconds * 1_000_000_000) }

    private func make(timeout: Int64? = nil) -> EndingLadder {
        EndingLadder(start: at(100), timeout: timeout.map { .seconds($0) }, grace: .seconds(5))
    }

    @Test("nothing is due without a timeout")
    func idle() {
        var ladder = make()
        #expect(ladder.deadline == .distantFuture)
        #expect(ladder.tick(now: at(1_000_000)) == nil)
    }

    @Test("what is left at the program's own end is killed")
    func ownEnd() {
        var ladder = make(timeout: 10)
        #expect(ladder.exited() == .kill)
        #expect(ladder.cause == .itself)
        #expect(ladder.deadline == .distantFuture)
        #expect(ladder.cancel(grace: .seconds(1), now: at(101)) == nil)
        #expect(ladder.tick(now: at(200)) == nil)
    }

    @Test("cancel, grace, kill")
    func cancel() {
        var ladder = make()
        #expect(ladder.cancel(grace: .seconds(3), now: at(101)) == .terminate)
        #expect(ladder.deadline == at(104))
        #expect(ladder.tick(now: at(103)) == nil)
        #expect(ladder.tick(now: at(104)) == .kill)
        #expect(ladder.tick(now: at(105)) == nil)
        #expect(ladder.exited() == nil)
        #expect(ladder.cause == .cancel)
        #expect(ladder.deadline == .distantFuture)
    }

    @Test("what is left after a cancel has the rest of the grace")
    func leftovers() {
        var ladder = make()
        _ = ladder.cancel(grace: .seconds(3), now: at(101))
        #expect(ladder.exited() == nil)
        #expect(ladder.deadline == at(104))
        #expect(ladder.tick(now: at(104)) == .kill)
    }

    @Test("a timeout asks, then kills after its own grace")
    func timeout() {
        var ladder = make(timeout: 10)
        #expect(ladder.deadline == at(110))
        #expect(ladder.tick(now: at(109)) == nil)
        #expect(ladder.tick(now: at(110)) == .terminate)
        #expect(ladder.deadline == at(115))
        #expect(ladder.tick(now: at(115)) == .kill)
        #expect(ladder.cause == .timeout)
    }

    @Test("a cancel during a timeout's grace hastens it but is not its cause, and the other way round")
    func both() {
        var ladder = make(timeout: 10)
        _ = ladder.tick(now: at(110))
        #expect(ladder.cancel(grace: .seconds(1), now: at(111)) == nil)
        #expect(ladder.deadline == at(112))
        #expect(ladder.cause == .timeout)

        var cancelled = make(timeout: 10)
        _ = cancelled.cancel(grace: .seconds(60), now: at(101))
        #expect(cancelled.tick(now: at(110)) == nil)
        #expect(cancelled.deadline == at(161))
        #expect(cancelled.cause == .cancel)
    }

    @Test("a later cancel never puts the end off, and one without grace kills at once")
    func hasten() {
        var ladder = make()
        _ = ladder.cancel(grace: .seconds(3), now: at(101))
        #expect(ladder.cancel(grace: .seconds(60), now: at(102)) == nil)
        #expect(ladder.deadline == at(104))
        #expect(ladder.cancel(grace: .zero, now: at(103)) == .kill)
        #expect(ladder.cancel(grace: .zero, now: at(103)) == nil)
    }

    @Test("an endless grace is a grace")
    func endless() {
        var ladder = make()
        #expect(ladder.cancel(grace: .nanoseconds(Int64.max), now: at(101)) == .terminate)
        #expect(ladder.exited() == nil)
        #expect(ladder.cancel(grace: .zero, now: at(102)) == .kill)
    }
}
