import Model
import Platform

/// Shows a daemon's config, and changes it.
struct ConfigCommand: Command {
    static let declaration = CommandDeclaration(
        name: "config", summary: "show a daemon's config, or change some of its keys",
        discussion: """
            Values are read by the key's declared type; lists and tables are JSON. A change is checked as a whole before any
            of it is kept, leaves the other keys alone, and restarts the daemon with its state when it runs.
            """,
        positionals: [
            .init(name: "NAME", doc: "the daemon"),
            .init(name: "KEY=VALUE", doc: "keys to set", presence: .repeated),
        ],
        options: [.init(long: "unset", value: "KEY", doc: "let this key's default count again; may be repeated")])

    private let name: String
    private let assignments: [String]
    private let unset: [String]

    init(_ arguments: ParsedArguments) {
        name = arguments.positionals[0]
        assignments = Array(arguments.positionals.dropFirst())
        unset = arguments.lists["unset"] ?? []
    }

    func run(in context: CommandContext) async throws(HostError) -> ExitCode {
        let client = try ControlClient(context.project)
        let address = ["api", "daemons", name, "config"]
        let config: Value
        if assignments.isEmpty, unset.isEmpty {
            config = try await client.call(.get, address)
        } else {
            config = try await client.call(
                .post, address,
                body: [
                    "set": .array(assignments.map { .string($0) }), "unset": .array(unset.map { .string($0) }),
                ])
        }
        if context.isJSON {
            context.output.line(try JSON.encode(config, style: .typed))
        } else {
            show(config, in: context)
        }
        return .done
    }

    private func show(_ config: Value, in context: CommandContext) {
        guard case .array(let keys)? = config["keys"], !keys.isEmpty else {
            return context.note("\(name) declares no config.")
        }
        var table = TextTable(["KEY", "VALUE", "SET", "TYPE", "WHAT"])
        for key in keys {
            let isSet = key["is_set"]?.boolValue == true
            let value = key["secret"]?.boolValue == true ? "(secret)" : key["value"]?.shown() ?? "nil"
            table.add([
                .init(text: key["key"]?.stringValue ?? ""),
                .init(text: TerminalText.escape(value), paint: isSet ? .bold : nil),
                .init(text: isSet ? "yes" : "-"),
                .init(text: key["type"]?.stringValue ?? ""),
                .init(text: TerminalText.escape(key["doc"]?.stringValue ?? ""), paint: .dim),
            ])
        }
        context.output.write(table.text(for: context.output))
        guard case .array(let problems)? = config["problems"] else { return }
        for problem in problems { context.messages.line("lunad: \(TerminalText.escape(problem.stringValue ?? ""))") }
    }
}
