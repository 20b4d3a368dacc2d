/// The texts of the tests that come with new scripts: they pass as they are.
enum TestTemplate {
    static func daemon(name: String) -> String {
        """
        -- Tests of scripts/\(name).lua. Run them: lunad test

        describe("\(name)", function()
          it("does a step every five seconds", function()
            local host = lunad.test.host()        -- a host of its own: an empty database, and a clock that only the test moves
            local daemon = host:start("\(name)", { greeting = "good morning" })
            host:advance(60)                      -- a minute passes, at once
            assert.equal("running", daemon:status().status)
            assert.equal(13, daemon:state().count) -- at the start, and twelve times since
            local logs = daemon:logs()
            assert.equal("good morning", logs[#logs].message)
          end)

          it("goes on where it was after a crash of the host", function()
            local host = lunad.test.host()
            local daemon = host:start("\(name)")
            host:advance(10)
            host:crash()                          -- as kill -9, and a new start on the same database
            assert.equal(4, daemon:state().count)
          end)
        end)

        """
    }

    static func job(name: String) -> String {
        """
        -- Tests of scripts/jobs/\(name).lua. Run them: lunad test

        describe("the job \(name)", function()
          it("does all its steps", function()
            local host = lunad.test.host()        -- a host of its own: an empty database, and a clock that only the test moves
            local job = host:run_job("\(name)", { steps = 5 })
            assert.equal("completed", job.status)
            assert.same({ steps = 5 }, job.result)
          end)

          it("is tried again after a failed attempt", function()
            local host = lunad.test.host()
            host:fail("job:progress", "no luck")  -- the next such call fails
            local job = host:run_job("\(name)", { steps = 5 })
            assert.equal("completed", job.status)
            assert.equal(2, job.attempt)
          end)
        end)

        """
    }
}
