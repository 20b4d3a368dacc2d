import Glibc
import Model
import Testing

@testable import ProcessRunner

@Suite("A program that cannot be started")
struct StartErrorTests {
    private let runner: ProcessRunner

    init() throws { runner = try .make() }

    private func error(of spec: ProcessSpec) throws -> HostError {
        try #require(throws: HostError.self) { try runner.run(spec) }
    }

    @Test("a name that is nowhere in PATH is not found, and the message says where was looked")
    func missing() throws {
        let error = try error(of: ProcessSpec(["no-such-program"], environment: ["PATH": "/usr/bin:/bin"]))
        #expect(error.code == .notFound)
        #expect(error.message == #"cannot run "no-such-program": there is no such program in PATH (/usr/bin:/bin)"#)
    }

    @Test("a path to nothing, or to a folder, is not found")
    func missingFile() throws {
        #expect(try error(of: ProcessSpec(["/nowhere/x"])).code == .notFound)
        #expect(try error(of: ProcessSpec(["/usr"])).code == .notFound)
    }

    @Test("a file that is not executable is refused by its path")
    func notExecutable() throws {
        let folder = try TemporaryFolder()
        let file = try folder.script("plain", "#!/bin/sh\n", mode: 0o644)
        let byPath = try error(of: ProcessSpec([file]))
        #expect(byPath.code == .forbidden)
        #expect(byPath.message.contains("\(file) is not executable"))
        let bySearch = try error(of: ProcessSpec(["plain"], environment: ["PATH": folder.path]))
        #expect(bySearch.code == .forbidden)
        #expect(bySearch.message.contains("\(file) is not executable"))
    }

    @Test("a script whose interpreter is missing, or that names none, says so")
    func interpreter() throws {
        let folder = try TemporaryFolder()
        let dangling = try error(of: ProcessSpec([try folder.script("dangling", "#!/no/such/interpreter\n")]))
        #expect(dangling.code == .notFound)
        #expect(dangling.message.contains("interpreter"))
        let bare = try error(of: ProcessSpec([try folder.script("bare", "echo x\n")]))
        #expect(bare.code == .invalidArgument)
        #expect(bare.message.contains("begins with #!"))
    }

    @Test("a working folder that is missing is named")
    func folder() throws {
        let error = try error(of: ProcessSpec(["true"], folder: "/nowhere/at/all"))
        #expect(error.code == .notFound)
        #expect(error.message.contains(#"cannot run "true": cannot enter its folder /nowhere/at/all"#))
    }

    @Test("an argument list that is too long is told with its size")
    func tooLong() throws {
        let error = try error(of: ProcessSpec(["true", String(repeating: "x", count: 3_000_000)]))
        #expect(error.code == .limitExceeded)
        #expect(error.message.contains("too long (3,000,"))
    }

    @Test(
        "what can never run is refused before anything is started",
        arguments: [
            ProcessSpec([]), ProcessSpec([""]), ProcessSpec(["tr\0ue"]), ProcessSpec(["true", "a\0b"]),
            ProcessSpec(["true"], environment: ["": "x"]), ProcessSpec(["true"], environment: ["A=B": "x"]),
            ProcessSpec(["true"], environment: ["A": "\0"]), ProcessSpec(["true"], folder: "/\0"),
            ProcessSpec(["true"], outputLimit: -1), ProcessSpec(["true"], outputLimit: .max),
            ProcessSpec(["true"], job: "\0"),
        ])
    func refused(_ spec: ProcessSpec) throws {
        let outcome = Outcome()
        let error = try #require(throws: HostError.self) { try runner.start(spec) { outcome.take($0) } }
        #expect(error.code == .invalidArgument)
        #expect(outcome.count == 0)
    }

    @Test("a program past the limit is refused as busy, and one more is welcome when another has ended")
    func limit() throws {
        let runner = try ProcessRunner.make(limit: 2)
        let first = try runner.start(ProcessSpec(["sleep", "100"]))
        let second = try runner.start(ProcessSpec(["sleep", "100"]))
        let error = try #require(throws: HostError.self) { try runner.start(ProcessSpec(["true"])) }
        #expect(error.code == .busy)
        eventually("both run") { first.handle.pid != nil && second.handle.pid != nil }
        first.handle.cancel(grace: .zero)
        _ = try first.outcome.get()
        #expect(try runner.run(ProcessSpec(["true"])).exitCode == 0)
        second.handle.cancel(grace: .zero)
        _ = try second.outcome.get()
    }

    @Test("failed starts take no place from others")
    func leavesRoom() throws {
        let runner = try ProcessRunner.make(limit: 2)
        for _ in 0..<10 {
            #expect(throws: HostError.self) { try runner.run(ProcessSpec(["true"], folder: "/nowhere")) }
        }
        #expect(try runner.run(ProcessSpec(["true"])).exitCode == 0)
    }

    @Test("a closed runner takes no more programs")
    func closed() throws {
        #expect(runner.close())
        let error = try #require(throws: HostError.self) { try runner.start(ProcessSpec(["true"])) }
        #expect(error.code == .unavailable)
    }
}
