import Model
import Platform

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
        let now = context.clock.now()
        if context.isJSON {
            let explanation = Explanation(record, isHostRunning: view.isHostRunning, now: now)
            context.output.line(try JSON.encode(explanation.value))
            return .done
        }
        let explanation = Explanation(record.forTerminal, isHostRunning: view.isHostRunning, now: now)
        context.output.write(explanation.text(for: context.output))
        showEvents(try view.store.activities(of: name, limit: Self.shownEvents), now: now, on: context.output)
        return .done
    }

    private func showEvents(_ events: [Activity], now: WallTime, on screen: Screen) {
        guard !events.isEmpty else { return }
        screen.line(Paint.bold.on("Lately:", screen))
        for event in events {
            let message = TerminalText.escape(event.message).shortened(to: 200)
            screen.line("  \(Ages.ago(event.at, now: now).padded(to: 14))  \(message)")
        }
    }
}
