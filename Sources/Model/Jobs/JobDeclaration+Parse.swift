extension JobDeclaration {
    /// The functions of a job type's table that the host calls.
    package static let knownHooks = LunadAPI.jobHooks.map(\.name)

    private static let timeouts = 0.01...31_622_400.0
    private static let memorySizes = 256 << 10...4 << 30

    /// Reads the table that a script in `scripts/jobs` returned.
    ///
    /// `table` is its plain data, `hooks` the names of all functions in it, `file` how messages name the script. An
    /// error (`script`) lists every problem, each with its field, what is wrong and what would be right.
    package static func parse(table: Value, hooks: Set<String>, file: String) -> Result<JobDeclaration, HostError> {
        let (declaration, reader) = read(table, hooks)
        if let error = reader.error(in: file) { return .failure(error) }
        return .success(declaration)
    }

    /// What `parse` would find wrong, each problem a sentence that begins with its field's path, or with `function`
    /// and a name.
    package static func problems(table: Value, hooks: Set<String>) -> [String] { read(table, hooks).reader.problems }

    private static func read(
        _ table: Value, _ hooks: Set<String>
    ) -> (declaration: JobDeclaration, reader: TableReader) {
        var reader = TableReader(table)
        var declaration = JobDeclaration()
        declaration.doc = reader.string("doc")
        if let args = reader.table("args", { ConfigSchema(&$0) }) {
            declaration.args = ConfigSchema(args.keys, noun: "an argument")
            declaration.hasArgsSchema = true
        }
        declaration.readGrants(&reader)
        declaration.readLimits(&reader)
        declaration.readRetries(&reader)
        declaration.readNeighbours(&reader)
        declaration.readCommand(&reader)
        declaration.readHooks(hooks, &reader)
        reader.finish()
        return (declaration, reader)
    }

    private mutating func readGrants(_ reader: inout TableReader) {
        let grants = reader.table("allow") { reader in
            let lists = [
                ("fs", reader.strings("fs")), ("exec", reader.strings("exec")), ("http", reader.strings("http")),
            ]
            for (name, list) in lists {
                for entry in list ?? [] {
                    if entry.isEmpty { reader.problem(name, "has an empty entry") }
                    if entry.hasPrefix("$") {
                        reader.problem(name, "names \"\(entry)\", but a job has no config for it to stand for")
                    }
                }
            }
            Grants.check(hosts: lists[2].1 ?? [], &reader)
            return Grants(fs: lists[0].1 ?? [], exec: lists[1].1 ?? [], http: lists[2].1 ?? [])
        }
        allow = grants ?? .init()
    }

    private mutating func readLimits(_ reader: inout TableReader) {
        timeout = Self.limit("timeout", &reader, instead: timeout)
        progressTimeout = Self.limit("progress_timeout", &reader, instead: progressTimeout)
        cancelTimeout = reader.seconds("cancel_timeout", 0.01...86_400) ?? cancelTimeout
        memory = reader.bytes("memory", Self.memorySizes) ?? memory
    }

    /// Seconds, or `false` for no limit.
    private static func limit(_ key: String, _ reader: inout TableReader, instead: Duration?) -> Duration? {
        guard reader.value(key) != false else { return nil }
        return reader.seconds(key, timeouts) ?? instead
    }

    private mutating func readRetries(_ reader: inout TableReader) {
        attempts = reader.integer("attempts", JobLimits.attempts) ?? attempts
        reader.table("backoff") { inner in
            let base = inner.seconds("base", 0...31_622_400)
            let max = inner.seconds("max", 0...31_622_400)
            if let base, let max, base > max { inner.problem("base", "is above max") }
            backoffBase = base ?? (max.map { min($0, backoffBase) } ?? backoffBase)
            backoffMax = max ?? Swift.max(backoffMax, backoffBase)
        }
    }

    private mutating func readNeighbours(_ reader: inout TableReader) {
        concurrency = reader.integer("concurrency", 1...100_000)
        let types = reader.strings("conflicts_with") ?? []
        if types.contains("") { reader.problem("conflicts_with", "has an empty entry") }
        conflictsWith = Set(types)
    }

    private mutating func readHooks(_ functions: Set<String>, _ reader: inout TableReader) {
        hooks = functions.intersection(Self.knownHooks)
        let missing = Self.knownHooks.filter { !hooks.contains($0) }
        for name in functions.subtracting(Self.knownHooks).sorted() {
            if let meant = DidYouMean.closest(to: name, in: missing) {
                reader.add(["function \(name) is never called (did you mean \"\(meant)\"?)"])
            }
        }
        let hasCommand = reader.has("command")
        if hasCommand, hooks.contains("run") {
            reader.problem("command", "stands beside a function run: a job type has one or the other")
        } else if hasCommand, hooks.contains("on_cancel") {
            reader.add(["function on_cancel is never called for a command: it is told to end by a signal"])
        } else if !hasCommand, !hooks.contains("run") {
            reader.add(["function run is missing: a job type has a function run or a command"])
        }
    }
}

