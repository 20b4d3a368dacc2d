import Glibc
import Model
import TestServer
import Testing

@Suite("Under a service manager")
struct ServiceManagerTests {
    private static let steady = "return { every = 0.05, run_step = function() lunad.log.debug('step') end }"

    @Test("it is told when the host is ready, what it does, that it reloads and that it stops")
    func life() async throws {
        let project = try HostedProject(["steady": Self.steady], settings: "return { shutdown_timeout = 7 }")
        let socket = try NotifySocket()
        let host = try project.launch(environment: ["NOTIFY_SOCKET": socket.address])
        try await socket.message("READY=1")
        let answer = try await project.command("stop", "steady")
        #expect(answer.status == 0, "ready means that the API is served: \(answer.messages)")
        try await socket.message("STATUS=1 daemon: 1 stopped; 0 jobs running")
        host.process.signal(SIGHUP)
        let reloading = try await socket.message("RELOADING=1")
        #expect(reloading.count == 2 && reloading[1].hasPrefix("MONOTONIC_USEC="), "\(reloading)")
        #expect(try await socket.message("READY=1") == ["READY=1"])
        host.process.signal(SIGTERM)
        #expect(
            try await socket.message("STOPPING=1") == ["STOPPING=1", "STATUS=stopping", "EXTEND_TIMEOUT_USEC=17000000"])
        #expect(try await host.ending() == .exited(0))
    }

    @Test("signs of life come while the database is written, stop when it is stuck, and come again")
    func watchdog() async throws {
        let project = try HostedProject(["steady": Self.steady])
        let socket = try NotifySocket()
        let host = try project.launch(
            environment: ["NOTIFY_SOCKET": socket.address, "WATCHDOG_USEC": "200000"])
        for _ in 0..<3 { try await socket.message("WATCHDOG=1") }
        let lock = try WriteLock(on: project.folder.database)
        try await host.says("given no sign of life: the database's writer has not answered", daemon: nil)
        lock.release()
        socket.drain()
        try await socket.message("WATCHDOG=1")
        #expect(try await host.stop() == .exited(0))
    }

    @Test("no sign of life is given on behalf of another process")
    func foreignWatchdog() async throws {
        let project = try HostedProject(["steady": Self.steady])
        let socket = try NotifySocket()
        let host = try project.launch(
            environment: ["NOTIFY_SOCKET": socket.address, "WATCHDOG_USEC": "20000", "WATCHDOG_PID": "1"])
        try await socket.message("READY=1")
        try await project.steps(20, of: "steady")
        host.process.signal(SIGTERM)
        while true {
            let lines = try await socket.message("")
            #expect(!lines.contains("WATCHDOG=1"))
            if lines.contains("STOPPING=1") { break }
        }
        #expect(try await host.ending() == .exited(0))
    }

    @Test("where standard error is the journal, lines have priorities and no time")
    func journal() async throws {
        let project = try HostedProject(["steady": "return { run_step = function() lunad.log.warn('careful') end }"])
        let path = project.beside("journal")
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        var facts = stat()
        try #require(fstat(descriptor, &facts) == 0)
        let host = try project.launch(
            [], environment: ["JOURNAL_STREAM": "\(facts.st_dev):\(facts.st_ino)"], errors: .descriptor(descriptor))
        try await wait(for: "the warning in the journal") {
            try HostedProject.read(path).contains("<4>steady  careful\n") ? true : nil
        }
        #expect(try await host.stop() == .exited(0))
        let lines = try HostedProject.read(path).split(separator: "\n")
        #expect(lines.allSatisfy { $0.hasPrefix("<6>") || $0.hasPrefix("<4>") }, "\(lines)")
        let other = try project.launch(
            [], environment: ["JOURNAL_STREAM": "\(facts.st_dev):\(facts.st_ino)"])
        try await wait(for: "the warning in a plain file") {
            try HostedProject.read(other.process.errorPath).contains("WARN  steady  careful") ? true : nil
        }
        #expect(try await other.stop() == .exited(0))
    }
}
