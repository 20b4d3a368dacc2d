import Model

/// The `lunad` command line: finds the command, runs it, and turns what came of it into an exit status.
package enum CommandLineTool {
    static let commands: [any Command.Type] = [
        RunCommand.self, NewCommand.self, CheckCommand.self, TestCommand.self, TestSwapCommand.self, MetaCommand.self,
        MigrateCommand.self,
        StatusCommand.self, WhyCommand.self, ErrorsCommand.self,
        LogsCommand.self, EventsCommand.self, StartCommand.self, StopCommand.self, RestartCommand.self,
        EnableCommand.self, DisableCommand.self, SwapCommand.self, RollbackCommand.self, VersionsCommand.self,
        ConsoleCommand.self,
        AddCommand.self, RemoveCommand.self, ConfigCommand.self, JobsCommand.self, SchedulesCommand.self,
        AlertsCommand.self,
        BackupCommand.self, TokenCommand.self, DoctorCommand.self, CompletionsCommand.self, CompleteCommand.self,
        VersionCommand.self, HelpCommand.self,
    ]

    /// Those that people use.
    static var shownCommands: [any Command.Type] { commands.filter { !$0.declaration.isHidden } }

    /// Runs the command line `arguments` (without the program's name) on this process's terminal and streams.
    /// `runHost` does the hosting for `lunad run`, `runTests` the testing for `lunad test`.
    package static func main(
        arguments: [String], clock: any HostClock, libraries: [LibraryVersion] = [], runTests: ScriptTestRun? = nil,
        rehearseSwap: SwapRehearsalRun? = nil, runHost: @escaping @Sendable (RunOptions) async -> Int32
    ) async -> Int32 {
        var context = CommandContext(
            output: .standardOutput(), messages: .standardError(), clock: clock, runHost: runHost)
        context.runTests = runTests
        context.rehearseSwap = rehearseSwap
        context.libraries = libraries
        return await run(arguments, in: context)
    }

    /// Runs a command line in `context`.
    package static func run(_ arguments: [String], in context: CommandContext) async -> Int32 {
        do throws(UsageError) {
            let line = try CommandLineWords(arguments)
            let arguments = try ArgumentParser.parse(line.arguments, for: line.command.declaration)
            if arguments.has("help") {
                context.output.write(HelpText.command(line.command.declaration))
                return ExitCode.done.rawValue
            }
            var context = context
            context.folder = arguments.values["dir"] ?? "."
            context.isJSON = arguments.has("json")
            context.isQuiet = arguments.has("quiet")
            return await run(try line.command.init(arguments), in: context)
        } catch {
            context.messages.line("lunad: \(error.message)")
            context.messages.line("Try 'lunad help\(error.command.map { " \($0)" } ?? "")'.")
            return ExitCode.wrongUsage.rawValue
        }
    }

    static func command(named name: String) throws(UsageError) -> any Command.Type {
        for command in commands where command.declaration.name == name { return command }
        let hint = DidYouMean.closest(to: name, in: shownCommands.map { $0.declaration.name })
        throw UsageError("unknown command '\(name)'" + (hint.map { "; did you mean '\($0)'?" } ?? ""))
    }

    private static func run(_ command: any Command, in context: CommandContext) async -> Int32 {
        do throws(HostError) {
            return try await command.run(in: context).rawValue
        } catch {
            context.messages.line("lunad: \(error)")
            return ExitCode(error.code).rawValue
        }
    }
}

/// A command line split at the command's name; common options may stand on either side of it.
private struct CommandLineWords {
    var command: any Command.Type
    var arguments: [String]

    init(_ words: [String]) throws(UsageError) {
        let index = Self.indexOfCommand(in: words)
        guard index < words.count else {
            command = HelpCommand.self
            arguments = words.filter { $0 != "--help" && $0 != "-h" && $0 != "--version" }
            if words.contains("--version") { command = VersionCommand.self }
            return
        }
        command = try CommandLineTool.command(named: words[index])
        arguments = Array(words[..<index] + words[(index + 1)...])
    }

    private static func indexOfCommand(in words: [String]) -> Int {
        var index = 0
        while index < words.count, words[index].hasPrefix("-") { index += words[index] == "--dir" ? 2 : 1 }
        return index
    }
}
