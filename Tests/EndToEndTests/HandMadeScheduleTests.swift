import Glibc
import Model
import Platform
import Testing

@Suite("What an operator puts into the tables of jobs by hand")
struct HandMadeScheduleTests {
    private func makeProject(schedules: String) throws -> HostedProject {
        let project = try HostedProject(migrations: ["0001_schedules.sql": schedules])
        try Files.makeFolder(project.folder.jobs)
        try project.write(
            """
            local j = {}
            function j:run(job)
              for step = 1, 7 do job:progress(step, 7, "step " .. step) end
            end
            return j
            """, to: "scripts/jobs/count.lua")
        return project
    }

    @Test(
        "a schedule that a migration made counts from the boot, and the progress of its jobs is kept to the last step")
    func migrated() async throws {
        let project = try makeProject(
            schedules: "INSERT INTO job_schedules (name, type, every_seconds) VALUES ('often', 'count', 1);")
        let host = try await project.run()
        try await wait(for: "two jobs of the schedule to complete", detail: { host.text }) {
            try project.database.number("SELECT count(*) FROM jobs WHERE status = 'completed' AND schedule = 'often'")
                >= 2
                ? true : nil
        }
        #expect(
            try project.database.column(
                "SELECT DISTINCT done || ' of ' || total || ', ' || message FROM jobs WHERE status = 'completed'")
                == ["7.0 of 7.0, step 7"])
        #expect(try await host.stop() == .exited(0))
    }

    @Test(
        "a schedule inserted while the host runs counts from when the scripts are read again; one never due stays idle")
    func inserted() async throws {
        let project = try makeProject(schedules: "SELECT 1;")
        let host = try await project.run()
        try project.database.execute(
            "INSERT INTO job_schedules (name, type, cron) VALUES ('yearly', 'count', '0 0 1 1 *'), ('never', 'count', '0 0 30 2 *')"
        )
        host.process.signal(SIGHUP)
        let next = try await wait(for: "the schedule to know when it is due", detail: { host.text }) {
            try project.database.text("SELECT next_occurrence FROM job_schedules WHERE name = 'yearly'")
        }
        #expect(next.dropFirst(4).hasPrefix("-"), "an instant: \(next)")
        #expect(try project.database.text("SELECT next_occurrence FROM job_schedules WHERE name = 'never'") == nil)
        #expect(try project.database.number("SELECT count(*) FROM jobs") == 0)
        #expect(try await host.stop() == .exited(0))
    }
}
