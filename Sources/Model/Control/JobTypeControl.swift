/// The port through which the control plane asks which job types there are.
package protocol JobTypeControl: AnyObject, Sendable {
    /// In order of the names; one that cannot be loaded is there, with its problem.
    func jobTypes() -> [JobTypeStanding]
    /// `notFound` with a near name when there is none.
    func jobType(named name: String) throws(HostError) -> JobTypeStanding
}

/// A job type as its script declares it, or what is wrong with the script.
package struct JobTypeStanding: Sendable, Hashable {
    package var name: String
    package var declaration: Result<JobDeclaration, HostError>

    package init(name: String, declaration: Result<JobDeclaration, HostError>) {
        self.name = name
        self.declaration = declaration
    }

    /// `{type, doc, kind, args, takes_any_args, command, timeout, progress_timeout, attempts, backoff, concurrency,
    /// conflicts_with, cancel_timeout, memory_bytes, problem}`. `args` has the keys that a form needs; times are seconds,
    /// null for no limit. Of a type that cannot be loaded there is `problem` alone.
    package var value: Value {
        switch declaration {
        case .success(let declaration):
            return .object([.init("type", .string(name))] + Self.fields(declaration) + [.init("problem", .null)])
        case .failure(let error):
            return .object([.init("type", .string(name)), .init("problem", .string(error.description))])
        }
    }

    private static func fields(_ type: JobDeclaration) -> [Value.Field] {
        let seconds = { (span: Duration?) -> Value in span.map { .number($0.inSeconds) } ?? .null }
        return [
            .init("doc", .text(type.doc)), .init("kind", type.command == nil ? "lua" : "command"),
            .init("args", .array(type.args.keys.map(\.schemaValue))),
            .init("takes_any_args", .boolean(!type.hasArgsSchema)),
            .init("command", type.command.map { .array($0.argv.map { .string($0) }) } ?? .null),
            .init("timeout", seconds(type.timeout)), .init("progress_timeout", seconds(type.progressTimeout)),
            .init("attempts", .integer(Int64(type.attempts))),
            .init("backoff", ["base": seconds(type.backoffBase), "max": seconds(type.backoffMax)]),
            .init("concurrency", type.concurrency.map { .integer(Int64($0)) } ?? .null),
            .init("conflicts_with", .array(type.conflictsWith.sorted().map { .string($0) })),
            .init("cancel_timeout", seconds(type.cancelTimeout)), .init("memory_bytes", .integer(Int64(type.memory))),
        ]
    }
}
