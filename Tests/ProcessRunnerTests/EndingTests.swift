import Glibc
import Model
import Testing

@testable import ProcessRunner

@Suite("Ending a program")
struct EndingTests {
    private let runner: ProcessRunner

    init() throws { runner = try .make() }

    @Test("a cancel asks with SIGTERM, and what the program does then is its own affair")
    func cancel() throws {
        let (handle, outcome) = try runner.shell(
            "trap 'echo bye; exit 4' TERM; echo up; while :; do sleep 0.01; done", until: "up")
        handle.cancel(grace: .seconds(20))
        let result = try outcome.get()
        #expect(result.exitCode == 4)
        #expect(result.out.text == "up\nbye\n")
        #expect(result.endedBy == .cancel)
    }

    @Test("a program that ignores SIGTERM is killed after the grace")
    func ignoring() throws {
        let (handle, outcome) = try runner.shell("trap '' TERM; echo up; while :; do sleep 0.01; done", until: "up")
        handle.cancel(grace: .milliseconds(50))
        let result = try outcome.get()
        #expect(result.signal == SIGKILL)
        #expect(result.endedBy == .cancel)
        #expect(result.wallSeconds >= 0.05)
    }

    @Test("a cancel without grace kills at once, and a second one hastens a long grace")
    func hastened() throws {
        let cancels: [[Duration]] = [[.zero], [.seconds(3_600), .zero], [.seconds(3_600), .seconds(7_200), .zero]]
        for graces in cancels {
            let script = "trap '' TERM; echo up; while :; do sleep 0.01; done"
            let (handle, outcome) = try runner.shell(script, until: "up")
            for grace in graces { handle.cancel(grace: grace) }
            #expect(try outcome.get().signal == SIGKILL)
        }
    }

    @Test("a timeout works like a cancel, and is told as a timeout")
    func timeout() throws {
        let spec = ProcessSpec(["sleep", "100"], timeout: .milliseconds(50))
        let polite = try runner.run(spec)
        #expect(polite.signal == SIGTERM)
        #expect(polite.endedBy == .timeout)
        let stubborn = try runner.run(
            ProcessSpec(
                ["sh", "-c", "trap '' TERM; while :; do sleep 0.01; done"], timeout: .milliseconds(50),
                grace: .milliseconds(50)))
        #expect(stubborn.signal == SIGKILL)
        #expect(stubborn.endedBy == .timeout)
    }

    @Test("a program that is in time knows nothing of its timeout")
    func inTime() throws {
        #expect(try runner.run(ProcessSpec(["true"], timeout: .seconds(3_600))).endedBy == .itself)
    }

    @Test("a stopped program hears of the cancel")
    func stopped() throws {
        let (handle, outcome) = try runner.shell(
            "trap 'echo bye; exit 0' TERM; echo up; kill -STOP $$; while :; do sleep 0.01; done", until: "up")
        handle.cancel(grace: .seconds(20))
        #expect(try outcome.get().exitCode == 0)
    }

    @Test("a cancel after the end changes nothing")
    func late() throws {
        let (handle, outcome) = try runner.start(ProcessSpec(["true"]))
        #expect(try outcome.get().endedBy == .itself)
        handle.cancel()
        #expect(try runner.run(ProcessSpec(["true"])).exitCode == 0)
        #expect(outcome.count == 1)
    }

    @Test("whenever a cancel comes, before, at or after the start, the program is over and told once")
    func anyMoment() throws {
        let started = try (0..<40).map { _ in
            let started = try runner.start(ProcessSpec(["sleep", "100"]))
            started.handle.cancel(grace: .zero)
            return started
        }
        for (handle, outcome) in started {
            do {
                #expect(try outcome.get().endedBy == .cancel)
            } catch let error as HostError {
                #expect(error.code == .cancelled)
                #expect(handle.pid == nil)
            }
            if let pid = handle.pid { #expect(!isAlive(pid)) }
        }
        #expect(started.allSatisfy { $0.outcome.count == 1 })
    }

    @Test("two hundred are cancelled at once")
    func manyCancelled() throws {
        let started = try (0..<200).map { _ in try runner.start(ProcessSpec(["sleep", "100"])) }
        eventually("all of them run") { started.allSatisfy { $0.handle.pid != nil } }
        for (handle, _) in started { handle.cancel() }
        for (_, outcome) in started { #expect(try outcome.get().signal == SIGTERM) }
    }

    @Test("closing kills what runs, drops what waits, and tells each of them")
    func close() throws {
        let started = try (0..<20).map { _ in try runner.start(ProcessSpec(["sh", "-c", "trap '' TERM; sleep 100"])) }
        #expect(runner.close(within: .seconds(20)))
        for (handle, outcome) in started {
            do {
                #expect(try outcome.get().signal == SIGKILL)
            } catch let error as HostError {
                #expect(error.code == .unavailable)
            }
            if let pid = handle.pid { #expect(!isAlive(pid)) }
        }
    }
}
