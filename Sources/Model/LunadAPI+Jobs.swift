extension LunadAPI {
    static let jobs: [APIFunction] = [
        APIFunction(
            "jobs.launch",
            "Puts a job into the durable queue. When this returns, the job is on disk and will run, whatever happens to the "
                + "daemon or the host.",
            launch,
            returns: "integer: the job's id; and boolean: false when an unfinished job with the same key stands for it",
            waits: true),
        APIFunction(
            "db:launch",
            "As `lunad.jobs.launch`, inside the session's transaction: the job exists if and only if the session commits.",
            launch,
            returns: "integer: the job's id; and boolean: false when an unfinished job with the same key stands for it"),
        APIFunction(
            "jobs.get", "One job as it is now.", [.init("id", .integer, "The job's id.")],
            returns: "table: id, type, status, args, result, error, progress and so on; or nil when there is none"),
        APIFunction(
            "jobs.find", "Jobs, newest first.",
            [
                .init(
                    "filter", .table, optional: true,
                    "Any of `type`, `status`, `tag`, `daemon`, `parent`, `limit` (100 unless said, at most 1,000).")
            ], returns: "table: a list of jobs"),
        APIFunction(
            "jobs.cancel",
            "Cancels a job and its unfinished children: one that waits never runs, one that runs is asked to end and "
                + "interrupted at its deadline.",
            [
                .init("id", .integer, "The job's id."),
                .init("reason", .string, optional: true, "Why; kept with the job."),
            ],
            returns: "boolean: false when the job had ended already", waits: true),
        APIFunction(
            "jobs.monitor", "From now on `on_job` is told the end of this job, once.",
            [.init("id", .integer, "The job's id.")], waits: true),
        APIFunction(
            "jobs.monitored", "The jobs whose end this daemon waits to be told.",
            returns: "table: a list of job ids"),
        APIFunction(
            "jobs.wait",
            "Waits until the jobs have ended. A job that waits for its children holds no worker meanwhile.",
            [
                .init("ids", .any, "A job's id, or a list of them."),
                .init("timeout", .number, optional: true, "Seconds to wait at most."),
            ],
            returns: "table: the job, or the list of jobs, as they are then; check `status`", waits: true),
    ]

    private static let launch: [APIFunction.Parameter] = [
        .init("type", .string, "The job type: the name of a script in `scripts/jobs`."),
        .init("args", .table, optional: true, "Its arguments; plain data that fits the type's declaration."),
        .init(
            "options", .table, optional: true,
            "Any of `monitor` (true: `on_job` is told its end), `delay` in seconds, `priority` (higher first), `attempts`, "
                + "`key` (no second unfinished job has it) with `on_conflict` (`existing`, `replace`, `refuse`), `tags`."
        ),
    ]

    static let exec: [APIFunction] = [
        APIFunction(
            "exec",
            "Runs an external program, without a shell, in a process group of its own, and waits for its end.",
            [
                .init(
                    "argv", .table,
                    "The program and its arguments, a list of strings. `allow.exec` must name the program."),
                .init(
                    "options", .table, optional: true,
                    "Any of `timeout` in seconds (60), `stdin`, `cwd`, `env` (a table), `output_limit` in bytes (1 MB)."
                ),
            ],
            returns: "table: `code` or `signal`, `out`, `err`, `seconds`", waits: true)
    ]

    /// What a job's script has beyond a daemon's: methods of the `job` that its `run` is given.
    static let forJobs: [APIFunction] = [
        APIFunction(
            "job:progress", "Says how far the job is; a sign of life.",
            [
                .init("done", .number, optional: true, "How much is done."),
                .init("total", .number, optional: true, "Of how much."),
                .init("message", .string, optional: true, "What it is at."),
            ]),
        APIFunction(
            "job:checkpoint",
            "Keeps data that the next attempt finds in `job.checkpoint_data`, should this one be interrupted; on disk when this "
                + "returns.",
            [.init("data", .any, "Plain data.")], waits: true),
        APIFunction(
            "job:cancelled", "Whether the job was asked to end.", returns: "boolean: true from the request on"),
    ]

    /// The fields of the `job` that a job's `run` and `on_cancel` are given.
    package static let jobFields = [
        "id", "type", "args", "attempt", "max_attempts", "checkpoint_data", "daemon", "parent",
    ]

    /// The fields of the `job` that a daemon's `on_job` is told of.
    package static let endedJobFields = [
        "id", "type", "status", "reason", "args", "result", "error", "attempt", "max_attempts", "tags", "created_at",
        "started_at", "finished_at", "parent",
    ]
}
