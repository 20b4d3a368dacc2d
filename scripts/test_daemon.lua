-- Shows what a daemon can do, by doing it once a second: log levels, status, heartbeat, config, state, errors.

local test = {
  doc    = "Demonstrates logging, status, heartbeat, config, state and error handling.",
  every  = 1,
  config = {
    log_interval       = { type = "integer", default = 5, min = 1, doc = "Ticks between two INFO lines" },
    warning_interval   = { type = "integer", default = 10, min = 1, doc = "Ticks between two WARN lines" },
    heartbeat_interval = { type = "integer", default = 10, min = 1, doc = "Ticks between two heartbeats of its own" },
    error_interval     = { type = "integer", default = 20, min = 1, doc = "Ticks between two simulated errors" },
    simulate_errors    = { type = "boolean", default = false, doc = "Raise an error now and then" },
  },
  state  = { total = 0 },
  policy = { max_errors = 5, backoff = { base = 1, max = 30 } },
}

-- Counts since this file was loaded. A failed step takes its changes of self.state back, but not those of a local:
-- so the step after a simulated error counts on instead of failing at the same tick again.
local ticks = 0

function test:on_start()
  lunad.log.info("starting", {
    simulate_errors = self.config.simulate_errors, ticks_in_earlier_lives = self.state.total,
  })
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
  if self.config.simulate_errors and ticks % self.config.error_interval == 0 then
    error(("simulated error at tick %d"):format(ticks))
  end
end

function test:on_stop(reason)
  lunad.log.info("stopping", { reason = reason, ticks = ticks })
end

return test