extension JobDeclaration {
    /// The arguments of one job in the declared types, with defaults; a type that declares none takes any.
    ///
    /// Throws `invalidArgument` with every problem.
    package func checked(_ args: Value, of type: String) throws(HostError) -> Value {
        guard hasArgsSchema else { return args }
        guard case .object(let fields) = args else {
            throw HostError(.invalidArgument, "the arguments of '\(type)' are \(args.shown()); expected named ones")
        }
        switch self.args.validate(set: fields) {
        case .success(let values): return .object(values)
        case .failure(let problems):
            let list = problems.list.map(\.message).joined(separator: "; ")
            throw HostError(.invalidArgument, "the arguments of '\(type)': \(list)")
        }
    }
}

// MARK: - The command

extension JobDeclaration {
    private static let outputSizes = 1 << 10...JobLimits.outputBytes

    fileprivate mutating func readCommand(_ reader: inout TableReader) {
        guard let value = reader.value("command") else { return }
        if case .object(let fields) = value, !fields.isEmpty {
            command = reader.table("command") { Self.command(&$0) } ?? nil
        } else if let argv = reader.strings("command") {
            if value.stringValue != nil {
                reader.problem(
                    "command",
                    "is \(value.shown()); expected a list such as { \"sha256sum\", \"{path}\" }: no shell reads it")
                return
            }
            command = JobCommand(argv: argv)
            Self.checkProgram(argv, "command", &reader)
        }
        guard let command else { return }
        for (field, text) in command.templates {
            checkPlaces(in: text, value.isList ? "command" : "command.\(field)", &reader)
        }
    }

    private static func command(_ reader: inout TableReader) -> JobCommand {
        let argv = reader.strings("argv") ?? []
        if argv.isEmpty, !reader.has("argv") {
            reader.problem("argv", "is missing; expected a list of strings")
        } else {
            checkProgram(argv, "argv", &reader)
        }
        var command = JobCommand(argv: argv)
        command.environment = reader.table("env") { environment(&$0) } ?? []
        command.folder = reader.string("cwd")
        command.stdin = reader.string("stdin")
        command.outputLimit = reader.bytes("output_limit", outputSizes) ?? command.outputLimit
        return command
    }

    private static func checkProgram(_ argv: [String], _ field: String, _ reader: inout TableReader) {
        if argv.first?.isEmpty ?? true { reader.problem(field, "names no program") }
        if argv.contains(where: { $0.utf8.contains(0) }) { reader.problem(field, "holds a zero byte") }
    }

    private static func environment(_ reader: inout TableReader) -> [Value.Field] {
        var fields: [Value.Field] = []
        for name in reader.allKeys() {
            if name.isEmpty || name.utf8.contains(0) || name.contains("=") {
                reader.problem(name, "cannot be the name of an environment variable")
            } else if let text = reader.string(name) {
                if text.utf8.contains(0) { reader.problem(name, "holds a zero byte") }
                fields.append(.init(name, .string(text)))
            }
        }
        return fields
    }

    /// A placeholder must be well formed, and a declared argument where some are declared.
    private func checkPlaces(in text: String, _ field: String, _ reader: inout TableReader) {
        do {
            for name in try ArgumentTemplate(text).names where hasArgsSchema && args[name] == nil {
                let hint = DidYouMean.hint(for: name, in: args.keys.map(\.name))
                reader.problem(field, "has {\(name)}, but args declares no \"\(name)\"\(hint)")
            }
        } catch {
            reader.problem(field, "is \(Value.string(text).shown()), which \(error.message)")
        }
    }
}

extension Value {
    fileprivate var isList: Bool {
        if case .array = self { true } else { false }
    }
}
