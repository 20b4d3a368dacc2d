import Model
import Testing

@Suite("Schedules by the command line")
struct ScheduleCommandTests {
    private static let types = [
        "count": """
        return { args = { n = { type = "integer", min = 1, required = true } },
                 run = function(self, job) return job.args.n end }
        """,
        "hang": "return { run = function() while not lunad.stopping() do lunad.sleep(60) end end }",
    ]

    @Test("a schedule made while the host runs launches jobs at once, changed ones by the change, a removed one none")
    func life() async throws {
        let project = try HostedProject.make(jobs: Self.types)
        let host = try await project.run()
        let made = try await project.command(
            "schedules", "add", "often", "--type", "count", "--every", "1", "--args", #"{"n": 1}"#)
        #expect(made.status == 0)
        #expect(made.output.hasPrefix("often launches count every 1 s, next in "))
        try await project.jobs(
            1, of: "count", where: "status = 'completed' AND result = '1' AND schedule = 'often' AND id = 1")
        let changed = try await project.command(
            "schedules", "change", "often", "--args", #"{"n": 2}"#, "--overlap", "allow", "--json")
        #expect(try changed.json["args"] == ["n": 2])
        try await wait(for: "a job with the changed arguments", detail: { host.text }) {
            try project.database.number("SELECT count(*) FROM jobs WHERE result = '2'") >= 1 ? true : nil
        }
        #expect(
            try await project.command("schedules", "disable", "often").output
                == "often launches count every 1 s, disabled\n")
        let listed = try await project.command("schedules", "--json")
        guard case .array(let list) = try listed.json else { return #expect(Bool(false), "no list: \(listed.output)") }
        #expect(list.map { $0["enabled"] } == [false] && list.map { $0["next_at"] } == [.null])
        let table = try await project.command("schedules")
        #expect(table.output.hasPrefix("NAME   TYPE   WHEN       NEXT      LAST"))
        #expect(table.output.contains("completed"))
        let shown = try await project.command("schedules", "show", "often")
        #expect(shown.output.contains("last_outcome  completed") && shown.output.contains("launched"))
        #expect(try await project.command("schedules", "remove", "often").output == "Removed often.\n")
        #expect(try await project.command("schedules", "list").messages == "There are no schedules.\n")
        #expect(try await host.stop() == .exited(0))
    }

    @Test("one run by hand goes by its overlap, and is kept over a kill of the host")
    func byHand() async throws {
        let project = try HostedProject.make(jobs: Self.types)
        var host = try await project.run()
        let made = try await project.command(
            "schedules", "add", "yearly", "--type", "hang", "--cron", "0 0 1 1 *", "--zone", "Asia/Tokyo")
        #expect(made.output.contains(#"by "0 0 1 1 *" (Asia/Tokyo), next in "#))
        host.process.killAndReap()
        host = try await project.run()
        #expect(
            try project.database.text("SELECT next_occurrence FROM job_schedules")?.hasSuffix("-12-31T15:00:00.000Z")
                == true)
        let run = try await project.command("schedules", "run", "yearly", "--json")
        let id = Int(try #require(try run.json["id"]?.integerValue))
        try await project.job(id, is: .running)
        let refused = try await project.command("schedules", "run", "yearly")
        #expect(refused.status == 1)
        #expect(refused.messages.contains("job \(id) is not finished (overlap = skip)"))
        _ = try await project.command("jobs", "cancel", "\(id)")
        try await project.job(id, is: .cancelled)
        #expect(try await host.stop() == .exited(0))
    }

    @Test("what cannot be is refused with what would be right, and the right exit status")
    func refused() async throws {
        let project = try HostedProject.make(jobs: Self.types)
        let host = try await project.run()
        let cases: [([String], Int32, String)] = [
            (["add", "a", "--type", "cuont", "--every", "5"], 4, "did you mean \"count\"?"),
            (["add", "a", "--type", "count", "--every", "5"], 2, "n must be set"),
            (["add", "a", "--type", "hang", "--cron", "0 0 30 2 *"], 2, "never due"),
            (["add", "a", "--type", "hang", "--cron", "@daily", "--zone", "Berlin"], 2, "Europe/Berlin"),
            (["add", "a", "--type", "hang", "--every", "soon"], 2, "expected seconds"),
            (["add", "a b", "--type", "hang", "--every", "5"], 2, "cannot name a schedule"),
            (["add", "a", "--type", "hang"], 2, "needs a cron line"),
            (["chnge", "a"], 2, "did you mean 'change'?"),
            (["show"], 2, "needs a schedule's name"),
            (["change", "a"], 2, "something to change"),
            (["run", "a", "--every", "5"], 2, "says nothing to 'schedules run'"),
            (["run", "nightly"], 4, "no schedule 'nightly'"),
        ]
        for (words, status, message) in cases {
            let outcome = try await project.command(
                words: ["--dir", project.folder.path, "schedules"] + words)
            #expect(outcome.status == status, "\(words): \(outcome.messages)")
            #expect(outcome.messages.contains(message), "\(words): \(outcome.messages)")
        }
        #expect(try project.database.number("SELECT count(*) FROM job_schedules") == 0)
        #expect(try await host.stop() == .exited(0))
    }

    @Test("a row with a zone that there is not is told, and launches nothing")
    func unknownZone() async throws {
        let project = try HostedProject.make(
            jobs: Self.types,
            migrations: [
                "0001_s.sql":
                    "INSERT INTO job_schedules (name, type, cron, zone) VALUES ('odd', 'hang', '* * * * *', 'Mars/Phobos');"
            ])
        let host = try await project.run()
        try await host.says("schedule odd is not kept: there is no time zone 'Mars/Phobos'", daemon: nil)
        #expect(try project.database.text("SELECT next_occurrence FROM job_schedules") == nil)
        #expect(try await host.stop() == .exited(0))
    }
}
