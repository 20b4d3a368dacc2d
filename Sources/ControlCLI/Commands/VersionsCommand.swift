import Model
import Platform

/// Lists what a daemon's logic is and was.
struct VersionsCommand: Command {
    static let declaration = CommandDeclaration(
        name: "versions", summary: "list a daemon's versions and what became of them",
        discussion: """
            Newest first. The texts of the last \(CodeVersion.keptCount) are kept, up to \
            \(CodeVersion.keptBytes >> 20) MB a daemon; 'lunad rollback' goes back to one of them.
            """,
        positionals: [.init(name: "NAME", doc: "the daemon")],
        options: [.init(long: "show", value: "GENERATION", doc: "print the text of that version")])

    private let name: String
    private let shown: String?

    init(_ arguments: ParsedArguments) {
        name = arguments.positionals[0]
        shown = arguments.values["show"]
    }

    func run(in context: CommandContext) async throws(HostError) -> ExitCode {
        let client = try ControlClient(context.project)
        let address = ["api", "daemons", name, "versions"] + (shown.map { [$0] } ?? [])
        let answer = try await client.call(.get, address)
        if context.isJSON {
            context.output.line(try JSON.encode(answer, style: .typed))
        } else if shown != nil {
            guard let source = answer["source"]?.stringValue else {
                throw HostError(.notFound, "the text of that version is not kept any more")
            }
            context.output.write(source)
        } else {
            show(answer, in: context)
        }
        return .done
    }

    private func show(_ answer: Value, in context: CommandContext) {
        guard case .array(let versions) = answer, !versions.isEmpty else {
            return context.note("\(name) has never been loaded.")
        }
        var table = TextTable(["GENERATION", "OUTCOME", "SINCE", "CODE", "WHY"], numeric: [0])
        for version in versions {
            let outcome = version["outcome"]?.stringValue.flatMap(CodeVersion.Outcome.init)
            table.add([
                .init(text: String(version["generation"]?.integerValue ?? 0)),
                .init(text: outcome?.rawValue ?? "", paint: outcome?.paint),
                .init(text: String((version["at"]?.stringValue ?? "").prefix(19))),
                .init(text: String((version["code_hash"]?.stringValue ?? "").prefix(12)), paint: .dim),
                .init(text: TerminalText.escape(version["reason"]?.stringValue ?? "")),
            ])
        }
        context.output.write(table.text(for: context.output))
    }
}

extension CodeVersion.Outcome {
    fileprivate var paint: Paint? {
        switch self {
        case .running: .green
        case .failed, .refused: .red
        case .replaced, .rolledBack: nil
        }
    }
}
