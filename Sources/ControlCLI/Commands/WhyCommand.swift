import Model

/// Explains a daemon's state: cause, error, what happens next and what would change it.
struct WhyCommand: Command {
    static let declaration = CommandDeclaration(
        name: "why", summary: "explain why a daemon is in its state, and what happens next",
        positionals: [.init(name: "NAME", doc: "the daemon")])

    private static let shownEvents = 5

    private let name: String

    init(_ arguments: ParsedArguments) { name = arguments.positionals[0] }

    func run(in context: CommandContext) throws(HostError) -> ExitCode {
        let view = try HostView(context.project, clock: context.clock)
        defer { view.store.close() }
        let record = try view.daemon(named: name)
        let explanation = Explanation(record, isHostRunning: view.isHostRunning, now: context.clock.now())
        if context.isJSON {
            context.output.line(try JSON.encode(explanation.value))
            return .done
        }
        context.output.write(explanation.text(for: context.output))
        let events = try view.store.activities(of: name, limit: Self.shownEvents)
        if !events.isEmpty { context.output.line(Paint.bold.on("Before that:", context.output)) }
        for event in events {
            let age = Ages.ago(event.at, now: context.clock.now())
            context.output.line("  \(age.padded(to: 14))  \(event.message.shortened(to: 200))")
        }
        return .done
    }
}
