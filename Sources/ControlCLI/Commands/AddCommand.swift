import Model
import Platform

/// Makes another instance of a script.
struct AddCommand: Command {
    static let declaration = CommandDeclaration(
        name: "add", summary: "make another instance of a script, and start it",
        positionals: [
            .init(name: "NAME", doc: "the new daemon's name", completion: .nothing),
            .init(name: "KEY=VALUE", doc: "config keys to set", presence: .repeated),
        ],
        options: [
            .init(long: "script", value: "SCRIPT", doc: "the script that it is an instance of"),
            .init(long: "disabled", doc: "do not start it, now or with the host"),
        ])

    private let name: String
    private let assignments: [String]
    private let script: String
    private let isEnabled: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        guard let script = arguments.values["script"] else {
            throw UsageError("--script is missing: the script that it is to be an instance of", command: "add")
        }
        name = arguments.positionals[0]
        assignments = Array(arguments.positionals.dropFirst())
        self.script = script.hasSuffix(".lua") ? String(script.dropLast(4)) : script
        isEnabled = !arguments.has("disabled")
    }

    func run(in context: CommandContext) async throws(HostError) -> ExitCode {
        let record = try await ControlClient(context.project).call(
            .post, ["api", "daemons"],
            body: [
                "name": .string(name), "script": .string(script), "enabled": .boolean(isEnabled),
                "set": .array(assignments.map { .string($0) }),
            ])
        if context.isJSON {
            context.output.line(try JSON.encode(record, style: .typed))
        } else {
            let reason = TerminalText.escape(record["reason"]?.stringValue ?? "")
            context.output.line("Added \(name): \(record["status"]?.stringValue ?? ""), \(reason)")
        }
        return .done
    }
}
