extension LunadAPI {
    static let jobs: [APIFunction] = [
        APIFunction(
            "jobs.launch",
            "Puts a job into the durable queue. When this returns, the job is on disk and will run, whatever happens to the "
                + "daemon or the host.",
            launch, returns: launched, waits: true, raises: launchErrors,
            example: """
                local id = lunad.jobs.launch("sha256", { path = "lunad.lua" }, { monitor = true })
                lunad.log.info("launched", { job = id })
                """),
        APIFunction(
            "db:launch",
            "As `lunad.jobs.launch`, inside the session's transaction: the job exists if and only if the session commits.",
            launch, returns: launched, raises: launchErrors,
            example: """
                lunad.session(function(db)
                  self.state.last = db:launch("sha256", { path = "lunad.lua" }, { key = "lunad.lua", tags = { "daily" } })
                end)
                """),
        APIFunction(
            "jobs.get", "One job as it is now.", [.init("id", .integer, "The job's id.")],
            returns: "Job?: the job; or nil when there is none",
            example: """
                local job = lunad.jobs.get(1)
                if job and job.status == "failed" then lunad.log.warn("it failed", { error = job.error }) end
                """),
        APIFunction(
            "jobs.find", "Jobs, newest first.",
            [
                .init(
                    "filter", .table, optional: true, "Which; all of its conditions must hold.", shape: "JobFilter")
            ], returns: "Job[]: a list of jobs", raises: "An unknown condition, or an unknown status.",
            example: """
                local failed = lunad.jobs.find({ type = "sha256", status = "failed", limit = 10 })
                lunad.status(#failed .. " failed of late")
                """),
        APIFunction(
            "jobs.cancel",
            "Cancels a job and its unfinished children: one that waits never runs, one that runs is asked to end and "
                + "interrupted at its deadline.",
            [
                .init("id", .integer, "The job's id."),
                .init("reason", .string, optional: true, "Why; kept with the job."),
            ],
            returns: "boolean: false when the job had ended already", waits: true, raises: "There is no such job.",
            example: """
                for _, job in ipairs(lunad.jobs.find({ type = "sha256", status = "pending" })) do
                  lunad.jobs.cancel(job.id, "no longer needed")
                end
                """),
        APIFunction(
            "jobs.monitor", "From now on `on_job` is told the end of this job, once.",
            [.init("id", .integer, "The job's id.")], waits: true,
            raises: "There is no such job; a job calls it: only a daemon can be told.",
            example: """
                local id = lunad.jobs.launch("sha256", { path = "lunad.lua" })
                lunad.jobs.monitor(id)
                """),
        APIFunction(
            "jobs.monitored", "The jobs whose end this daemon waits to be told.",
            returns: "integer[]: a list of job ids",
            example: #"lunad.status(#lunad.jobs.monitored() .. " jobs under way")"#),
        APIFunction(
            "jobs.wait",
            "Waits until the jobs have ended. A job that waits for its children holds no worker meanwhile.",
            [
                .init("ids", .any, "A job's id, or a list of them."),
                .init("timeout", .number, optional: true, "Seconds to wait at most."),
            ],
            returns: "Job|Job[]: the job, or the list of jobs, as they are then; check `status`", waits: true,
            example: """
                local id = lunad.jobs.launch("sha256", { path = "lunad.lua" })
                local job = lunad.jobs.wait(id, 10)
                lunad.log.info(job.status, { result = job.result })
                """),
    ]

    private static let launched =
        "integer: the job's id; and boolean: false when an unfinished job with the same key stands for it"

    private static let launchErrors =
        "An unknown type; arguments that do not fit its declaration; an unknown option; with `on_conflict` `refuse`, a key "
        + "that is taken."

    private static let launch: [APIFunction.Parameter] = [
        .init("type", .string, "The job type: the name of a script in `scripts/jobs`."),
        .init("args", .table, optional: true, "Its arguments; plain data that fits the type's declaration."),
        .init("options", .table, optional: true, "How and when it is to run.", shape: "LaunchOptions"),
    ]

    static let exec: [APIFunction] = [
        APIFunction(
            "exec",
            "Runs an external program, without a shell, in a process group of its own, and waits for its end.",
            [
                .init(
                    "argv", .table,
                    "The program and its arguments, a list of strings. `allow.exec` must name the program."),
                .init("options", .table, optional: true, "How it is to run.", shape: "ExecOptions"),
            ],
            returns: "ProgramResult: how it ended and what it wrote", waits: true,
            raises: "A program that is not granted, or that cannot be started; an unknown option.",
            example: """
                local listing = lunad.exec({ "ls", "-l" }, { timeout = 5 })
                if listing.code == 0 then lunad.log.info(listing.out) end
                """)
    ]

    /// What a job's script has beyond a daemon's: methods of the `job` that its `run` is given.
    static let forJobs: [APIFunction] = [
        APIFunction(
            "job:progress", "Says how far the job is; a sign of life.",
            [
                .init("done", .number, optional: true, "How much is done."),
                .init("total", .number, optional: true, "Of how much."),
                .init("message", .string, optional: true, "What it is at."),
            ], example: #"for step = 1, 3 do job:progress(step, 3, "step " .. step) end"#),
        APIFunction(
            "job:checkpoint",
            "Keeps data that the next attempt finds in `job.checkpoint_data`, should this one be interrupted; on disk when this "
                + "returns.",
            [.init("data", .any, "Plain data.")], waits: true,
            raises: "The job's run is over: it was cancelled, or its time is up.",
            example: """
                local begin = job.checkpoint_data and job.checkpoint_data.step + 1 or 1
                for step = begin, 3 do job:checkpoint({ step = step }) end
                """),
        APIFunction(
            "job:cancelled", "Whether the job was asked to end.", returns: "boolean: true from the request on",
            example: "if job:cancelled() then return end"),
    ]
}
