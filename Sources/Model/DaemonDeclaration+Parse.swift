extension DaemonDeclaration {
    /// The functions of a daemon's table that the host calls.
    package static let knownHooks = LunadAPI.daemonHooks.map(\.name)

    /// The longest `every`: a year.
    private static let longestInterval = 366.0 * 86_400

    /// Reads the table that a script returned.
    ///
    /// `table` is its plain data, `hooks` the names of all functions in it, `file` how messages name the script. An
    /// error (`script`) lists every problem, each with its field, what is wrong and what would be right.
    package static func parse(
        table: Value, hooks: Set<String>, file: String
    ) -> Result<DaemonDeclaration, HostError> {
        let (declaration, reader) = read(table, hooks)
        if let error = reader.error(in: file) { return .failure(error) }
        return .success(declaration)
    }

    /// What `parse` would find wrong, each problem a sentence that begins with its field's path, or with `function`
    /// and a name.
    package static func problems(table: Value, hooks: Set<String>) -> [String] { read(table, hooks).reader.problems }

    private static func read(
        _ table: Value, _ hooks: Set<String>
    ) -> (declaration: DaemonDeclaration, reader: TableReader) {
        var reader = TableReader(table)
        var declaration = DaemonDeclaration()
        declaration.doc = reader.string("doc")
        declaration.readInterval(&reader)
        declaration.enabled = reader.boolean("enabled") ?? true
        declaration.config = reader.table("config") { ConfigSchema(&$0) } ?? .init()
        declaration.readGrants(&reader)
        declaration.readState(&reader)
        declaration.policy = reader.table("policy") { Policy(&$0) } ?? .init()
        declaration.swap = reader.word("swap", SwapMode.self) ?? .automatic
        declaration.isCritical = reader.boolean("critical") ?? false
        declaration.readHooks(hooks, &reader)
        reader.finish()
        return (declaration, reader)
    }

    private mutating func readInterval(_ reader: inout TableReader) {
        switch reader.value("every") {
        case nil: return
        case .string(let line):
            do {
                let cron = try CronExpression(line)
                every = .cron(cron)
                if cron.next(after: WallTime(milliseconds: 0), offset: { _ in 0 }) == nil {
                    reader.problem("every", "is \"\(line)\", which is never due: no month has such a day")
                }
            } catch {
                reader.problem("every", "is neither a number of seconds nor a \(error.message)")
            }
        case let value?:
            guard let seconds = value.doubleValue, seconds > 0, seconds <= Self.longestInterval else {
                let expected = "seconds above 0 and up to a year, or a cron line such as \"*/5 * * * *\""
                reader.problem("every", "is \(value.shown()); expected \(expected)")
                return
            }
            every = .seconds(seconds)
        }
    }

    private mutating func readGrants(_ reader: inout TableReader) {
        let keys = config.keys
        let grants = reader.table("allow") { reader in
            let grants = Grants(
                fs: reader.strings("fs") ?? [], exec: reader.strings("exec") ?? [], http: reader.strings("http") ?? [])
            let lists = [("fs", grants.fs), ("exec", grants.exec), ("http", grants.http)]
            for (name, list) in lists {
                for entry in list where entry.hasPrefix("$") {
                    Self.checkReference(entry, in: name, keys, &reader)
                }
                if list.contains("") { reader.problem(name, "has an empty entry") }
            }
            grants.checkHosts(&reader)
            return grants
        }
        allow = grants ?? .init()
    }

    /// A `$key` must be a declared key that holds text.
    private static func checkReference(
        _ entry: String, in list: String, _ keys: [ConfigKey], _ reader: inout TableReader
    ) {
        let name = String(entry.dropFirst().prefix { $0 != "/" })
        guard let key = keys.first(where: { $0.name == name }) else {
            let hint = DidYouMean.hint(for: name, in: keys.map(\.name))
            reader.problem(list, "names \"\(entry)\", but config declares no key \"\(name)\"\(hint)")
            return
        }
        if key.type != .string, key.type != .list {
            reader.problem(list, "names \"\(entry)\", but config.\(name) is no string or list of strings")
        }
    }

    private mutating func readState(_ reader: inout TableReader) {
        if let state = reader.value("state") {
            initialState = state
            if !state.isTable { reader.problem("state", "is \(state.shown()); expected a table") }
        }
        stateVersion = reader.integer("state_version", 1...1_000_000_000) ?? 1
    }

    private mutating func readHooks(_ functions: Set<String>, _ reader: inout TableReader) {
        hooks = functions.intersection(Self.knownHooks)
        let missing = Self.knownHooks.filter { !hooks.contains($0) }
        let others = functions.subtracting(Self.knownHooks).sorted()
        for name in others {
            if let meant = DidYouMean.closest(to: name, in: missing) {
                reader.add(["function \(name) is never called (did you mean \"\(meant)\"?)"])
            }
        }
        if !hooks.contains("run_step") {
            reader.add(["function run_step is missing: the host calls it for each step"])
        }
    }
}

extension Policy {
    private static let longestTimeout = 86_400.0

    /// Reads the `policy` table; problems go to `reader`, which stands on it.
    fileprivate init(_ reader: inout TableReader) {
        self.init()
        let timeout = 0.01...Self.longestTimeout
        maxErrors = reader.integer("max_errors", 1...1_000_000) ?? maxErrors
        reader.table("backoff") { readBackoff(&$0) }
        startTimeout = reader.seconds("start_timeout", timeout) ?? startTimeout
        stepTimeout = reader.seconds("step_timeout", timeout) ?? stepTimeout
        stopTimeout = reader.seconds("stop_timeout", timeout) ?? stopTimeout
        readStopHookTimeout(&reader, timeout)
        sessionTimeout = reader.seconds("session_timeout", 0.01...300) ?? sessionTimeout
        probeInterval = reader.seconds("probe_interval", 1...31_622_400) ?? probeInterval
        memory = reader.bytes("memory", 256 << 10...4 << 30) ?? memory
        logRate = reader.number("log_rate", 0.001...100_000, unit: "lines a second") ?? logRate
        logBurst = reader.integer("log_burst", 1...1_000_000) ?? logBurst
        stopJobs = reader.word("stop_jobs", JobsAtStop.self) ?? stopJobs
    }

    private mutating func readBackoff(_ reader: inout TableReader) {
        let delays = 0.001...Self.longestTimeout
        let base = reader.seconds("base", delays)
        let max = reader.seconds("max", delays)
        if let base, let max, base > max { reader.problem("base", "is above max") }
        backoffBase = base ?? (max.map { min($0, backoffBase) } ?? backoffBase)
        backoffMax = max ?? Swift.max(backoffMax, backoffBase)
    }

    private mutating func readStopHookTimeout(_ reader: inout TableReader, _ range: ClosedRange<Double>) {
        guard let own = reader.seconds("stop_hook_timeout", range) else {
            stopHookTimeout = min(stopHookTimeout, stopTimeout)
            return
        }
        stopHookTimeout = own
        if own > stopTimeout {
            reader.problem("stop_hook_timeout", "is above stop_timeout, which is \(stopTimeout.inSeconds.shown)")
        }
    }
}
