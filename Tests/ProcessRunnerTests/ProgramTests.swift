import Glibc
import Model
import Testing

@testable import ProcessRunner

@Suite("A program that runs to its end")
struct ProgramTests {
    private let runner: ProcessRunner

    init() throws { runner = try .make() }

    @Test("both outputs and the exit code are in the result")
    func outputs() throws {
        let result = try runner.shell("printf out; printf err >&2; exit 3")
        #expect(result.exitCode == 3)
        #expect(result.signal == nil)
        #expect(result.out.text == "out")
        #expect(result.err.text == "err")
        #expect(result.endedBy == .itself)
    }

    @Test("the signal that ended it takes the exit code's place")
    func signal() throws {
        let result = try runner.shell("kill -SEGV $$")
        #expect(result.exitCode == nil)
        #expect(result.signal == SIGSEGV)
        #expect(result.endedBy == .itself)
    }

    @Test("arguments arrive as they are, whatever a shell would make of them")
    func arguments() throws {
        let result = try runner.run(ProcessSpec(["printf", "%s|", "a b", "$HOME", "*", "", "';\"", "ü"]))
        #expect(result.out.text == "a b|$HOME|*||';\"|ü|")
    }

    @Test("output that is not UTF-8 is kept byte for byte")
    func binary() throws {
        let result = try runner.run(ProcessSpec(["printf", "\\377\\000\\376"]))
        #expect(result.out.bytes == [255, 0, 254])
    }

    @Test("it gets the usual variables of the host, its own ones and the markers, and no others")
    func environment() throws {
        setenv("LUNAD_TEST_SECRET", "1", 1)
        let runner = try ProcessRunner(hostID: "host-7")
        let spec = ProcessSpec(
            ["env"], environment: ["A": "b=c", "LUNAD_HOST": "forged"], inherits: ["PATH", "NO_SUCH_VARIABLE"],
            job: "j1")
        let lines = try runner.run(spec).out.text.split(separator: "\n").map(String.init)
        let names = Set(lines.map { String($0.prefix { $0 != "=" }) })
        #expect(names == ["PATH", "A", "LUNAD_HOST", "LUNAD_JOB", "LUNAD_RUN"])
        #expect(lines.contains("A=b=c"))
        #expect(lines.contains("LUNAD_HOST=host-7"))
        #expect(lines.contains("LUNAD_JOB=j1"))
    }

    @Test("it runs in the folder it is given, and finds a relative program from there")
    func folder() throws {
        #expect(try runner.run(ProcessSpec(["pwd"], folder: "/usr/bin")).out.text == "/usr/bin\n")
        #expect(try runner.run(ProcessSpec(["./printf", "x"], folder: "/usr/bin")).out.text == "x")
    }

    @Test("a program's PATH of its own is where it is looked for")
    func ownPath() throws {
        let folder = try TemporaryFolder()
        try folder.script("only-here", "#!/bin/sh\necho found\n")
        let spec = ProcessSpec(["only-here"], environment: ["PATH": "relative::/nowhere:\(folder.path)"])
        #expect(try runner.run(spec).out.text == "found\n")
    }

    @Test("it begins with default signals, three open descriptors and a group of its own")
    func surroundings() throws {
        let leaked = open("/dev/null", O_RDONLY)
        defer { close(leaked) }
        Glibc.signal(SIGUSR2, SIG_IGN)
        let (handle, outcome) = try runner.start(
            ProcessSpec(["sh", "-c", "cat /proc/self/status /proc/self/stat; ls /proc/self/fd"]))
        let lines = try outcome.get().out.text.split(separator: "\n").map(String.init)
        for field in ["SigBlk", "SigIgn", "SigCgt"] { #expect(lines.contains("\(field):\t0000000000000000")) }
        let stat = try #require(lines.first { $0.contains("(cat)") })
        let entry = try #require(ProcessTable.parse(Array(stat.utf8)))
        #expect(entry.group == handle.pid)
        // The last one is the folder that `ls` itself reads.
        #expect(lines.suffix(5) == [stat, "0", "1", "2", "3"])
    }

    @Test("the result tells the time and the memory it took")
    func usage() throws {
        let result = try runner.shell("i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done")
        #expect(result.userSeconds + result.systemSeconds > 0)
        #expect(result.wallSeconds > 0 && result.wallSeconds < 20)
        #expect(result.maxResidentBytes > 100_000)
    }

    @Test("two hundred at once each give their own output, and none is left")
    func many() throws {
        let started = try (0..<200).map { number in
            try runner.start(ProcessSpec(["sh", "-c", "cat; echo \(number)"], stdin: Array("in ".utf8)))
        }
        for (number, (handle, outcome)) in started.enumerated() {
            #expect(try outcome.get().out.text == "in \(number)\n")
            let pid = try #require(handle.pid)
            #expect(kill(pid, 0) == -1 && errno == ESRCH)
        }
        #expect(started.allSatisfy { $0.outcome.count == 1 })
    }
}
