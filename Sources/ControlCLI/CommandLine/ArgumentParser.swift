import Model

/// Reads the words after a command's name: `--name value`, `--name=value`, `-f`, `-fq`, `-n 5`, `--` ends the options.
struct ArgumentParser {
    private let command: CommandDeclaration
    private let options: [CommandDeclaration.Option]
    private var rest: ArraySlice<String>
    private var parsed = ParsedArguments()
    private var optionsEnded = false

    static func parse(
        _ words: some Sequence<String>, for command: CommandDeclaration
    ) throws(UsageError) -> ParsedArguments {
        var parser = ArgumentParser(Array(words), command)
        while let word = parser.rest.popFirst() { try parser.take(word) }
        if !parser.parsed.has("help") { try parser.checkPositionals() }
        return parser.parsed
    }

    private init(_ words: [String], _ command: CommandDeclaration) {
        self.command = command
        options = command.options + CommandDeclaration.Option.common
        rest = words[...]
    }

    private mutating func take(_ word: String) throws(UsageError) {
        if optionsEnded || word == "-" || !word.hasPrefix("-") {
            parsed.positionals.append(word)
        } else if word == "--" {
            optionsEnded = true
        } else if word.hasPrefix("--") {
            try takeLong(word.dropFirst(2))
        } else {
            try takeShort(word.dropFirst())
        }
    }

    private mutating func takeLong(_ text: Substring) throws(UsageError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let option = options.first(where: { $0.long == parts[0] }) else {
            let hint = DidYouMean.closest(to: parts[0], in: options.map(\.long)).map { "; did you mean '--\($0)'?" }
            throw fault("unknown option '--\(parts[0])'\(hint ?? "")")
        }
        if parts.count == 2, option.value == nil { throw fault("option '--\(option.long)' takes no value") }
        try set(option, attached: parts.count == 2 ? parts[1] : nil)
    }

    private mutating func takeShort(_ text: Substring) throws(UsageError) {
        var letters = text
        while let letter = letters.popFirst() {
            guard let option = options.first(where: { $0.short == letter }) else {
                throw fault("unknown option '-\(letter)'")
            }
            if option.value != nil, !letters.isEmpty { return try set(option, attached: String(letters)) }
            try set(option, attached: nil)
        }
    }

    private mutating func set(_ option: CommandDeclaration.Option, attached: String?) throws(UsageError) {
        guard let valueName = option.value else {
            parsed.flags.insert(option.long)
            return
        }
        guard let value = attached ?? rest.popFirst() else {
            throw fault("option '--\(option.long)' needs a value: \(valueName)")
        }
        parsed.values[option.long] = value
        parsed.lists[option.long, default: []].append(value)
    }

    private func checkPositionals() throws(UsageError) {
        let given = parsed.positionals.count
        let required = command.positionals.prefix { $0.presence == .required }
        if given < required.count { throw fault("\(command.positionals[given].name) is missing") }
        let isOpen = command.positionals.last?.presence == .repeated
        guard isOpen || given <= command.positionals.count else {
            throw fault("'\(parsed.positionals[command.positionals.count])' is one argument too many")
        }
    }

    private func fault(_ message: String) -> UsageError { UsageError(message, command: command.name) }
}
