import Model
import Platform
import Testing

@testable import ControlCLI

@Suite struct CheckCommandTests {
    private let project: TemporaryProject

    init() throws { project = try TemporaryProject() }

    private func check(_ script: String, _ words: [String] = ["check"]) async throws -> TemporaryProject.Outcome {
        try project.write(script, to: "scripts/it.lua")
        return await project.run(words)
    }

    @Test("a good project is told so in one line")
    func good() async throws {
        try project.write("return { log = { level = \"debug\" } }", to: "lunad.lua")
        try project.write("return { two = 2 }", to: "scripts/lib/numbers.lua")
        let outcome = try await check(
            "local n = require 'numbers' return { every = n.two, run_step = function() end }")
        #expect(outcome.status == 0)
        #expect(outcome.output == "")
        #expect(outcome.messages == "3 files checked: 0 errors, 0 warnings\n")
    }

    @Test(
        "what would fail is told with file, line and what would be right",
        arguments: [
            ("return {", "scripts/it.lua:1:9: error: unexpected symbol near <eof>"),
            ("local d = {}\nreturn d", "scripts/it.lua:1:11: error: function run_step is missing"),
            ("return 1", "scripts/it.lua: error: it must return a table, not number"),
            ("local x\nlocal y = x.z\nreturn y", "scripts/it.lua:2:1: error: attempt to index a nil value (local 'x')"),
            ("return {\n  evry = 1,\n  run_step = print }", "scripts/it.lua:2:3: error: evry is not known"),
            (
                "return {\n  config = {\n    a = { type = 'text' },\n  },\n  run_step = print }",
                "scripts/it.lua:3:11: error: config.a.type is \"text\""
            ),
            (
                "require 'nothing'",
                "scripts/it.lua:1:9: error: there is no module 'nothing' (scripts/lib/nothing.lua) [unknown-module]"
            ),
            ("prnt(1)", "scripts/it.lua:1:1: error: unknown global 'prnt'; did you mean 'print'?"),
            ("while true do end", "scripts/it.lua:1:1: error: it was still loading after 0.2 seconds"),
            ("return ('x'):rep(1 << 40)", "scripts/it.lua:1:1: error: "),
        ])
    func bad(script: String, expected: String) async throws {
        let outcome = try await check(script)
        #expect(outcome.status == 1)
        #expect(outcome.output.contains(expected), "\(outcome.output)")
    }

    @Test("a folder of scripts is looked at with its jobs and modules, a project's with all that a host would read")
    func folders() async throws {
        try project.write("return { log = { level = \"debug\" } }", to: "lunad.lua")
        try project.write("return { run = function(self, job) job:progres(1) end }", to: "scripts/jobs/bad.lua")
        try Files.makeFolder(project.folder.libraries + "/deep")
        try project.write("return { two = lunad.nw() }", to: "scripts/lib/deep/numbers.lua")
        let scripts = try await check(
            "return { run_step = function() end }", ["check", project.folder.path + "/scripts"])
        #expect(scripts.messages == "3 files checked: 2 errors, 0 warnings\n")
        #expect(scripts.output.contains("scripts/jobs/bad.lua:1:"))
        #expect(scripts.output.contains("a job has no method 'progres'; did you mean 'progress'?"))
        #expect(scripts.output.contains("scripts/lib/deep/numbers.lua:1:"))
        let whole = await project.run(["check", project.folder.path])
        #expect(whole.messages == "4 files checked: 2 errors, 0 warnings\n")
        let jobs = await project.run(["check", project.folder.path + "/scripts/jobs"])
        #expect(jobs.messages == "1 file checked: 1 error, 0 warnings\n")
    }

