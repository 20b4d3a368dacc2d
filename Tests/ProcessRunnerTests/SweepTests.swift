import CLuaShim
import Glibc
import Model
import Platform
import Testing

@testable import ProcessRunner

@Suite("Orphans of an earlier host")
struct SweepTests {
    private let host = BootID.make()
    /// Stands for the earlier host; its own sweep comes only when a test is over.
    private let runner: ProcessRunner

    init() throws { runner = try ProcessRunner(hostID: host, limit: 10, sweepDelay: .seconds(3_600)) }

    /// Runs a script that writes the ids of processes which leave its group, then `up`; it is killed, they stay.
    private func leave(_ script: String, job: String? = nil) throws -> [Int32] {
        let (handle, outcome) = try runner.start(ProcessSpec(["sh", "-c", "\(script) & exec sleep 100"], job: job))
        eventually("the orphans are up") { handle.captured.out.text.contains("up\n") }
        handle.cancel(grace: .zero)
        let pids = try outcome.get().out.pids
        #expect(pids.allSatisfy(isAlive))
        return pids
    }

    /// Waits until a process has got past the copy of the shell that starts it.
    private func awaitSleep(_ pid: Int32) {
        eventually("the process has become sleep") {
            (try? Files.read("/proc/\(pid)/cmdline")) == Array("sleep\0100\0".utf8)
        }
    }

    @Test("they are found by their marker, ended with their groups, and told with their job")
    func found() throws {
        let pids = try leave("setsid sh -c 'echo $$; sleep 100 & echo $!; echo up; wait'", job: "job-9")
        awaitSleep(pids[1])
        let ended = try ProcessSweep.endOrphans(hostID: host)
        #expect(ended.map(\.identity.pid) == pids.sorted())
        #expect(ended.allSatisfy { $0.job == "job-9" && $0.isGone })
        #expect(Set(ended.map(\.command)) == ["sh", "sleep"])
        #expect(!pids.contains(where: isAlive))
        #expect(try ProcessSweep.endOrphans(hostID: host).isEmpty)
    }

    @Test("a daemon that forked twice, with its outputs closed, is found as well")
    func doubleFork() throws {
        let folder = try TemporaryFolder()
        let file = try folder.script("pid", "")
        _ = try leave("(setsid sh -c '(echo $$ >\(file); exec sleep 100) >/dev/null 2>&1 &'; echo up)")
        eventually("the daemon is alone") { (try? ProcessSweep.endOrphans(hostID: host).count) == 1 }
    }

    @Test("processes of another host, and without a marker, are left alone")
    func others() throws {
        let other = try ProcessRunner.make()
        let (handle, outcome) = try other.shell("env -i sleep 100 & echo $!; echo up; wait", until: "up")
        #expect(try ProcessSweep.endOrphans(hostID: host).isEmpty)
        let pid = try #require(handle.pid)
        #expect(isAlive(pid))
        #expect(handle.captured.out.pids.allSatisfy(isAlive))
        handle.cancel(grace: .zero)
        _ = try outcome.get()
    }

    @Test("who cleared its environment goes with the group that a marked process leads")
    func clearedInOwnGroup() throws {
        let pids = try leave("setsid sh -c 'echo $$; env -i sleep 100 & echo $!; echo up; wait'")
        awaitSleep(pids[1])
        #expect(try ProcessSweep.endOrphans(hostID: host).map(\.identity.pid) == [pids[0]])
        eventually("the other one in the group has ended") { !isAlive(pids[1]) }
    }

    @Test("a marked process in a stranger's group is ended alone")
    func strangersGroup() throws {
        let inner = "echo $$; LUNAD_HOST=\(host) sleep 100 & echo $!; echo up; wait; exec sleep 100"
        let pids = try leave("env -i setsid sh -c '\(inner)'")
        awaitSleep(pids[1])
        #expect(try ProcessSweep.endOrphans(hostID: host).map(\.identity.pid) == [pids[1]])
        #expect(!isAlive(pids[1]))
        #expect(isAlive(pids[0]))
        kill(-pids[0], SIGKILL)
    }

    @Test("a program is killed when the thread that started it ends")
    func parentDeath() throws {
        let started = Monitor<Result<LiveProcess, HostError>?>(nil)
        let handle = ProcessHandle(run: 1, outputLimit: 0, inbox: try ProcessInbox())
        let start = ProgramStart(
            spec: ProcessSpec(["sleep", "100"]), handle: handle, markers: ProcessMarkers(hostID: host))
        try NativeThread.start(name: "short-lived") {
            let result = Result { () throws(HostError) in try start.launch { _ in } }
            started.withLock { $0 = result }
            started.wakeAll()
        }
        let result = started.wait(until: SystemClock().monotonic() + .seconds(10)) { $0 }
        let pid = try #require(result, "waited ten seconds for the start").get().pid
        var end = lunad_process_end()
        eventually("it is killed") { lunad_reap(pid, &end) }
        #expect(end.signal == SIGKILL)
    }
}

@Suite("The table of processes")
struct ProcessTableTests {
    @Test("a command may hold spaces and brackets")
    func command() throws {
        let line = "42 (a) b (c)) S 1 40 40 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2\n"
        let entry = try #require(ProcessTable.parse(Array(line.utf8)))
        #expect(entry.identity == ProcessIdentity(pid: 42, startTime: 987_654))
        #expect(entry.command == "a) b (c)")
        #expect(entry.group == 40)
        #expect(entry.isAlive)
    }

    @Test("an ended process is not alive, and nonsense is no process")
    func dead() {
        let line = "42 (a) Z 1 40 40 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2\n"
        #expect(ProcessTable.parse(Array(line.utf8))?.isAlive == false)
        for text in ["", "42", ")(", "42 (a)", "42 (a) S 1", "x (a) S 1 40 40 0 -1 4 1 2 3 4 5 6 7 8 20 0 1 0 9 1 2"] {
            #expect(ProcessTable.parse(Array(text.utf8)) == nil)
        }
    }

    @Test("this process is in the table, and a wrong start is not taken for it")
    func own() throws {
        let entry = try #require(ProcessTable.entry(getpid()))
        #expect(entry.group == getpgrp())
        #expect(try ProcessTable.pids().contains(getpid()))
        #expect(ProcessTable.livingGroups()[getpgrp()]?.contains(getpid()) == true)
        let right = ProcessTable.open(getpid()) { $0.identity == entry.identity } != nil
        let wrong = ProcessTable.open(getpid()) { $0.identity.startTime == entry.identity.startTime + 1 } != nil
        #expect(right && !wrong)
    }
}
