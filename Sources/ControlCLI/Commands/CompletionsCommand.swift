import Model

/// Prints a shell's script for completing lunad's command lines.
struct CompletionsCommand: Command {
    static let declaration = CommandDeclaration(
        name: "completions", summary: "print the completions for a shell",
        discussion: """
            They complete commands, options, daemons, jobs and their types, config keys and more, also while no host is
            running. To have them in the shell at hand:

            bash   source <(lunad completions bash)
            zsh    source <(lunad completions zsh)
            fish   lunad completions fish | source

            'make install' puts them where each shell finds them.
            """,
        positionals: [.init(name: "SHELL", doc: "bash, zsh or fish", completion: .words(["bash", "zsh", "fish"]))])

    private let script: String

    init(_ arguments: ParsedArguments) throws(UsageError) {
        let scripts = ["bash": ShellScripts.bash, "zsh": ShellScripts.zsh, "fish": ShellScripts.fish]
        let shell = arguments.positionals[0]
        guard let script = scripts[shell] else {
            let hint = DidYouMean.closest(to: shell, in: scripts.keys.sorted()).map { "did you mean '\($0)'?" }
            throw UsageError(
                "there are no completions for '\(shell)'; \(hint ?? "expected bash, zsh or fish")",
                command: "completions")
        }
        self.script = script
    }

    func run(in context: CommandContext) -> ExitCode {
        context.output.write(script)
        return .done
    }
}
