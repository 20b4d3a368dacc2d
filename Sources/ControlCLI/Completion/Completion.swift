import Model

/// What a word of a command line may be, for completing it.
indirect enum Completion: Sendable, Hashable {
    /// Nothing that could be known.
    case nothing
    case files
    case folders
    case words([String])
    case commands
    case daemons
    case scripts
    case jobTypes
    /// Jobs in one of these statuses, the newest first; in any when it is empty.
    case jobs(Set<JobStatus>)
    case activeAlerts
    /// Generations of the daemon that the first argument names.
    case generations
    /// Config keys of the daemon that the first argument names, each with a `=`.
    case configKeys
    /// As the first argument says; nothing after any other.
    case byAction([String: Completion])

    /// What a placeholder of this name usually stands for.
    static func usual(for placeholder: String) -> Completion {
        switch placeholder {
        case "NAME": .daemons
        case "SCRIPT": .scripts
        case "TYPE": .jobTypes
        case "ID": .jobs([])
        case "COMMAND": .commands
        case "DIR": .folders
        case "FILE", "PATH": .files
        case "LEVEL": .words(LogLevel.allCases.map(\.rawValue))
        case "STATUS": .words(JobStatus.allCases.map(\.rawValue))
        case "KEY=VALUE": .configKeys
        case "GENERATION": .generations
        default: .nothing
        }
    }
}

extension CommandDeclaration.Positional {
    /// What it may be, declared or by its name.
    var effectiveCompletion: Completion { completion ?? .usual(for: name) }
}

extension CommandDeclaration.Option {
    /// What its value may be; nothing for one that takes none.
    var effectiveCompletion: Completion { completion ?? value.map(Completion.usual) ?? .nothing }
}