    @Test("a script that works with the host while it loads is not judged further, and says what to do")
    func undecided() async throws {
        let outcome = try await check("lunad.fs.read('/etc/hostname') return { run_step = print }")
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("warning: calls lunad.fs.read while it loads"))
    }

    @Test("log lines while loading are fine")
    func logging() async throws {
        let outcome = try await check("lunad.log.info('loading') print('x') return { run_step = print }")
        #expect(outcome.output == "")
        #expect(outcome.status == 0)
    }

    @Test("settings are checked against what settings there are")
    func settings() async throws {
        try project.write("return {\n  log = {\n    levl = 'info' } }", to: "lunad.lua")
        let outcome = try await check("return { run_step = print }")
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("lunad.lua:3:5: error: log.levl is not known"))
    }

    @Test("a module is read but not taken for a daemon")
    func module() async throws {
        try project.write("return { f = function() return prnt end }", to: "scripts/lib/m.lua")
        let outcome = try await check("return { run_step = print }")
        #expect(outcome.output.hasPrefix("scripts/lib/m.lua:1:32: error: unknown global 'prnt'"))
        #expect(outcome.output.split(separator: "\n").count == 1)
    }

    @Test("one path checks one file, and JSON has a finding's parts")
    func json() async throws {
        try project.write("return {", to: "scripts/other.lua")
        let path = "\(project.folder.scripts)/it.lua"
        let outcome = try await check("local unused = 1 return { run_step = print }", ["check", path, "--json"])
        #expect(outcome.status == 0)
        let value = try JSON.decode(outcome.output)
        #expect(
            value == [
                [
                    "file": "scripts/it.lua", "line": 1, "column": 7, "severity": "warning",
                    "code": "unused-local", "message": "unused local 'unused'",
                ]
            ])
        #expect(outcome.messages == "1 file checked: 0 errors, 1 warning\n")
    }

    @Test("a folder without scripts and a path without a file are told")
    func nothing() async throws {
        let missing = await project.run(["check", "nowhere.lua"])
        #expect(missing.status == 1)
        #expect(missing.messages == "lunad: there is no nowhere.lua\n")
    }

    @Test(
        "a job type's mistakes are told with file, line and what would be right",
        arguments: [
            ("local j = {}\nreturn j", "scripts/jobs/it.lua:1:11: error: function run is missing"),
            ("return {\n  attempts = 0,\n  run = print }", "scripts/jobs/it.lua:2:3: error: attempts is 0"),
            (
                "return {\n  command = 'ls -l' }",
                "scripts/jobs/it.lua:2:3: error: command is \"ls -l\"; expected a list"
            ),
            (
                "return {\n  args = { path = { type = 'string' } },\n  command = { 'ls', '{pth}' } }",
                "scripts/jobs/it.lua:3:3: error: command has {pth}, but args declares no \"pth\""
            ),
            (
                "return {\n  command = { 'ls' },\n  run = print }",
                "scripts/jobs/it.lua:2:3: error: command stands beside"
            ),
            ("return {\n  args = 3,\n  run = prnt }", "scripts/jobs/it.lua:3:9: error: unknown global 'prnt'"),
        ])
    func jobs(script: String, expected: String) async throws {
        try project.write("return { run_step = print }", to: "scripts/daemon.lua")
        try project.write(script, to: "scripts/jobs/it.lua")
        for words in [["check"], ["check", "\(project.folder.path)/scripts/jobs"]] {
            let outcome = await project.run(words)
            #expect(outcome.status == 1)
            #expect(outcome.output.contains(expected), "\(outcome.output)")
        }
    }

    @Test("what 'new' makes passes the check")
    func templates() async throws {
        #expect(await project.run(["new", "daemon", "greeter"]).status == 0)
        #expect(await project.run(["check"]).messages == "2 files checked: 0 errors, 0 warnings\n")
        #expect(await project.run(["new", "job", "crunch"]).status == 0)
        #expect(await project.run(["check"]).messages == "4 files checked: 0 errors, 0 warnings\n")
        #expect(await project.run(["new", "job", "crunch"]).status == 1)
        #expect(await project.run(["new", "project", "shop"]).status == 0)
        let outcome = await project.run(["--dir", "\(project.folder.path)/shop", "check"])
        #expect(outcome.messages == "3 files checked: 0 errors, 0 warnings\n", "\(outcome.output)")
        #expect(outcome.status == 0)
    }
}
