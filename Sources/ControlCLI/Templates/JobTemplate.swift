/// The text of a new job type: it runs as it is, and says what each part is for.
enum JobTemplate {
    static func text(name: String) -> String {
        """
        -- The job type '\(name)'. A daemon launches it:
        --   lunad.jobs.launch("\(name)", { steps = 5 }, { monitor = true })
        -- or, inside lunad.session, db:launch with the same arguments: then the job exists if the session commits.
        -- By hand: lunad jobs run \(name) '{"steps": 5}' --wait

        ---@class \(AnnotationText.jobClass(of: name))
        local job_type = {
          doc  = "Says what this job is for, in one sentence.",

          -- What it is given, checked before a job is taken; read it as job.args.steps.
          args = {
            steps = { type = "integer", default = 10, min = 1, doc = "How much there is to do" },
          },

          timeout     = 900,                     -- seconds that one attempt may take
          attempts    = 5,                       -- how often it is tried
          backoff     = { base = 15, max = 600 }, -- seconds before the first and the longest wait between attempts
          concurrency = 2,                       -- how many of this type run at once

          -- What it may touch besides the database. Nothing, until a line like this grants it:
          -- allow = { fs = { "/srv/inbox" } },

          -- Instead of the function run, a job type may be a program, started without a shell:
          -- command = { "sha256sum", "--", "{path}" },   -- {path} stands for the argument of that name
        }

        -- One attempt. What it returns is the job's result; an error ends the attempt, and it is tried again later.
        function job_type:run(job)
          local resumed_at = job.checkpoint_data and job.checkpoint_data.step or 0
          for step = resumed_at + 1, job.args.steps do
            if job:cancelled() then return end
            lunad.sleep(0.2)                          -- the work
            job:progress(step, job.args.steps)        -- shown by 'lunad jobs', and a sign of life
            job:checkpoint({ step = step })           -- where the next attempt goes on, should this one be interrupted
          end
          return { steps = job.args.steps }
        end

        -- After a cancelled attempt has ended: the place to put things right.
        function job_type:on_cancel(job)
          lunad.log.info("cancelled", { attempt = job.attempt })
        end

        return job_type

        """
    }
}
