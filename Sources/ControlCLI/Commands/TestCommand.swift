import Model
import Platform

/// Runs the tests of the scripts.
struct TestCommand: Command {
    static let declaration = CommandDeclaration(
        name: "test", summary: "run the scripts' own tests, in virtual time",
        discussion: """
            Runs every scripts/tests/NAME_test.lua, or those at PATH. A test gets a host of its own: the engine itself,
            with an empty database in memory and a clock that only the test moves. An hour passes in milliseconds.
            Relative paths lead into a temporary folder; what a script is granted by an absolute one is real. Exit status 1 when a test failed, or when there was none.
            """,
        positionals: [.init(name: "PATH", doc: "a test file, or a folder of them", presence: .repeated)],
        options: [
            .init(long: "filter", value: "TEXT", doc: "only tests that have TEXT in their name"),
            .init(long: "timeout", value: "SECONDS", doc: "real time that one test may take (default: 10)"),
            .init(long: "tap", doc: "the Test Anything Protocol on standard output"),
            .init(long: "junit", value: "FILE", doc: "also write the results to FILE, as JUnit XML"),
        ])

    private static let longestTimeout = 86_400.0

    private let options: ScriptTestOptions
    private let isTAP: Bool
    private let junit: String?

    init(_ arguments: ParsedArguments) throws(UsageError) {
        isTAP = arguments.has("tap")
        junit = arguments.values["junit"]
        guard !isTAP || !arguments.has("json") else {
            throw UsageError("'--tap' and '--json' both want standard output: give one of them", command: "test")
        }
        var options = ScriptTestOptions(paths: arguments.positionals, filter: arguments.values["filter"])
        if let text = arguments.values["timeout"] {
            guard let seconds = Double(text), seconds > 0, seconds <= Self.longestTimeout else {
                throw UsageError("'--timeout' is '\(text)'; expected seconds, such as 10 or 0.5", command: "test")
            }
            options.timeout = .saturating(seconds: seconds)
        }
        self.options = options
    }

    func run(in context: CommandContext) async throws(HostError) -> ExitCode {
        guard let runTests = context.runTests else {
            throw HostError(.internal, "this program cannot run tests")
        }
        let began = context.clock.monotonic()
        let report = TestReport(to: context.output, style: style(context))
        try await runTests(context.project, options) { event in report.take(event) }
        let seconds = (context.clock.monotonic() - began).inSeconds
        try report.finish(seconds: seconds)
        if let junit { try Files.write(Array(JUnitReport.text(report.results, seconds: seconds).utf8), to: junit) }
        return report.results.contains { $0.failure != nil } ? .failed : .done
    }

    private func style(_ context: CommandContext) -> TestReport.Style {
        if isTAP { return .tap }
        return context.isJSON ? .json : .plain(isQuiet: context.isQuiet)
    }
}
