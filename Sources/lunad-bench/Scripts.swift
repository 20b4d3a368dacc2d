/// The scripts that are measured, the same text in the host and in the floor.
enum Scripts {
    /// Sixty lines as a daemon may have them: it watches a reading, smooths it, and tells when it leaves its bounds.
    static let sixty = """
        -- Watches a reading, smooths it, and says when it leaves its bounds.
        local watcher = {
          doc    = "Watches a reading and says when it leaves its bounds.",
          every  = 1,
          config = {
            low    = { type = "number", default = 10, doc = "Below this it is low" },
            high   = { type = "number", default = 90, doc = "Above this it is high" },
            window = { type = "integer", default = 16, min = 2, max = 1000, doc = "Readings that are smoothed" },
          },
          state  = { alarms = 0 },
          policy = { max_errors = 5, step_timeout = 10 },
        }

        local low, high, window = 10, 90, 16
        local readings, sum, last = {}, 0, "inside"
        local seed = 42

        local function read()
          seed = (seed * 1103515245 + 12345) % 2147483648
          return 20 + seed % 6000 / 100
        end

        local function smooth(value)
          readings[#readings + 1] = value
          sum = sum + value
          if #readings > window then
            sum = sum - table.remove(readings, 1)
          end
          return sum / #readings
        end

        local function judge(mean)
          if mean < low then return "low" end
          if mean > high then return "high" end
          return "inside"
        end

        local function describe(mean, verdict)
          local parts = { ("mean %.2f"):format(mean), verdict }
          for place, value in ipairs(readings) do
            if value > high or value < low then parts[#parts + 1] = place .. "=" .. value end
          end
          return table.concat(parts, " ")
        end

        function watcher:run_step()
          local mean = smooth(read())
          local verdict = judge(mean)
          local text = describe(mean, verdict)
          if verdict ~= last then
            lunad.log.warn(text, { mean = mean })
            last = verdict
          end
          self.summary = text
        end

        return watcher
        """

    static func sixty(every seconds: Int) -> String {
        sixty.replacing("every  = 1,", with: "every  = \(seconds),")
    }

    /// The same with more to it: a hundred lines.
    static let hundred: String = {
        let more = (1...7).map { number in
            """

            local function rule_\(number)(values)
              local best
              for place, value in ipairs(values) do
                if not best or value > values[best] then best = place end
              end
              return best and ("rule \(number): " .. values[best]) or "nothing"
            end
            """
        }.joined(separator: "\n")
        return sixty.replacing("\nreturn watcher", with: more + "\n\nreturn watcher")
    }()

    /// Does nothing, again and again.
    static let empty = """
        local d = {}
        function d:run_step() return 0 end
        return d
        """

    /// A crowd's member that does nothing for an hour.
    static let sleeper = """
        local d = { every = 3600 }
        function d:run_step() end
        return d
        """

    /// Notes when its steps begin, and keeps that five at a time.
    static let probe = """
        local d = { every = 1 }
        local name, times = "probe " .. lunad.monotonic(), {}
        function d:run_step()
          times[#times + 1] = lunad.monotonic()
          if #times < 5 then return end
          local kept = times
          times = {}
          lunad.session(function(db)
            for _, time in ipairs(kept) do db:exec("INSERT INTO bench_rows (daemon, n) VALUES (?, ?)", name, time) end
          end)
        end
        return d
        """

    /// A job that times host calls; what it returns is the seconds of one. By processor time, which a busy machine leaves
    /// alone; but log lines are written down by another thread meanwhile.
    static let calls = """
        local calls = { args = { what = { type = "string", required = true } } }

        local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end

        local work = {
          now      = { 1000000, function(n) local now = lunad.now for _ = 1, n do now() end end },
          stopping = { 1000000, function(n) local stopping = lunad.stopping for _ = 1, n do stopping() end end },
          log      = { 400, function(n) local info = lunad.log.info for i = 1, n do info("line " .. i) end end },
          fib      = { 1, function() fib(32) end },
        }

        function calls:run(job)
          local count, act = table.unpack(work[job.args.what])
          local clock = job.args.what == "log" and lunad.monotonic or os.clock
          local start = clock()
          act(count)
          return (clock() - start) / count
        end

        return calls
        """

    static let noop = """
        local j = {}
        function j:run() end
        return j
        """

    /// Tells how long after its launch its first line ran.
    static let arrival = """
        local j = { args = { at = { type = "number" } } }
        function j:run(job) return lunad.monotonic() - job.args.at end
        return j
        """

    static let launcher = """
        local d = { every = 0.02, enabled = false }
        function d:run_step() lunad.jobs.launch("arrival", { at = lunad.monotonic() }) end
        return d
        """

    static let command = """
        return { command = { "true" } }
        """

    /// Launches so many jobs of a type, one after another, and is done.
    static func producer(_ type: String, count: Int) -> String {
        """
        local d = { every = 3600 }
        function d:run_step()
          for _ = 1, \(count) do lunad.jobs.launch("\(type)") end
        end
        return d
        """
    }

    /// A row and its state in each session, fifty sessions a step.
    static let booker = """
        local d = { state = { n = 0 } }
        local name = "booker " .. lunad.monotonic()
        function d:run_step()
          for _ = 1, 50 do
            lunad.session(function(db)
              self.state.n = self.state.n + 1
              db:exec("INSERT INTO bench_rows (daemon, n) VALUES (?, ?)", name, self.state.n)
            end)
          end
          return 0
        end
        return d
        """

    static let talker = """
        local d = { policy = { log_rate = 100000, log_burst = 1000000 } }
        local n = 0
        function d:run_step()
          for _ = 1, 100 do
            n = n + 1
            lunad.log.info("line " .. n .. " of the benchmark", { n = n })
          end
          return 0
        end
        return d
        """

    /// Says once that it stepped.
    static let first = """
        local d = { every = 3600 }
        function d:run_step() lunad.log.info("first step") end
        return d
        """
}
