/// The text of a new daemon: it runs as it is, and says what each part is for.
enum DaemonTemplate {
    static func text(name: String) -> String {
        """
        -- The daemon '\(name)'. The host loads this file, keeps the table that it returns, and calls its functions.

        ---@class \(AnnotationText.daemonClass(of: name))
        local daemon = {
          doc   = "Says what this daemon is for, in one sentence.",
          every = 5, -- seconds from the end of a step to the next; or a cron line such as "*/10 * * * *"

          -- What can be set from outside, each with a type and a default; read it as self.config.greeting.
          config = {
            greeting = { type = "string", default = "hello", doc = "What it says" },
          },

          -- What it remembers: plain data, kept in the database, there again after a restart. Read and write self.state.
          state = { count = 0 },

          -- What it may touch besides the database. Nothing, until a line like this grants it:
          -- allow = { fs = { "/srv/inbox" } },
        }

        -- Once, before the first step.
        function daemon:on_start()
          lunad.log.info("starting", { greeting = self.config.greeting })
        end

        -- Every few seconds. An error here is logged with its traceback, and the step is tried again later.
        function daemon:run_step()
          self.state.count = self.state.count + 1
          lunad.log.info(self.config.greeting, { count = self.state.count })
        end

        -- Once, when it is stopped.
        function daemon:on_stop(reason)
          lunad.log.info("stopping", { reason = reason })
        end

        return daemon

        """
    }
}
