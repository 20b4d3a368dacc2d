import Model
import Platform
import Synchronization
import Testing

@testable import ControlCLI

@Suite struct CommandLineToolTests {
    private let project: TemporaryProject

    init() throws { project = try TemporaryProject() }

    @Test(
        "wrong usage is exit 2, with what was probably meant",
        arguments: [
            (["statsu"], "unknown command 'statsu'; did you mean 'status'?", "Try 'lunad help'."),
            (["status", "--jsn"], "unknown option '--jsn'; did you mean '--json'?", "Try 'lunad help status'."),
            (["why"], "NAME is missing", "Try 'lunad help why'."),
            (["new", "deamon", "x"], "cannot make a new 'deamon'; did you mean 'daemon'?", "Try 'lunad help new'."),
            (["help", "lgos"], "unknown command 'lgos'; did you mean 'logs'?", "Try 'lunad help'."),
        ])
    func wrongUsage(words: [String], message: String, advice: String) async {
        let outcome = await project.run(words)
        #expect(outcome.status == 2)
        #expect(outcome.messages == "lunad: \(message)\n\(advice)\n")
    }

    @Test("the overview names every command, and each has a page with its usage")
    func help() async {
        let overview = await project.run(["help"]).output
        for command in CommandLineTool.shownCommands {
            let name = command.declaration.name
            #expect(overview.contains("  \(name)"))
            let page = await project.run(["help", name]).output
            #expect(page.contains("Usage: \(command.declaration.usage)"))
            #expect(await project.run([name, "--help"]).output == page)
        }
    }

    @Test("the manual page has each command with its options, and nothing in it is taken for a request of its own")
    func manual() async {
        let page = await project.run(["help", "--man"]).output
        #expect(page.hasPrefix(".TH LUNAD 1"))
        for command in CommandLineTool.shownCommands {
            #expect(page.contains(".SS lunad \(command.declaration.name)".replacing("-", with: #"\-"#)))
            for option in command.declaration.options {
                #expect(page.contains(#"\-\-\#(option.long.replacing("-", with: #"\-"#))"#))
            }
        }
        let requests: Set = ["TH", "nh", "ad", "SH", "SS", "PP", "TP", "B", "I", "nf", "fi"]
        for line in page.split(separator: "\n") where line.hasPrefix(".") {
            #expect(requests.contains(String(line.dropFirst().prefix { $0 != " " })), "\(line)")
        }
        #expect(page.allSatisfy { $0.isASCII })
    }

    @Test("no command, --help and --version are understood too", arguments: [[], ["--help"], ["-h"]])
    func noCommand(words: [String]) async {
        #expect(await project.run(words).output.hasPrefix("lunad hosts daemons"))
        #expect(await project.run(["--version"]).output == "lunad \(LunadVersion.current)\n")
    }

    @Test("version is text, or JSON")
    func version() async throws {
        #expect(await project.run(["version"]).output == "lunad \(LunadVersion.current)\n")
        let value = try JSON.decode(await project.run(["version", "--json"]).output)
        #expect(value["version"] == .string(LunadVersion.current))
    }

    @Test("run hands its options to the host and ends with the host's status")
    func run() async {
        let asked = Mutex<[RunOptions]>([])
        let outcome = await project.run(["run", "--json", "-q", "elsewhere"]) { options in
            asked.withLock { $0.append(options) }
            return 7
        }
        #expect(outcome.status == 7)
        #expect(asked.withLock { $0 } == [RunOptions(directory: "elsewhere", json: true, quiet: true)])
    }

    @Test("a new project has its parts, and is not made over something that exists")
    func newProject() async throws {
        let outcome = await project.run(["new", "project", "shop"])
        #expect(outcome.status == 0, "\(outcome.messages)")
        for path in ["lunad.lua", "scripts/hello.lua", "README.md", ".gitignore"] {
            #expect(try !project.read("shop/\(path)").isEmpty)
        }
        #expect(await project.run(["new", "project", "shop"]).status == 1)
    }

    @Test("a new daemon is a file that is never overwritten, under a name that can be one")
    func newDaemon() async throws {
        #expect(await project.run(["new", "daemon", "greeter"]).status == 0)
        #expect(try project.read("scripts/greeter.lua").contains("function daemon:run_step()"))
        #expect(await project.run(["new", "daemon", "greeter"]).messages.contains("exists already"))
        #expect(await project.run(["new", "daemon", "../greeter"]).status == 2)
    }

    @Test("migrate tells what it applied, then that there is nothing left")
    func migrate() async throws {
        try Files.makeFolder(project.folder.migrations)
        try project.write("CREATE TABLE mine (id INTEGER PRIMARY KEY) STRICT;", to: "Migrations/0001_mine.sql")
        let first = await project.run(["migrate"])
        #expect(first.status == 0, "\(first.messages)")
        #expect(first.output.contains("0001_mine.sql"))
        #expect(await project.run(["migrate"]).output.hasSuffix("is up to date.\n"))
        #expect(await project.run(["migrate", "--json"]).output == "[]\n")
    }

    @Test("migrate is refused while a host runs, and where no project is")
    func migrateRefused() async throws {
        let lock = try ProjectLock.acquire(project.folder.lock, bootID: "boot")
        let outcome = await project.run(["migrate"])
        withExtendedLifetime(lock) {}
        #expect(outcome.status == 1)
        #expect(outcome.messages.contains("hosts this project already"))
        let elsewhere = await project.run(["migrate", "/nonexistent"])
        #expect(elsewhere.status == 1)
        #expect(elsewhere.messages == "lunad: there is no folder /nonexistent\n")
    }
}
