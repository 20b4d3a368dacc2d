import Model

/// A command line up to the word that is being typed, taken apart: what that word may be.
struct CompletionQuestion: Sendable {
    enum Asked: Sendable, Hashable {
        case value(Completion)
        /// Options of a command, or those of every command when there is none yet.
        case option
    }

    /// What has been typed of the word; of an option's value in `--name=value`, the value.
    private(set) var start: String
    /// What goes in front of each answer, such as `--level=`.
    private(set) var prefix = ""
    private(set) var asked = Asked.value(.commands)
    private(set) var command: CommandDeclaration?
    private(set) var positionals: [String] = []
    /// The project's folder as `--dir` says it.
    private(set) var folder: String?
    /// Long names of the options that were given.
    private(set) var given: Set<String> = []

    private var optionsEnded = false
    /// The option whose value the next word is.
    private var open: CommandDeclaration.Option?

    /// `words` is what follows the program's name; the last one is being typed, and may be empty.
    init(_ words: [String], commands: [CommandDeclaration]) {
        start = words.last ?? ""
        for word in words.dropLast() { take(word, commands) }
        ask()
    }

    /// The options that the word may be.
    var options: [CommandDeclaration.Option] { (command?.options ?? []) + CommandDeclaration.Option.common }

    // MARK: - Words before

    private mutating func take(_ word: String, _ commands: [CommandDeclaration]) {
        if let option = open {
            note(option, value: word)
            open = nil
        } else if optionsEnded || word == "-" || !word.hasPrefix("-") {
            if command == nil {
                command = commands.first { $0.name == word }
                // An unknown command takes nothing that could be known.
                if command == nil { command = CommandDeclaration(name: word, summary: "") }
            } else {
                positionals.append(word)
            }
        } else if word == "--" {
            optionsEnded = true
        } else if word.hasPrefix("--") {
            takeLong(word.dropFirst(2))
        } else {
            takeShort(word.dropFirst())
        }
    }

    private mutating func takeLong(_ text: Substring) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let option = options.first(where: { $0.long == parts[0] }) else { return }
        if parts.count == 2 {
            note(option, value: parts[1])
        } else if option.value != nil {
            open = option
        } else {
            note(option, value: nil)
        }
    }

    private mutating func takeShort(_ text: Substring) {
        var letters = text
        while let letter = letters.popFirst() {
            guard let option = options.first(where: { $0.short == letter }) else { return }
            guard option.value != nil else {
                note(option, value: nil)
                continue
            }
            if letters.isEmpty { open = option } else { note(option, value: String(letters)) }
            return
        }
    }

    private mutating func note(_ option: CommandDeclaration.Option, value: String?) {
        given.insert(option.long)
        if option.long == "dir" { folder = value }
    }

    // MARK: - The word being typed

    private mutating func ask() {
        if let option = open {
            asked = .value(option.effectiveCompletion)
        } else if !optionsEnded, start.hasPrefix("--"), let equals = start.firstIndex(of: "=") {
            let name = start[start.index(start.startIndex, offsetBy: 2)..<equals]
            prefix = String(start[...equals])
            start = String(start[start.index(after: equals)...])
            asked = .value(options.first { $0.long == name }?.effectiveCompletion ?? .nothing)
        } else if !optionsEnded, start.hasPrefix("-") {
            asked = .option
        } else if let command {
            asked = .value(Self.resolve(positional(of: command)?.effectiveCompletion ?? .nothing, after: positionals))
        }
    }

    private func positional(of command: CommandDeclaration) -> CommandDeclaration.Positional? {
        if positionals.count < command.positionals.count { return command.positionals[positionals.count] }
        return command.positionals.last.flatMap { $0.presence == .repeated ? $0 : nil }
    }

    private static func resolve(_ completion: Completion, after positionals: [String]) -> Completion {
        guard case .byAction(let actions) = completion else { return completion }
        return positionals.first.flatMap { actions[$0] } ?? .nothing
    }
}
