import Glibc
import Model
import Testing

@testable import ProcessRunner

@Suite("What a program starts itself")
struct GroupTests {
    private let runner: ProcessRunner

    /// Starts a process that leaves the group and writes its id; ends once it has left.
    private static let escape = """
        setsid sleep 100 & echo $!; while [ "$(cut -d' ' -f5 /proc/$!/stat)" != $! ]; do :; done
        """

    init() throws { runner = try .make() }

    @Test("a background process that holds the outputs open ends with the program")
    func background() throws {
        let result = try runner.shell("sleep 100 & echo $!; (sleep 100; :) & echo $!; exit 5")
        #expect(result.exitCode == 5)
        #expect(result.wallSeconds < 20)
        #expect(result.out.pids.count == 2)
        #expect(result.out.pids.allSatisfy { !isAlive($0) })
    }

    @Test("a cancel reaches the whole group, also what ignores it")
    func cancelled() throws {
        let script = "sleep 100 & echo $!; (trap '' TERM; echo up; while :; do sleep 0.01; done) & echo $!; wait"
        let (handle, outcome) = try runner.shell(script, until: "up")
        eventually("both ids are told") { handle.captured.out.pids.count == 2 }
        handle.cancel(grace: .milliseconds(100))
        let result = try outcome.get()
        #expect(result.signal == SIGTERM)
        #expect(result.endedBy == .cancel)
        #expect(result.wallSeconds >= 0.1)
        #expect(result.out.pids.count == 2)
        #expect(result.out.pids.allSatisfy { !isAlive($0) })
    }

    @Test("after a cancel, what the program has left has the grace to clean up")
    func graceForChildren() throws {
        let script = """
            (trap 'sleep 0.05; echo cleaned; exit' TERM; echo up; while :; do sleep 0.01; done) & wait
            """
        let (handle, outcome) = try runner.shell(script, until: "up")
        handle.cancel(grace: .seconds(20))
        #expect(try outcome.get().out.text == "up\ncleaned\n")
    }

    @Test("fifty programs that leave processes behind are cleaned up side by side")
    func many() throws {
        let started = try (0..<50).map { _ in
            try runner.start(ProcessSpec(["sh", "-c", "sleep 100 & echo $!; sleep 100 & echo $!"]))
        }
        for (_, outcome) in started {
            let pids = try outcome.get().out.pids
            #expect(pids.count == 2)
            #expect(pids.allSatisfy { !isAlive($0) })
        }
    }

    @Test("a process that leaves the group and holds the outputs does not hold up the end, and is ended soon after")
    func escaped() throws {
        let runner = try ProcessRunner.make(sweepDelay: .zero)
        let running = try runner.start(ProcessSpec(["sleep", "100"]))
        eventually("another program runs") { running.handle.pid != nil }
        let result = try runner.shell(Self.escape)
        let escaped = try #require(result.out.pids.first)
        eventually("the process that left is ended") { !isAlive(escaped) }
        let other = try #require(running.handle.pid)
        #expect(isAlive(other), "a program that still runs is left alone")
        running.handle.cancel()
        #expect(try running.outcome.get().signal == SIGTERM)
    }

    @Test("a process that left the group is ended by closing, too")
    func escapedAtClose() throws {
        let result = try runner.shell(Self.escape)
        let escaped = try #require(result.out.pids.first)
        #expect(isAlive(escaped))
        #expect(runner.close(within: .seconds(20)))
        #expect(!isAlive(escaped))
    }
}
