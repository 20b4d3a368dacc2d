import Model
import Platform

/// Tries a swap without a host.
struct TestSwapCommand: Command {
    static let declaration = CommandDeclaration(
        name: "test-swap", summary: "try a swap and some steps, without a host",
        discussion: """
            Runs OLD with the given state, lets NEW take over, and runs some steps of it: in virtual time, with a database in
            memory and the project's modules, job types and migrations. The state is JSON, such as 'lunad console NAME -e
            ...' or the API's /state show it: either the state itself, or {"state_version": N, "state": {…}}. Exit status 1
            when NEW is refused or one of its steps fails.
            """,
        positionals: [
            .init(name: "OLD", doc: "the script as it runs now"),
            .init(name: "NEW", doc: "the script that is to take over"),
        ],
        options: [
            .init(long: "state", value: "FILE", doc: "what OLD has saved (default: what it begins with)"),
            .init(long: "steps", value: "N", doc: "steps of NEW (default: 5)"),
        ])

    private static let mostSteps = 100_000
    private static let timeout = Duration.seconds(60)

    private let files: (old: String, new: String)
    private let stateFile: String?
    private let steps: Int

    init(_ arguments: ParsedArguments) throws(UsageError) {
        files = (arguments.positionals[0], arguments.positionals[1])
        stateFile = arguments.values["state"]
        let text = arguments.values["steps"] ?? "5"
        guard let steps = Int(text), (0...Self.mostSteps).contains(steps) else {
            throw UsageError(
                "'--steps' is '\(text)'; expected a whole number up to \(Self.mostSteps)", command: "test-swap")
        }
        self.steps = steps
    }

    func run(in context: CommandContext) async throws(HostError) -> ExitCode {
        guard let rehearse = context.rehearseSwap else {
            throw HostError(.internal, "this program cannot rehearse a swap")
        }
        var options = SwapRehearsalOptions(
            old: try Self.read(files.old), new: try Self.read(files.new), steps: steps, timeout: Self.timeout)
        if let stateFile { options.state = try Self.state(stateFile) }
        let project = (try? Files.facts(of: context.project.scripts))?.kind == .directory ? context.project : nil
        let absolute = project.flatMap { RealPath.of($0.path) }.map { ProjectFolder(path: $0) }
        let report = try await rehearse(options, absolute)
        if context.isJSON {
            context.output.line(try JSON.encode(report.value, style: .typed))
        } else {
            show(report, context)
        }
        return report.refusal == nil && report.failure == nil ? .done : .failed
    }

    private static func read(_ path: String) throws(HostError) -> [UInt8] {
        do {
            return try Files.read(path, limit: ScriptCatalog.sourceLimit)
        } catch {
            throw HostError(.io, "\(path) cannot be read: \(error.message)", cause: error.cause)
        }
    }

    private static func state(_ path: String) throws(HostError) -> (state: Value, version: Int) {
        let value: Value
        do {
            value = try JSON.decode(try read(path), style: .typed)
        } catch {
            throw HostError(.invalidArgument, "\(path): \(error.message)")
        }
        if let state = value["state"], let version = value["state_version"]?.integerValue {
            return (state, Int(version))
        }
        guard value.isTable else { throw HostError(.invalidArgument, "\(path) holds no table: \(value.shown())") }
        return (value, 1)
    }

    private func show(_ report: SwapRehearsalReport, _ context: CommandContext) {
        func line(_ label: String, _ value: Value) {
            let text = (try? JSON.encode(value, style: .typed)) ?? value.shown()
            context.output.line("\(label.padded(to: 17))\(TerminalText.escape(text))")
        }
        for entry in report.log where entry.level >= .warn { context.messages.line(TerminalText.escape(entry.message)) }
        line("state before", report.before)
        if let refusal = report.refusal {
            return context.output.line("\(Paint.red.on("refused", context.output)): \(TerminalText.escape(refusal))")
        }
        if let state = report.afterSwap { line("as it took over", state) }
        if let state = report.afterSteps { line("after \(report.steps) steps", state) }
        if let failure = report.failure {
            context.output.line("\(Paint.red.on("failed", context.output)): \(TerminalText.escape(failure))")
        }
    }
}

extension SwapRehearsalReport {
    /// As `--json` shows it.
    fileprivate var value: Value {
        [
            "before": before, "refusal": refusal.map { .string($0) } ?? .null, "after_swap": afterSwap ?? .null,
            "steps": .integer(Int64(steps)), "failure": failure.map { .string($0) } ?? .null,
            "after_steps": afterSteps ?? .null,
        ]
    }
}
