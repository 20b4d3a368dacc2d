/// A command as declared: the source of its parsing and of its help.
struct CommandDeclaration: Sendable {
    var name: String
    /// One line for the list of commands.
    var summary: String
    /// What the summary cannot say, in sentences.
    var discussion = ""
    var positionals: [Positional] = []
    var options: [Option] = []
    /// For programs, not for people: left out of help.
    var isHidden = false

    struct Positional: Sendable {
        enum Presence: Sendable {
            case required
            case optional
            case repeated
        }

        var name: String
        var doc: String
        var presence = Presence.required
        /// What it may be, where its name does not tell.
        var completion: Completion?
    }

    struct Option: Sendable {
        /// Its name after `--`.
        var long: String
        /// Its letter after `-`.
        var short: Character?
        /// What its value is called; nil when it takes none.
        var value: String?
        var doc: String
        /// What its value may be, where its placeholder does not tell.
        var completion: Completion?
    }

    /// The command with its arguments, as one line.
    var usage: String {
        let arguments = positionals.map { positional in
            switch positional.presence {
            case .required: positional.name
            case .optional: "[\(positional.name)]"
            case .repeated: "[\(positional.name)…]"
            }
        }
        return (["lunad", name] + arguments + (options.isEmpty ? [] : ["[OPTIONS]"])).joined(separator: " ")
    }
}

extension CommandDeclaration.Option {
    /// Options that every command takes.
    static let common: [Self] = [
        .init(long: "dir", value: "DIR", doc: "the project's folder (default: the current one)"),
        .init(long: "json", doc: "one JSON value on standard output; messages go to standard error"),
        .init(long: "quiet", short: "q", doc: "no messages besides errors"),
        .init(long: "help", short: "h", doc: "show this help"),
    ]
}
