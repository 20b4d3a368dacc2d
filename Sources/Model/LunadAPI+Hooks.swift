extension LunadAPI {
    /// The functions of a daemon's table that the host calls, each with the daemon as `self`.
    package static let daemonHooks: [APIFunction] = [
        APIFunction(
            "on_start", "Called once, before the first step.", waits: true,
            raises: "An error counts as a failed start: it is tried again after the policy's backoff.",
            example: """
                function daemon:on_start()
                  lunad.log.info("watching", { folder = self.config.folder })
                end
                """),
        APIFunction(
            "run_step", "One step. It ends in good time, and the host calls it again when the next is due.",
            returns: "number?: seconds until the next step; nothing leaves it to `every`", waits: true,
            raises:
                "An error takes the step's changes of `self.state` back; the step is tried again after the backoff.",
            example: """
                function daemon:run_step()
                  self.state.steps = (self.state.steps or 0) + 1
                  if self.state.steps > 100 then return 60 end
                end
                """),
        APIFunction(
            "on_job",
            "Called once for each monitored job that has ended, between steps; also for those that ended "
                + "while the daemon, or the host, was down.",
            [.init("job", .table, "The job as it ended.", shape: "Job")], waits: true,
            raises: "An error counts as a failed step, and the same end is told again.",
            example: """
                function daemon:on_job(job)
                  if job.status == "failed" then lunad.log.warn("failed", { job = job.id, error = job.error }) end
                end
                """),
        APIFunction(
            "on_event", "Called for each event to which the daemon has subscribed without a function, between steps.",
            [.init("event", .table, "What was published.", shape: "Event")], waits: true,
            raises: "An error counts as a failed step; the event is not told again.",
            example: """
                function daemon:on_event(event)
                  lunad.log.info(event.topic, { from = event.daemon })
                end
                """),
        APIFunction(
            "on_stop", "Called once, when the daemon is stopped; it has `policy.stop_hook_timeout`.",
            [.init("reason", .string, "Why it stops.")], waits: true,
            example: """
                function daemon:on_stop(reason)
                  lunad.log.info("stopping", { reason = reason })
                end
                """),
        APIFunction(
            "on_swap",
            "Called when this code takes over from another version of it, in the place of `on_start`: "
                + "`self.state` holds that one's fields already, and is to be brought into the form expected here. When the "
                + "code changed while no host ran, it is called before `on_start`.",
            [
                .init("old", .table, "The state of the other version."),
                .init("version", .integer, "That version's `state_version`."),
            ], waits: true, raises: "An error keeps the other version at work.",
            example: """
                function daemon:on_swap(old, version)
                  if version < 2 then self.state.count = #(old.names or {}) end
                end
                """),
    ]

    /// The functions of a job type's table that the host calls, each with the type as `self`.
    package static let jobHooks: [APIFunction] = [
        APIFunction(
            "run", "The work of one attempt. A job type has this function or a `command`.",
            [.init("job", .table, "The job that is to be done.", shape: "JobRun")],
            returns: "any: the job's result, plain data of at most 1 MB", waits: true,
            raises: "An error ends the attempt; the next follows after the backoff, as long as `attempts` allow.",
            example: """
                function job_type:run(job)
                  for step = 1, job.args.steps do
                    if job:cancelled() then return end
                    job:progress(step, job.args.steps)
                  end
                  return { steps = job.args.steps }
                end
                """),
        APIFunction(
            "on_cancel", "Called after a cancelled run has ended: the place to put things right.",
            [.init("job", .table, "The job that was cancelled.", shape: "JobRun")], waits: true,
            example: """
                function job_type:on_cancel(job)
                  lunad.log.info("cancelled", { attempt = job.attempt })
                end
                """),
    ]
}
