extension LunadAPI {
    /// The tables that a script returns, with those inside them.
    static let declarations: [APIClass] = [
        daemon, configKey, allow, policy, backoff, jobType, command,
    ]

    private static let daemon = APIClass(
        "Daemon",
        "The table that a script of `scripts/` returns; its functions are called with it as `self`. There, `self.config` "
            + "holds the values, read-only, and `self.state` what is kept.",
        [
            .optional("doc", "string", "One sentence about the daemon."),
            .optional(
                "every", "number|string", "1",
                "Seconds from one step's due time to the next's (a step that takes longer is followed at once), or a cron "
                    + "line such as `*/5 * * * *`."),
            .optional("enabled", "boolean", "true", "Whether it starts by itself; an operator's word wins."),
            .optional(
                "config", "table<string, ConfigKey>", "{}",
                "What can be set from outside, by key; in a hook, `self.config.KEY` is the value."),
            .optional("allow", "Allow", "{}", "What it may touch besides the database."),
            .optional(
                "state", "table", "{}",
                "What it remembers: plain data that is kept; the value is what it begins with."),
            .optional(
                "state_version", "integer", "1",
                "Which form of `state` this code expects, for `on_swap` to tell them apart."
            ),
            .optional("policy", "Policy", "{}", "Its limits and delays."),
            .optional("swap", #""auto"|"manual""#, #""auto""#, "Whether a changed file takes over by itself."),
            .optional("critical", "boolean", "false", "Whether the host is ready (`/ready`) only while it runs."),
        ])

    private static let configKey = APIClass(
        "ConfigKey", "One key of `config`, or one argument of a job type's `args`.",
        [
            .init(
                "type", ConfigKey.Kind.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: "|"),
                "What a value must be; a list is a table with the keys 1…n."),
            .optional("default", "any", "The value when none is set."),
            .optional("min", "number", "The least number, or the shortest text or list."),
            .optional("max", "number", "The greatest number, or the longest text or list."),
            .optional("one_of", "any[]", "The only values allowed."),
            .optional("required", "boolean", "false", "Whether there must be a value; of no effect beside a default."),
            .optional("secret", "boolean", "false", "Whether the value is hidden where config is shown."),
            .optional("doc", "string", "What it is for."),
        ])

    private static let allow = APIClass(
        "Allow",
        "What a script may touch; all else is refused. `$KEY` stands for that config key's value. The operator's `lunad.lua` "
            + "can narrow it.",
        [
            .optional("fs", "string|string[]", "{}", "Files and folders, with all that is in them."),
            .optional("exec", "string|string[]", "{}", "Programs, by the name or path that `lunad.exec` is given."),
            .optional(
                "http", "string|string[]", "{}",
                "Hosts that may be sent requests, such as `api.example.org`, `*.example.org` or `localhost:8080`; `$KEY` is a "
                    + "config value: a host, or an address."),
        ])

    private static let policy: APIClass = {
        let policy = Policy()
        return APIClass(
            "Policy", "The limits and delays under which a daemon runs; times are in seconds.",
            [
                .optional("max_errors", "integer", "\(policy.maxErrors)", "Failures in a row until it is `failed`."),
                .optional(
                    "backoff", "Backoff", delays(policy.backoffBase, policy.backoffMax),
                    "The first and the longest delay after a failure; each further failure doubles it."),
                .optional(
                    "start_timeout", "number", policy.startTimeout.inSeconds.shown, "For loading and `on_start`."),
                .optional(
                    "step_timeout", "number", policy.stepTimeout.inSeconds.shown,
                    "The longest silence inside a hook: until a wait, a heartbeat, its end."),
                .optional(
                    "stop_timeout", "number", policy.stopTimeout.inSeconds.shown,
                    "From the request to stop until it is interrupted."),
                .optional(
                    "stop_hook_timeout", "number", policy.stopHookTimeout.inSeconds.shown,
                    "For `on_stop`, within `stop_timeout`."),
                .optional(
                    "session_timeout", "number", policy.sessionTimeout.inSeconds.shown, "The longest transaction."),
                .optional(
                    "probe_interval", "number", policy.probeInterval.inSeconds.shown,
                    "Until a failed daemon is tried again."),
                .optional("memory", "integer|string", megabytes(policy.memory), memoryDoc),
                .optional("log_rate", "number", policy.logRate.shown, "Log lines kept a second."),
                .optional("log_burst", "integer", "\(policy.logBurst)", "Log lines kept at once."),
                .optional(
                    "stop_jobs", #""leave"|"cancel"|"wait""#, "\"\(policy.stopJobs.rawValue)\"",
                    "What becomes of its unfinished jobs when it stops: they go on, are cancelled, or are waited for."),
            ])
    }()

    private static let backoff = APIClass(
        "Backoff", "How long to wait after a failure, in seconds; doubled by each further one, with some chance added.",
        [
            .optional("base", "number", "The wait after the first failure."),
            .optional("max", "number", "The longest wait."),
        ])

    private static let jobType: APIClass = {
        let job = JobDeclaration()
        return APIClass(
            "JobType", "The table that a script of `scripts/jobs/` returns; times are in seconds.",
            [
                .optional("doc", "string", "One sentence about the job."),
                .optional(
                    "args", "table<string, ConfigKey>",
                    "Its arguments, declared like `config` and checked before a job is taken; without it, any are taken."
                ),
                .optional("allow", "Allow", "{}", "What it may touch besides the database."),
                .optional(
                    "timeout", "number|false", job.timeout?.inSeconds.shown,
                    "For one attempt; `false` for no limit."),
                .optional(
                    "progress_timeout", "number|false", "false",
                    "The longest silence in an attempt: until progress, a checkpoint, a wait."),
                .optional("attempts", "integer", "\(job.attempts)", "How often it is tried."),
                .optional(
                    "backoff", "Backoff", delays(job.backoffBase, job.backoffMax),
                    "The first and the longest wait between attempts."),
                .optional("concurrency", "integer", "How many of the type run at once; any number without it."),
                .optional(
                    "conflicts_with", "string|string[]", "{}", "Types of which none runs while one of this type does."),
                .optional(
                    "cancel_timeout", "number", job.cancelTimeout.inSeconds.shown,
                    "From the request to end until it is interrupted, or its program killed."),
                .optional("memory", "integer|string", megabytes(job.memory), memoryDoc),
                .optional(
                    "command", "string[]|Command",
                    "The program that is the job, and its arguments; no shell reads them. `{NAME}` stands for an argument."
                ),
            ])
    }()

    private static let command = APIClass(
        "Command", "An external program as a job; in each text, `{NAME}` stands for the job's argument of that name.",
        [
            .init("argv", "string[]", "The program and its arguments."),
            .optional("env", "table<string, string>", "{}", "Environment variables that it is given."),
            .optional("cwd", "string", "The folder in which it runs; the project's without it."),
            .optional("stdin", "string", "What it reads on its standard input; nothing without it."),
            .optional(
                "output_limit", "integer|string", megabytes(JobCommand(argv: []).outputLimit),
                "How much of each output is kept, at most 4 MB; the middle of what is longer is left out."),
        ])

    private static let memoryDoc = "The cap of its Lua heap, in bytes or as text such as \"16MB\"; 256 KB to 4 GB."

    private static func delays(_ base: Duration, _ max: Duration) -> String {
        "{ base = \(base.inSeconds.shown), max = \(max.inSeconds.shown) }"
    }

    private static func megabytes(_ bytes: Int) -> String { "\"\(MemorySize.shown(bytes).filter { $0 != " " })\"" }
}
