extension LunadAPI {
    /// The tables that scripts are given.
    static let records: [APIClass] = [job, jobRun, session, daemonStatus, fileFacts, programResult, event]

    /// The tables of options that scripts give.
    static let options: [APIClass] = [launchOptions, jobFilter, execOptions] + httpTables

    private static let instant = "in UTC, as `2026-01-31T08:00:00.000Z`"

    private static func words(_ values: [String]) -> String { values.map { "\"\($0)\"" }.joined(separator: "|") }

    private static let job = APIClass(
        "Job", "A job as `lunad.jobs.get` and `on_job` give it.",
        [
            .init("id", "integer", "Its number, never used twice."),
            .init("type", "string", "The name of its script in `scripts/jobs`."),
            .init("status", words(JobStatus.allCases.map(\.rawValue)), "How it stands; the last three are final."),
            .optional("reason", "string", "Why it has this status, when there is more to say."),
            .init("args", "table", "Its arguments, with defaults."),
            .optional("result", "any", "What `run` returned; of a command a `ProgramResult`."),
            .optional("error", "string", "The last attempt's error."),
            .optional("progress", "number", "How far it is, from 0 to 1, when it tells."),
            .optional("done", "number", "How much is done, as it last said."),
            .optional("total", "number", "Of how much."),
            .optional("message", "string", "What it is at."),
            .init("attempt", "integer", "How many attempts have begun; 1 while the first runs."),
            .init("max_attempts", "integer", "How often it is tried at most."),
            .init("priority", "integer", "Higher goes first."),
            .init("run_at", "string", "When it is, or was, due, \(instant)."),
            .init("created_at", "string", "When it was launched, \(instant)."),
            .optional("started_at", "string", "When its last attempt began, \(instant)."),
            .optional("finished_at", "string", "When it ended, \(instant)."),
            .optional("daemon", "string", "The daemon that launched it."),
            .optional("parent", "integer", "The job that launched it."),
            .init("tags", "string[]", "Labels that it was launched with."),
        ])

    private static let jobRun = APIClass(
        "JobRun", "The job that a job type's `run` is given; it has the methods below.",
        [
            .init("id", "integer", "Its number."),
            .init("type", "string", "Its type."),
            .init("args", "table", "Its arguments, with defaults."),
            .init("attempt", "integer", "Which attempt this is, from 1."),
            .init("max_attempts", "integer", "How often it is tried at most."),
            .optional("checkpoint_data", "any", "What an earlier attempt kept by `job:checkpoint`."),
            .optional("daemon", "string", "The daemon that launched it."),
            .optional("parent", "integer", "The job that launched it."),
        ])

    private static let session = APIClass(
        "Session", "The handle of one transaction, which `lunad.session` gives its function; dead after that.", [])

    private static let daemonStatus = APIClass(
        "DaemonStatus", "A daemon as `lunad.daemons.get` and `lunad status --json` show it.",
        [
            .init("name", "string", "Its name."),
            .init("type", "string", "The name of its script."),
            .init("status", words(DaemonStatus.allCases.map(\.rawValue)), "How it stands."),
            .init("reason", "string", "Why it has this status."),
            .init("enabled", "boolean", "Whether it starts with the host."),
            .init("generation", "integer", "Which version of its code runs, counted from 1."),
            .init("code_hash", "string", "The SHA-256 of that code."),
            .optional("started_at", "string", "When it last started, \(instant)."),
            .optional("last_heartbeat", "string", "Its last sign of life, \(instant)."),
            .optional("last_success", "string", "The end of its last step without an error, \(instant)."),
            .optional("next_step_at", "string", "When the next step is due, \(instant)."),
            .init("steps", "integer", "Steps without an error."),
            .init("errors", "integer", "Steps that failed."),
            .init("consecutive_errors", "integer", "Failures since the last success."),
            .init("restarts", "integer", "How often it was started again."),
            .init("memory_bytes", "integer", "The size of its Lua heap."),
            .optional("activity", "string", "What it says it is doing."),
            .optional("progress", "number", "How far it says it is, from 0 to 1."),
            .init("running_jobs", "integer", "Jobs of it that run now."),
        ])

    private static let fileFacts = APIClass(
        "FileFacts", "What `lunad.fs.stat` tells of a file or folder.",
        [
            .init("type", #""file"|"directory"|"other""#, "What it is."),
            .init("size", "integer", "Its size in bytes."),
            .init("modified", "number", "When its content last changed, in seconds since 1970."),
            .init("mode", "integer", "Its permissions."),
        ])

    private static let programResult = APIClass(
        "ProgramResult", "How an external program ended, what it wrote, and what it cost.",
        [
            .optional("code", "integer", "Its exit status; nil when a signal ended it."),
            .optional("signal", "integer", "The signal that ended it."),
            .init("out", "string", "What it wrote to its standard output."),
            .init("err", "string", "What it wrote to its standard error."),
            .init("out_omitted", "integer", "Bytes left out from the middle of `out`."),
            .init("err_omitted", "integer", "Bytes left out from the middle of `err`."),
            .init("seconds", "number", "How long it ran."),
            .init("user_seconds", "number", "Processor time of its own."),
            .init("system_seconds", "number", "Processor time of the system for it."),
            .init("max_rss_bytes", "integer", "The most memory that it held."),
        ])

    private static let launchOptions = APIClass(
        "LaunchOptions", "How and when a job is to run.",
        [
            .optional("monitor", "boolean", "false", "Whether `on_job` is told its end."),
            .optional("delay", "number", "0", "Seconds until it may begin."),
            .optional("priority", "integer", "0", "From -1000 to 1000; higher goes first."),
            .optional("attempts", "integer", "How often it is tried; without it, as its type says."),
            .optional("key", "string", "No two unfinished jobs have the same; at most 200 bytes."),
            .optional(
                "on_conflict", #""existing"|"replace"|"refuse""#, #""existing""#,
                "When an unfinished job has the key: give that one's id, take its place, or raise an error."),
            .optional("tags", "string[]", "{}", "Labels by which it can be found; at most \(JobLimits.tags)."),
        ])

    private static let jobFilter = APIClass(
        "JobFilter", "Which jobs `lunad.jobs.find` gives.",
        [
            .optional("type", "string", "Only of this type."),
            .optional("status", words(JobStatus.allCases.map(\.rawValue)), "Only with this status."),
            .optional("tag", "string", "Only with this tag."),
            .optional("daemon", "string", "Only those that this daemon launched."),
            .optional("parent", "integer", "Only those that this job launched."),
            .optional("limit", "integer", "100", "At most so many; 1 to 1000."),
        ])

    private static let execOptions = APIClass(
        "ExecOptions", "How an external program is to run.",
        [
            .optional("timeout", "number", "60", "Seconds until it is ended."),
            .optional("stdin", "string", "What it reads on its standard input; nothing without it."),
            .optional("cwd", "string", "The folder in which it runs; the project's without it."),
            .optional("env", "table<string, string>", "{}", "Environment variables that it is given."),
            .optional("output_limit", "integer", "1048576", "Bytes of each output that are kept."),
        ])
}
