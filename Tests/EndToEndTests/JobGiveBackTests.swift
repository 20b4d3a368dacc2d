import Model
import Platform
import Testing

@Suite("Jobs that the host's stop meets")
struct JobGiveBackTests {
    private static let types = [
        // What comes after the sleep must not happen, caught or not.
        "sleeper": """
        return { attempts = 1, run = function(self, job)
          if job.checkpoint_data then return "came back" end
          job:checkpoint({ at = 1 })
          pcall(lunad.sleep, 600)
          return "went on"
        end }
        """,
        "parent": """
        return { attempts = 1, run = function(self, job)
          local child = job.checkpoint_data and job.checkpoint_data.child or lunad.jobs.launch("sleeper")
          job:checkpoint({ child = child })
          pcall(lunad.jobs.wait, child)
          return lunad.jobs.get(child).status
        end }
        """,
        // Looks for itself whether it is to end, and ends well.
        "looker": """
        return { attempts = 1, run = function(self, job)
          job:progress(1, 2)
          repeat until lunad.stopping()
          return { stopping = lunad.stopping(), cancelled = job:cancelled() }
        end }
        """,
        // Goes on after it was told, as long as it neither sleeps nor waits.
        "late": """
        return { attempts = 1, run = function(self, job)
          if job.checkpoint_data then return "came back" end
          job:progress(1, 2)
          repeat until lunad.stopping()
          job:checkpoint({ at = "the end" })
          lunad.sleep(0)
          return "went on"
        end }
        """,
    ]

    @Test("one that sleeps or waits goes back to the queue at once, with its checkpoint, and it costs no attempt")
    func waiting() async throws {
        let project = try HostedProject.make(jobs: Self.types)
        let first = try await project.run()
        let parent = try await project.run(job: "parent")
        try await wait(for: "both checkpoints") {
            try project.database.number("SELECT count(checkpoint) FROM jobs") == 2 ? true : nil
        }
        let child = try project.database.number("SELECT id FROM jobs WHERE type = 'sleeper'")
        let start = SystemClock().monotonic()
        #expect(try await first.stop() == .exited(0))
        #expect(SystemClock().monotonic() - start < .seconds(4), "it took the grace of those that do not end")
        // The parent goes on when its child has ended, and not before.
        let shown = "status || ' ' || attempt || ' ' || waits_for || ' ' || coalesce(reason, '')"
        #expect(try project.shown(shown, ofJob: parent) == "pending 0 children ")
        #expect(try project.shown(shown, ofJob: child) == "pending 0 worker the host stopped")
        let second = try await project.run()
        try await project.job(child, is: .completed)
        #expect(try project.shown("result", ofJob: child) == "\"came back\"")
        try await project.job(parent, is: .completed)
        #expect(try project.shown("result", ofJob: parent) == "\"completed\"")
        #expect(try project.shown("attempt", ofJob: parent) == "1")
        #expect(
            try project.database.number(
                "SELECT started_at >= (SELECT finished_at FROM jobs WHERE id = \(child)) FROM jobs WHERE id = \(parent)"
            ) == 1)
        #expect(try await second.stop() == .exited(0))
    }

    @Test("one that works is told by lunad.stopping(): it may end well, or save where it is and be given back")
    func working() async throws {
        let project = try HostedProject.make(jobs: Self.types)
        let first = try await project.run()
        let looker = try await project.run(job: "looker")
        let late = try await project.run(job: "late")
        for job in [looker, late] { try await wait(for: "its progress") { try project.shown("done", ofJob: job) } }
        #expect(try await first.stop() == .exited(0))
        #expect(try project.shown("status", ofJob: looker) == "completed")
        #expect(try project.shown("json_extract(result, '$.stopping')", ofJob: looker) == "1")
        #expect(try project.shown("json_extract(result, '$.cancelled')", ofJob: looker) == "0")
        #expect(try project.shown("status || ' ' || attempt", ofJob: late) == "pending 0")
        #expect(try project.shown("json_extract(checkpoint, '$.at')", ofJob: late) == "the end")
        let second = try await project.run()
        try await project.job(late, is: .completed)
        #expect(try project.shown("result", ofJob: late) == "\"came back\"")
        #expect(try await second.stop() == .exited(0))
    }
}
