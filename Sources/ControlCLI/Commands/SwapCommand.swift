import Model
import Platform

/// Lets a daemon's changed script, or another text, take over while it runs.
struct SwapCommand: Command {
    static let declaration = CommandDeclaration(
        name: "swap", summary: "let a daemon's changed script take over while it runs",
        discussion: """
            Loads scripts/NAME.lua, or FILE, beside what runs now. When it loads, its config fits and it takes the state, it
            takes over between two steps; else nothing happened, and the error says why. When it fails one of its first
            steps, the version before takes over again. FILE is not copied to scripts/: it runs until that file changes.
            """,
        positionals: [
            .init(name: "NAME", doc: "the daemon"),
            .init(name: "FILE", doc: "the new text (default: the daemon's script)", presence: .optional),
        ],
        options: [.init(long: "dry-run", doc: "say what would happen, and change nothing")])

    private let name: String
    private let file: String?
    private let isDry: Bool

    init(_ arguments: ParsedArguments) {
        name = arguments.positionals[0]
        file = arguments.positionals.dropFirst().first
        isDry = arguments.has("dry-run")
    }

    func run(in context: CommandContext) async throws(HostError) -> ExitCode {
        var body: [Value.Field] = [.init("dry_run", .boolean(isDry))]
        if let file { body.append(.init("source", .string(try text(of: file)))) }
        let client = try ControlClient(context.project)
        let before = try await client.call(.get, ["api", "daemons", name])
        let answer = try await client.call(.post, ["api", "daemons", name, "swap"], body: .object(body))
        if context.isJSON { context.output.line(try JSON.encode(answer, style: .typed)) }
        guard !isDry else { return forecast(answer, in: context) }
        let isDone = answer["generation"] != before["generation"]
        if !context.isJSON { SwapReport.show(name, answer, isDone: isDone, in: context) }
        return .done
    }

    private func text(of file: String) throws(HostError) -> String {
        let bytes: [UInt8]
        do {
            bytes = try Files.read(file, limit: ScriptCatalog.sourceLimit)
        } catch {
            throw HostError(.io, "\(file) cannot be read: \(error.message)", cause: error.cause)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw HostError(.invalidArgument, "\(file) is not UTF-8 text")
        }
        return text
    }

    private func forecast(_ answer: Value, in context: CommandContext) -> ExitCode {
        let would = answer["would"]?.stringValue.flatMap(SwapForecast.Verdict.init)
        guard !context.isJSON else { return would == .refuse ? .failed : .done }
        let reason = TerminalText.escape(answer["reason"]?.stringValue ?? "")
        switch would {
        case .swap: context.output.line("\(name) would be swapped: \(reason)")
        case .nothing: context.output.line("nothing would happen: \(reason)")
        case .refuse, nil: context.output.line("\(Paint.red.on("refused", context.output)): \(reason)")
        }
        if let to = answer["state_version_to"]?.integerValue, let from = answer["state_version_from"]?.integerValue,
            from != to
        {
            context.output.line("its state_version goes from \(from) to \(to)")
        }
        guard case .array(let problems)? = answer["config_problems"] else { return would == .refuse ? .failed : .done }
        for problem in problems { context.output.line("  \(TerminalText.escape(problem.stringValue ?? ""))") }
        return would == .refuse ? .failed : .done
    }
}

/// What became of a swap, in words.
enum SwapReport {
    static func show(_ name: String, _ record: Value, isDone: Bool, in context: CommandContext) {
        let generation = record["generation"]?.integerValue ?? 0
        guard isDone else {
            return context.output.line(
                "\(name) still runs generation \(generation): the new version takes over when the step in progress ends"
            )
        }
        context.output.line("\(name) runs generation \(generation) now")
    }
}
