import Model
import Testing

@testable import ControlCLI

@Suite struct ErrorsCommandTests {
    private let project: TemporaryProject

    init() throws { project = try TemporaryProject() }

    private func report(_ message: String, _ fingerprint: String, ago: Int64) -> ErrorReport {
        ErrorReport(
            at: project.clock.now() + .seconds(-ago), daemon: "inbox", kind: "runtime", message: message,
            traceback: nil, file: "scripts/inbox.lua", line: 7, fingerprint: fingerprint, generation: 1, codeHash: "c")
    }

    @Test("what failed is shown once each, and what is resolved only when it is asked for")
    func errors() async throws {
        try await project.store(
            DaemonRecord.make("inbox", .running).writes + [
                .error(report("old", "aa", ago: 90)),
                .resolveErrors(daemon: "inbox", at: project.clock.now() + .seconds(-80)),
                .error(report("boom 1", "bb", ago: 9)), .error(report("boom 2", "bb", ago: 3)),
            ])
        let outcome = await project.run(["errors", "inbox"])
        #expect(outcome.status == 0)
        #expect(
            outcome.output == """
                DAEMON  LAST     COUNT  KIND     WHERE                FINGERPRINT  WHAT
                inbox   3 s ago      2  runtime  scripts/inbox.lua:7  bb           boom 2

                """)
        #expect(await project.run(["errors", "--all"]).output.contains("old (resolved)"))
        #expect(await project.run(["errors", "--json"]).output.contains(#""fingerprint":"bb""#))
        #expect(await project.run(["errors", "inbxo"]).status == 4)
        #expect(await project.run(["errors", "--limit", "0"]).status == 2)
    }

    @Test("when nothing failed, that is said")
    func nothing() async throws {
        try await project.store(DaemonRecord.make("inbox", .running).writes)
        let outcome = await project.run(["errors"])
        #expect(outcome.output == "")
        #expect(outcome.messages == "Nothing failed that is not taken care of.\n")
        #expect(await project.run(["errors", "--json"]).output == "[]\n")
    }
}
