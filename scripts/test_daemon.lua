-- Shows what a daemon can do, by doing it once a second: log levels, status, heartbeat, config, state, errors, and jobs
-- that are launched, watched, cancelled, that fail and that are tried again (scripts/jobs/test_job.lua).

local test = {
  doc    = "Demonstrates logging, status, heartbeat, config, state, error handling and jobs.",
  every  = 1,
  config = {
    log_interval       = { type = "integer", default = 5, min = 1, doc = "Ticks between two INFO lines" },
    warning_interval   = { type = "integer", default = 10, min = 1, doc = "Ticks between two WARN lines" },
    heartbeat_interval = { type = "integer", default = 10, min = 1, doc = "Ticks between two heartbeats of its own" },
    error_interval     = { type = "integer", default = 20, min = 1, doc = "Ticks between two simulated errors" },
    simulate_errors    = { type = "boolean", default = false, doc = "Raise an error now and then" },
    job_interval       = { type = "integer", default = 15, min = 1, doc = "Ticks between two jobs" },
    launch_jobs        = { type = "boolean", default = true, doc = "Launch a job now and then" },
  },
  state  = {
    total = 0,
    launched = 0,
    ended = { completed = 0, failed = 0, cancelled = 0 },
    to_cancel = {}, -- ids of jobs that are to be cancelled once they run
  },
  policy = { max_errors = 5, backoff = { base = 1, max = 30 } },
}

-- One after the other, and then from the first again.
local JOBS = {
  { what = "runs to its end",           args = { steps = 6 } },
  { what = "fails once, then succeeds", args = { steps = 6, fail_times = 1 } },
  { what = "fails for good",            args = { steps = 6, fail_hard = true } },
  { what = "is cancelled on its way",   args = { steps = 60 }, is_to_cancel = true },
}

-- Counts since this file was loaded. A failed step takes its changes of self.state back, but not those of a local:
-- so the step after a simulated error counts on instead of failing at the same tick again.
local ticks = 0

function test:on_start()
  lunad.log.info("starting", {
    simulate_errors = self.config.simulate_errors, ticks_in_earlier_lives = self.state.total,
    jobs_still_watched = #lunad.jobs.monitored(),
  })
end

-- The job and what self.state says of it commit together: neither is ever there without the other.
local function launch_next(self)
  local plan = JOBS[self.state.launched % #JOBS + 1]
  local id = lunad.session(function(db)
    local id = db:launch("test_job", plan.args, { monitor = true, tags = { "demonstration" } })
    self.state.launched = self.state.launched + 1
    if plan.is_to_cancel then table.insert(self.state.to_cancel, id) end
    return id
  end)
  lunad.log.info("launched a job", { job = id, what = plan.what })
end

-- Looks at the jobs that are to be cancelled, and cancels each once it is on its way.
local function cancel_running(self)
  for index = #self.state.to_cancel, 1, -1 do
    local job = lunad.jobs.get(self.state.to_cancel[index])
    local is_on_its_way = job and job.status == "running" and (job.done or 0) > 0
    if is_on_its_way then
      lunad.log.info("cancelling a job", { job = job.id, at = job.message })
      lunad.jobs.cancel(job.id, "the demonstration is over")
    end
    if is_on_its_way or not job or job.finished_at then table.remove(self.state.to_cancel, index) end
  end
end

-- A job has ended: told once for each, also for one that ended while this daemon did not run.
function test:on_job(job)
  self.state.ended[job.status] = self.state.ended[job.status] + 1
  if job.status == "completed" then
    lunad.log.info("a job completed", { job = job.id, attempts = job.attempt, result = job.result })
  else
    lunad.log.warn("a job " .. (job.status == "failed" and "failed" or "was cancelled"), {
      job = job.id, attempts = job.attempt, reason = job.error or job.reason,
    })
  end
end

function test:run_step()
  ticks = ticks + 1
  self.state.total = self.state.total + 1
  lunad.log.debug("tick", { tick = ticks })
  lunad.status(("tick %d"):format(ticks), ticks % self.config.error_interval / self.config.error_interval)

  if ticks % self.config.heartbeat_interval == 0 then
    -- Steps as short as this one need none: the host counts each as a sign of life.
    lunad.heartbeat(("alive at tick %d"):format(ticks))
  end
  if ticks % self.config.log_interval == 0 then
    lunad.log.info("still ticking", { tick = ticks, total = self.state.total, memory_kb = collectgarbage("count") // 1 })
  end
  if ticks % self.config.warning_interval == 0 then
    lunad.log.warn("a warning, as an example", { tick = ticks })
  end
  cancel_running(self)
  if self.config.launch_jobs and ticks % self.config.job_interval == 0 then launch_next(self) end
  if self.config.simulate_errors and ticks % self.config.error_interval == 0 then
    error(("simulated error at tick %d"):format(ticks))
  end
end

function test:on_stop(reason)
  lunad.log.info("stopping", { reason = reason, ticks = ticks, jobs = self.state.ended })
end

return test
