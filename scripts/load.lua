-- Samples the machine's load and memory from /proc into the table load_samples, and says when memory runs low.

local proc = require "proc"

local load = {
  doc    = "Samples load and memory of this machine.",
  every  = 5,
  config = {
    keep     = { type = "integer", default = 10000, min = 10, doc = "Newest samples kept" },
    low_free = { type = "number", default = 0.05, min = 0, max = 1, doc = "Share of free memory below which it warns" },
  },
  allow  = { fs = { "/proc/loadavg", "/proc/meminfo" } },
  state  = { is_low = false },
}

function load:on_start()
  lunad.session(function(db)
    db:exec [[
      CREATE TABLE IF NOT EXISTS load_samples (
        id INTEGER PRIMARY KEY, at TEXT NOT NULL, load_1 REAL NOT NULL, load_5 REAL NOT NULL, load_15 REAL NOT NULL,
        running INTEGER NOT NULL, memory_total_kb INTEGER, memory_available_kb INTEGER
      ) STRICT]]
  end)
end

-- Warns when memory runs low and once more when it is back, not at every sample.
local function watch_memory(self, available, total)
  local is_low = available / total < self.config.low_free
  if is_low and not self.state.is_low then
    lunad.log.warn("memory runs low", { available_kb = available, total_kb = total })
  elseif self.state.is_low and not is_low then
    lunad.log.info("memory is back", { available_kb = available, total_kb = total })
  end
  self.state.is_low = is_low
end

function load:run_step()
  local average = proc.loadavg(lunad.fs.read("/proc/loadavg"))
  local memory = proc.meminfo(lunad.fs.read("/proc/meminfo"))
  local total, available = memory.MemTotal, memory.MemAvailable
  lunad.session(function(db)
    db:exec(
      [[INSERT INTO load_samples (at, load_1, load_5, load_15, running, memory_total_kb, memory_available_kb)
        VALUES (strftime('%Y-%m-%dT%H:%M:%fZ'), ?, ?, ?, ?, ?, ?)]],
      average.one, average.five, average.fifteen, average.running, total, available)
    db:exec("DELETE FROM load_samples WHERE id <= (SELECT max(id) FROM load_samples) - ?", self.config.keep)
  end)
  if total and available then watch_memory(self, available, total) end
  lunad.status(("load %.2f, %d MB available"):format(average.one, (available or 0) // 1024))
end

return load
