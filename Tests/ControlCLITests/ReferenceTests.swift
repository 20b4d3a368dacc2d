import LuaSyntax
import Model
import Platform
import Testing

@testable import ControlCLI

@Suite("The reference of the Lua API") struct ReferenceTests {
    private let project: TemporaryProject

    init() throws { project = try TemporaryProject() }

    private static let repository = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()

    @Test("docs/api.md is what 'lunad help api --markdown' makes now")
    func isCurrent() throws {
        let kept = String(decoding: try Files.read("\(Self.repository)/docs/api.md"), as: UTF8.self)
        #expect(kept == ReferenceMarkdown.text(), "make it anew: lunad help api --markdown > docs/api.md")
    }

    @Test("the whole page and one entry are shown in lines that fit")
    func pages() async {
        let page = await project.run(["help", "api"])
        #expect(page.status == 0)
        for function in LunadAPI.functions { #expect(page.output.contains(function.signature), "\(function.name)") }
        let text = page.output.split(separator: "\n").filter { !$0.hasPrefix("      ") }
        #expect(text.allSatisfy { $0.count <= ReferencePage.usualWidth })
        let entry = await project.run(["help", "api", "lunad.jobs.cancel"])
        #expect(
            entry.output.hasPrefix(
                """
                lunad.jobs.cancel(id, reason)   waits
                    Cancels a job and its unfinished children: one that waits never runs, one that runs is asked to
                    end and interrupted at its deadline.
                      id      integer  The job's id.
                      reason  string?  Why; kept with the job.
                    Returns boolean: false when the job had ended already.
                    Raises: There is no such job.
                    Example:
                      for _, job in ipairs(
                """), "\(entry.output)")
    }

    @Test(
        "an entry is found by each name that people have for it",
        arguments: [
            ("jobs.launch", "lunad.jobs.launch("), ("db:exec", "db:exec("), ("job:progress", "job:progress("),
            ("on_job", "on_job(self, job)"), ("run", "run(self, job)"), ("log", "LUNAD.LOG"), ("Policy", "Policy\n"),
            ("policy", "Policy\n"), ("policy.memory", "Policy.memory   integer|string?"),
            ("LaunchOptions.key", "LaunchOptions.key   string?"), ("self.config", "Daemon.config"),
            ("every", "Daemon.every   number|string?"), ("attempts", "JobType.attempts"), ("sleep", "lunad.sleep("),
        ])
    func entries(name: String, beginning: String) async {
        let outcome = await project.run(["help", "api", name])
        #expect(outcome.output.hasPrefix(beginning), "\(outcome.output)\(outcome.messages)")
    }

    @Test(
        "an unknown name suggests a near one",
        arguments: [("jobs.lanch", "jobs.launch"), ("lunad.info", "log.info"), ("on_strat", "on_start")])
    func unknown(name: String, meant: String) async {
        let outcome = await project.run(["help", "api", name])
        #expect(outcome.status == 2)
        #expect(outcome.messages.hasPrefix("lunad: the API has no '\(name)'; did you mean '\(meant)'?\n"))
    }

    @Test("words after a command's name are one too many")
    func tooMany() async {
        #expect(await project.run(["help", "status", "api"]).status == 2)
    }

    @Test("every example is one that check finds nothing against", arguments: Example.all)
    func examples(example: Example) {
        let names = ProjectNames(jobTypes: ["sha256": ["path"]], modules: [])
        let checker = ScriptChecker(functions: LunadAPI.functions, names: names)
        let findings = checker.check(Array(example.script.utf8), file: example.name)
        #expect(findings.filter { $0.severity != .note }.map(\.description) == [])
    }
}

/// An example of the reference in a script of its own.
struct Example: CustomTestStringConvertible, Sendable {
    var name: String
    var script: String
    var testDescription: String { name }

    static let all: [Example] =
        LunadAPI.functions.map { function in
            let isJob = function.name.hasPrefix("job:")
            let hook = isJob ? "function job_type:run(job)" : "function daemon:run_step()"
            return Example(
                name: function.name, script: script("\(hook)\n\(function.example)\nend", isJob: isJob))
        } + LunadAPI.daemonHooks.map { Example(name: $0.name, script: script($0.example, isJob: false)) }
        + LunadAPI.jobHooks.map { Example(name: $0.name, script: script($0.example, isJob: true)) }

    private static func script(_ body: String, isJob: Bool) -> String {
        let head =
            isJob
            ? "local job_type = { args = { steps = { type = 'integer', default = 2 } } }"
            : "local daemon = { config = { folder = { type = 'string', default = '.' } }, state = { left = 3 } }"
        return "\(head)\n\(body)\nreturn \(isJob ? "job_type" : "daemon")\n"
    }
}
