import Model
import SQLiteStore
import Testing

@testable import ControlCLI

@Suite struct CompletionTests {
    /// A project with two daemons, one job type, three jobs and two alerts.
    private func project() async throws -> TemporaryProject {
        let project = try TemporaryProject()
        let inbox = """
            return { run_step = function() end, config = {
              folder = { type = "string", doc = "Where to look" }, fresh = { type = "boolean", default = true } } }
            """
        try project.write(inbox, to: "scripts/inbox.lua")
        try project.write("return { run_step = function() end }", to: "scripts/index.lua")
        try project.write("return { run = function() end }", to: "scripts/jobs/crunch.lua")
        let evil = DaemonRecord.make("$(reboot)", .stopped)
        let other = DaemonRecord.make("inbox2", .failed) { $0.type = "inbox" }
        try await project.store(
            DaemonRecord.make("inbox", .running).writes + DaemonRecord.make("index", .stopped).writes + evil.writes
                + other.writes)
        for (id, kind) in [Alert.Kind.daemonFailed, .crashLoop].enumerated() {
            var alert = Alert(
                id: Int64(id + 1), topic: .init(kind, "inbox2"), message: "it is \(kind.rawValue)",
                raisedAt: project.clock.now())
            if kind == .crashLoop { alert.acknowledgedAt = project.clock.now() }
            try await project.store([.alert(alert)])
        }
        return project
    }

    /// The words offered for a command line whose last word is being typed; the kind when it is the shell's own.
    private func offered(_ words: [String], _ project: TemporaryProject) async -> [String] {
        let outcome = await project.run(["complete", "--"] + words)
        #expect(outcome.status == 0 && outcome.messages == "")
        let lines = outcome.output.split(separator: "\n").map(String.init)
        guard lines.first == ":words" else { return lines }
        return lines.dropFirst().map { String($0.prefix { $0 != "\t" }) }
    }

    @Test(
        "words are completed by what they stand for",
        arguments: [
            (["sta"], ["status", "start"]), (["--dir", "/nowhere", "sta"], ["status", "start"]),
            (["compl"], ["completions"]), (["help", "jo"], ["jobs"]), (["nonsense", ""], []),
            (["status", "in"], ["inbox", "inbox2", "index"]), (["stop", "inbox", "in"], ["inbox2", "index"]),
            (["status", "inbox", ""], []), (["why", "--json", "inbox2"], ["inbox2"]), (["add", ""], []),
            (["add", "x", "--script", "in"], ["inbox", "index"].sorted()),
            (["jobs", "r"], ["run", "retry"]), (["jobs", "run", ""], ["crunch"]), (["jobs", "list", ""], []),
            (["jobs", "--type", "c"], ["crunch"]), (["jobs", "--status=f"], ["--status=failed"]),
            (["logs", "--level", "w"], ["warn"]), (["logs", "-l", "d"], ["debug"]), (["logs", "-fl", "d"], ["debug"]),
            (["logs", "inbox", "--fol"], ["--follow"]), (["logs", "--follow", "--fol"], []),
            (["logs", "-f", "--fol"], []), (["logs", "--", "--fol"], []), (["logs", "--nonsense=x"], []),
            (["config", "inbox", "f"], ["folder=", "fresh="]), (["config", "inbox2", "fo"], ["folder="]),
            (["config", "nobody", ""], []), (["config", "inbox", "folder=/srv"], []),
            (["alerts", ""], ["list", "ack"]), (["alerts", "ack", ""], ["1"]), (["alerts", "list", ""], []),
            (["completions", ""], ["bash", "zsh", "fish"]), (["new", ""], ["project", "daemon", "job"]),
            (["events", "--kind", "al"], ["alert"]),
            (["backup", ""], [":files"]), (["run", ""], [":folders"]), (["status", "--dir", ""], [":folders"]),
            (["--dir=/s"], [":folders"]), (["new", "project", ""], [":folders"]), (["new", "daemon", ""], []),
        ])
    func words(words: [String], expected: [String]) async throws {
        #expect(await offered(words, try project()) == expected)
    }

    @Test("after a dash the options that were not given yet are offered, those of every command too")
    func options() async throws {
        let project = try await project()
        #expect(await offered(["--"], project) == ["--dir", "--json", "--quiet", "--help"])
        #expect(await offered(["stop", "--json", "-"], project) == ["--all", "--dir", "--quiet", "--help"])
    }

    @Test("each job command is offered the jobs that it can be about")
    func jobs() async throws {
        let project = try await project()
        let store = try SQLiteStore.open(path: project.folder.database, clock: project.clock)
        _ = try await withCheckedContinuation { continuation in
            store.launch(["a", "b"].map { JobRequest(type: $0, args: .emptyTable) }, then: nil) {
                continuation.resume(returning: $0)
            }
        }.get()
        _ = try await withCheckedContinuation { continuation in
            store.apply(.cancel(id: 1, reason: "test")) { continuation.resume(returning: $0) }
        }.get()
        store.close()
        #expect(await offered(["jobs", "show", ""], project) == ["2", "1"])
        #expect(await offered(["jobs", "cancel", ""], project) == ["2"])
        #expect(await offered(["jobs", "retry", ""], project) == ["1"])
    }

    @Test("where no host ever ran, scripts stand for daemons; without a project there is nothing to offer")
    func fresh() async throws {
        let project = try TemporaryProject()
        try project.write("return { run_step = function() end }", to: "scripts/inbox.lua")
        #expect(await offered(["stop", ""], project) == ["inbox"])
        #expect(await offered(["jobs", "show", ""], project) == [])
        #expect(await offered(["--dir", "/nowhere", "stop", ""], project) == [])
    }

    @Test("each shell has its script, and a shell that is unknown is named")
    func scripts() async throws {
        let project = try TemporaryProject()
        for shell in ["bash", "zsh", "fish"] {
            let outcome = await project.run(["completions", shell])
            #expect(outcome.status == 0 && outcome.output.contains("complet"))
        }
        let outcome = await project.run(["completions", "bsh"])
        #expect(outcome.status == 2)
        #expect(outcome.messages.contains("there are no completions for 'bsh'; did you mean 'bash'?"))
    }

    @Test("what only programs use is not shown to people")
    func hidden() async throws {
        let project = try TemporaryProject()
        #expect(!(await project.run(["help"]).output.contains("  complete ")))
        #expect(!(await project.run(["help", "--man"]).output.contains("lunad complete\n")))
        #expect(!(await project.run(["complet"]).messages.contains("did you mean 'complete'?")))
    }
}
