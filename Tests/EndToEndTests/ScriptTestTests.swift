import Model
import Platform
import Testing

@Suite("The scripts' own tests")
struct ScriptTestTests {
    /// This repository, which is a project itself.
    private static let repository = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()

    @Test("the tests of this repository's daemons pass, in a moment, and leave nothing behind")
    func repository() async throws {
        let project = try HostedProject()
        let before = try Files.facts(of: Self.repository + "/var/lunad.db")?.modified
        let outcome = try await project.command(words: ["test", "--dir", Self.repository, "--json"])
        let value = try outcome.json
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(value["failed"] == 0 && value["pending"] == 0)
        #expect((value["passed"]?.integerValue ?? 0) >= 15)
        #expect(try Files.facts(of: Self.repository + "/var/lunad.db")?.modified == before)
    }

    @Test("new daemons and jobs pass the tests that come with them, and a broken one fails them")
    func templates() async throws {
        let project = try HostedProject()
        #expect(try await project.command("new", "daemon", "greeter").status == 0)
        #expect(try await project.command("new", "job", "work").status == 0)
        let good = try await project.command("test")
        #expect(good.status == 0, "\(good.output)")
        #expect(good.output.contains("4 tests: 4 passed"))
        let text = try HostedProject.read(project.folder.scripts + "/greeter.lua")
        let parts = text.split(separator: "count + 1", maxSplits: 1)
        try project.script("greeter", parts.joined(separator: "count + 2"))
        let bad = try await project.command("test", "--tap", "--filter", "greeter")
        #expect(bad.status == 1)
        #expect(bad.output.contains("not ok 1 - greeter does a step every five seconds"))
        #expect(bad.output.contains("    expected: 13\n    got:      26\n"))
        #expect(try !project.hasDatabase, "tests make nothing in the project")
    }

    @Test("a project without tests is told what to write")
    func none() async throws {
        let outcome = try await HostedProject().command("test")
        #expect(outcome.status == 1)
        #expect(outcome.messages == "lunad: there are no tests: write some to scripts/tests/NAME_test.lua\n")
    }
}
