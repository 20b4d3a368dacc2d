import Model
import Platform
import Testing

@testable import ControlCLI

@Suite struct TestCommandTests {
    private static let log = LogEntry(
        at: WallTime(milliseconds: 0), daemon: "inbox", level: .warn, message: "no digest", fields: ["job": 1])
    private static let results = [
        ScriptTestResult(file: "scripts/tests/a_test.lua", line: 2, names: ["a", "is <good>"], outcome: .passed),
        ScriptTestResult(
            file: "scripts/tests/a_test.lua", line: 5, names: ["a", "waits"], outcome: .pending("no # time")),
        ScriptTestResult(
            file: "scripts/tests/b_test.lua", line: 3, names: ["b"],
            outcome: .failed(
                .init("not equal\nexpected: 1\ngot:      \"2\"", place: "scripts/tests/b_test.lua:4", traceback: "deep")
            ),
            seconds: 0.75, log: [log]),
    ]

    /// Runs the command on tests that come to these results.
    private func test(
        _ words: [String] = [], results: [ScriptTestResult] = results, error: HostError? = nil
    ) async throws -> TemporaryProject.Outcome {
        try await test(words, in: TemporaryProject(), results, error)
    }

    private func test(
        _ words: [String], in project: TemporaryProject, _ results: [ScriptTestResult], _ error: HostError? = nil
    ) async throws -> TemporaryProject.Outcome {
        await project.run(
            ["test"] + words,
            runTests: { _, _, tell throws(HostError) in
                if let error { throw error }
                tell(.file("scripts/tests/a_test.lua", tests: results.count))
                for result in results { tell(.ended(result)) }
            })
    }

    @Test("names and marks as they come, then each failure with its place and log, then the counts")
    func plain() async throws {
        let outcome = try await test()
        #expect(outcome.status == 1)
        #expect(
            outcome.output == """
                scripts/tests/a_test.lua
                  ✓ a is <good>
                  - a waits (pending: no # time)
                  ✗ b (750 ms)

                1) b
                   scripts/tests/b_test.lua:4
                   not equal
                   expected: 1
                   got:      "2"
                   deep
                   its hosts logged:
                     00:00:00.000 WARN  inbox  no digest job=1

                3 tests: 1 passed, 1 failed, 1 pending (0 s)

                """)
    }

    @Test("when all is well the status is 0, and quiet says nothing")
    func good() async throws {
        let outcome = try await test(["--quiet"], results: [Self.results[0]])
        #expect(outcome.status == 0)
        #expect(outcome.output == "")
    }

    @Test("TAP says every test with its number, directives escaped, and the plan")
    func tap() async throws {
        let outcome = try await test(["--tap"])
        #expect(
            outcome.output == """
                TAP version 13
                ok 1 - a is <good>
                ok 2 - a waits # SKIP no \\# time
                not ok 3 - b
                  ---
                  message: |
                    not equal
                    expected: 1
                    got:      "2"
                  at: scripts/tests/b_test.lua:4
                  ...
                1..3

                """)
    }

    @Test("--json gives one value with all of it")
    func json() async throws {
        let value = try JSON.decode(Array(try await test(["--json"]).output.utf8))
        #expect(value["passed"] == 1 && value["failed"] == 1 && value["pending"] == 1)
        guard case .array(let tests)? = value["tests"] else {
            Issue.record("no tests")
            return
        }
        #expect(tests.map { $0["outcome"]?.stringValue } == ["passed", "pending", "failed"])
        #expect(tests[2]["place"] == "scripts/tests/b_test.lua:4")
        #expect(tests[2]["seconds"]?.doubleValue == 0.75)
    }

    @Test("JUnit's XML goes to its file, with nothing in it that would be markup")
    func junit() async throws {
        let project = try TemporaryProject()
        let path = project.folder.path + "/junit.xml"
        #expect(try await test(["--junit", path], in: project, Self.results).output.contains("3 tests"))
        let text = try project.read("junit.xml")
        #expect(text.contains("<testsuites tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\""))
        #expect(text.contains("classname=\"a\" name=\"is &lt;good&gt;\" file=\"scripts/tests/a_test.lua\" line=\"2\""))
        #expect(text.contains("<skipped message=\"no # time\"/>"))
        #expect(text.contains("<failure message=\"not equal\">scripts/tests/b_test.lua:4\nnot equal"))
        #expect(text.contains("got:      &quot;2&quot;\ndeep</failure>"))
    }

    @Test("what cannot be run is told, and so is what cannot be meant")
    func errors() async throws {
        let none = try await test(error: HostError(.io, "there are no tests"))
        #expect(none.status == 1)
        #expect(none.messages == "lunad: there are no tests\n")
        let both = try await test(["--tap", "--json"])
        #expect(both.status == 2 && both.messages.contains("give one of them"))
        let timeout = try await test(["--timeout", "soon"])
        #expect(timeout.status == 2 && timeout.messages.contains("'--timeout' is 'soon'"))
    }

    @Test("a new daemon and a new job come with a test, and one that is there stays as it is")
    func templates() async throws {
        let project = try TemporaryProject()
        try Files.makeFolder(project.folder.tests)
        try project.write("-- mine", to: "scripts/tests/ours_test.lua")
        #expect(
            await project.run(["new", "daemon", "theirs"]).output.contains("scripts/tests/theirs_test.lua: lunad test"))
        #expect(try project.read("scripts/tests/theirs_test.lua").contains("host:start(\"theirs\""))
        #expect(await project.run(["new", "daemon", "ours"]).status == 0)
        #expect(try project.read("scripts/tests/ours_test.lua") == "-- mine")
        #expect(await project.run(["new", "job", "work"]).status == 0)
        #expect(try project.read("scripts/tests/work_test.lua").contains("host:run_job(\"work\""))
        #expect(await project.run(["check"]).messages == "6 files checked: 0 errors, 0 warnings\n")
    }
}
