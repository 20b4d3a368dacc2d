import Glibc
import Model
import Platform

/// Runs code in a running daemon's own environment: a prompt, one piece of code, or what comes from a pipe.
struct ConsoleCommand: Command {
    static let declaration = CommandDeclaration(
        name: "console", summary: "run code in a running daemon's own environment",
        discussion: """
            The code runs between two steps, under the daemon's limits, and sees what the daemon's functions see: self, their
            shared local variables, lunad. An expression shows its value. What it changes in self.state is kept when it ends
            well, and undone when it fails; it cannot fail the daemon. At the prompt: history, completion by the tab key, a
            statement over several lines, and Ctrl-D to leave.
            """,
        positionals: [.init(name: "NAME", doc: "the daemon")],
        options: [.init(long: "execute", short: "e", value: "CODE", doc: "run this, and end")])

    private let name: String
    private let code: String?

    init(_ arguments: ParsedArguments) {
        name = arguments.positionals[0]
        code = arguments.values["execute"]
    }

    func run(in context: CommandContext) async throws(HostError) -> ExitCode {
        let client = try ControlClient(context.project)
        if let code { return try show(try await evaluate(code, client), in: context) }
        guard isatty(STDIN_FILENO) == 1 else {
            return try show(try await evaluate(try Self.standardInput(), client), in: context)
        }
        let record = try await client.call(.get, ["api", "daemons", name])
        context.messages.line(
            "\(name), generation \(record["generation"]?.integerValue ?? 0), is \(record["status"]?.stringValue ?? "")."
                + " Ctrl-D ends.")
        return try await prompt(client, context)
    }

    // MARK: - The prompt

    private func prompt(_ client: ControlClient, _ context: CommandContext) async throws(HostError) -> ExitCode {
        let editor = LineEditor(history: HistoryFile.path) { [name] text in
            ConsoleCompletion(client: client, daemon: name).candidates(for: text)
        }
        var pending = ""
        while let line = editor.line(prompt: pending.isEmpty ? "\(name)> " : "\(name)>> ") {
            let text = pending.isEmpty ? line : pending + "\n" + line
            guard text.contains(where: { !$0.isWhitespace }) else { continue }
            let answer = try await evaluate(text, client)
            if ConsoleAnswerText.isIncomplete(answer), !line.isEmpty {
                pending = text
                continue
            }
            pending = ""
            editor.remember(text)
            _ = try show(answer, in: context)
        }
        context.output.line("")
        return .done
    }

    private func evaluate(_ code: String, _ client: ControlClient) async throws(HostError) -> Value {
        try await client.call(.post, ["api", "daemons", name, "eval"], body: ["code": .string(code)])
    }

    private func show(_ answer: Value, in context: CommandContext) throws(HostError) -> ExitCode {
        let isGood = answer["ok"]?.boolValue == true
        if context.isJSON {
            context.output.line(try JSON.encode(answer, style: .typed))
            return isGood ? .done : .failed
        }
        for line in answer["output"]?.texts ?? [] { context.output.line(TerminalText.escape(line)) }
        for value in answer["values"]?.texts ?? [] {
            context.output.line(TerminalText.escape(value, continuation: "\n"))
        }
        if let error = answer["error"]?.stringValue {
            context.messages.line(TerminalText.escape(error, continuation: "\n"))
        }
        return isGood ? .done : .failed
    }

    private static func standardInput() throws(HostError) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= 1 << 20 {
            let count = read(STDIN_FILENO, &buffer, buffer.count)
            if count <= 0 { break }
            bytes += buffer[..<count]
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw HostError(.invalidArgument, "the code is not UTF-8 text")
        }
        return text
    }
}

/// What an answer tells about the code.
enum ConsoleAnswerText {
    /// The code could go on: it ends in the middle of a statement.
    static func isIncomplete(_ answer: Value) -> Bool {
        answer["error"]?.stringValue?.hasSuffix("near <eof>") == true
    }
}

extension Value {
    fileprivate var texts: [String] {
        guard case .array(let elements) = self else { return [] }
        return elements.compactMap(\.stringValue)
    }
}
