import Model
import Platform

/// What `start`, `stop`, `restart`, `enable` and `disable` have in common: some daemons or all, told one thing.
struct DaemonAct {
    private let command: DaemonCommand
    private let names: [String]
    private let isForAll: Bool

    static func declaration(_ command: DaemonCommand, _ summary: String, _ discussion: String) -> CommandDeclaration {
        CommandDeclaration(
            name: command.rawValue, summary: summary, discussion: discussion,
            positionals: [.init(name: "NAME", doc: "the daemons", presence: .repeated)],
            options: [.init(long: "all", doc: "every daemon that it concerns")])
    }

    init(_ command: DaemonCommand, _ arguments: ParsedArguments) throws(UsageError) {
        self.command = command
        names = arguments.positionals
        isForAll = arguments.has("all")
        if names.isEmpty, !isForAll {
            throw UsageError("name a daemon, or say --all", command: command.rawValue)
        }
        if !names.isEmpty, isForAll {
            throw UsageError(
                "--all leaves nothing to name: '\(names[0])' is one argument too many", command: command.rawValue)
        }
    }

    /// Tells all of them, also when one of the names is wrong; then that is the exit status.
    func run(in context: CommandContext) async throws(HostError) -> ExitCode {
        let client = try ControlClient(context.project)
        var outcome = ExitCode.done
        var records: [Value] = []
        if isForAll {
            let answer = try await client.call(.post, ["api", "daemons", "\(command.rawValue)-all"])
            if case .array(let all) = answer { records = all }
        }
        for name in names {
            do throws(HostError) {
                records.append(try await client.call(.post, ["api", "daemons", name, command.rawValue]))
            } catch {
                if error.code != .notFound { throw error }
                context.messages.line("lunad: \(error)")
                outcome = .notFound
            }
        }
        for record in records where !isDone(record) && outcome == .done { outcome = .failed }
        if context.isJSON {
            context.output.line(try JSON.encode(.array(records), style: .typed))
        } else {
            for record in records { show(record, in: context) }
        }
        return outcome
    }

    private func isDone(_ record: Value) -> Bool {
        let status = record["status"]?.stringValue.flatMap(DaemonStatus.init)
        return switch command {
        case .start, .restart: status == .running || status == .starting
        case .stop: status == .stopped || status == .failed
        case .enable, .disable: true
        }
    }

    private func show(_ record: Value, in context: CommandContext) {
        let name = TerminalText.escape(record["name"]?.stringValue ?? "")
        let status = record["status"]?.stringValue ?? ""
        switch command {
        case .start, .stop, .restart:
            let paint = DaemonStatus(rawValue: status)?.paint ?? .bold
            let reason = isDone(record) ? "" : ": " + TerminalText.escape(record["reason"]?.stringValue ?? "")
            context.output.line("\(name) is \(paint.on(status, context.output))\(reason)")
        case .enable: context.output.line("\(name) starts with the host; now it is \(status)")
        case .disable: context.output.line("\(name) no longer starts with the host; now it is \(status)")
        }
    }
}
