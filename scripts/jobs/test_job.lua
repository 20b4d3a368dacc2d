-- A job that shows what a job can do: it counts, says how far it is, keeps a checkpoint, fails when told to, and ends
-- early when it is cancelled. scripts/test_daemon.lua launches it; by hand: lunad jobs run test_job '{"steps": 5}' --wait

local job_type = {
  doc      = "Counts to a number, with progress, checkpoints and failures on demand.",
  args     = {
    steps      = { type = "integer", default = 10, min = 1, max = 100000, doc = "How far it counts" },
    pause      = { type = "number", default = 0.5, min = 0, max = 60, doc = "Seconds for each step" },
    fail_times = { type = "integer", default = 0, min = 0, doc = "So many attempts fail halfway, the next succeeds" },
    fail_hard  = { type = "boolean", default = false, doc = "Fail halfway for good: no other attempt is made" },
  },
  timeout          = 3600,
  progress_timeout = 120, -- seconds without a sign of progress until it counts as stuck
  cancel_timeout   = 5,   -- seconds that it has to end by itself once it was asked to
  attempts         = 3,
  backoff          = { base = 1, max = 5 },
  concurrency      = 8,
}

local function fail_if_told(job, step)
  local args = job.args
  if step ~= (args.steps + 1) // 2 then return end
  if args.fail_hard then lunad.fail(("told to fail for good, at step %d"):format(step)) end
  if job.attempt <= args.fail_times then
    error(("told to fail in attempt %d, at step %d"):format(job.attempt, step))
  end
end

-- What is returned is the job's result. An attempt that follows a failure or a restart of the host begins where the
-- last checkpoint was.
function job_type:run(job)
  local resumed_at = job.checkpoint_data and job.checkpoint_data.step or 0
  for step = resumed_at + 1, job.args.steps do
    if job:cancelled() then return end
    lunad.sleep(job.args.pause) -- ends early when the job is cancelled
    fail_if_told(job, step)
    job:progress(step, job.args.steps, ("step %d"):format(step))
    job:checkpoint({ step = step })
  end
  return { steps = job.args.steps, attempt = job.attempt, resumed_at = resumed_at }
end

-- After a cancelled run has ended: the place to put things right.
function job_type:on_cancel(job)
  lunad.log.info("cancelled; nothing to put right", { attempt = job.attempt })
end

return job_type
