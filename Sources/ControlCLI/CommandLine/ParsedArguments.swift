/// The words of a command line, sorted into what a command declares.
struct ParsedArguments: Sendable {
    var positionals: [String] = []
    /// By long name; of a repeated option the last value counts.
    var values: [String: String] = [:]
    /// By long name, every value in the order given.
    var lists: [String: [String]] = [:]
    var flags: Set<String> = []

    func has(_ flag: String) -> Bool { flags.contains(flag) }
}

/// A command line that cannot be understood: a sentence, and the command whose help would explain it.
struct UsageError: Error, Hashable {
    var message: String
    var command: String?

    init(_ message: String, command: String? = nil) {
        self.message = message
        self.command = command
    }
}
