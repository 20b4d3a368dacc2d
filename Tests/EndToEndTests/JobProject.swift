import Model
import Platform
import Testing

/// Job types beside a project's daemons, and what the database shows of their jobs.
extension HostedProject {
    /// A project whose `jobs` are the texts of job types by name.
    static func make(
        jobs: [String: String], daemons: [String: String] = [:], workers: Int = 4, migrations: [String: String] = [:]
    ) throws -> HostedProject {
        let project = try HostedProject(
            daemons, settings: "return { jobs = { workers = \(workers) } }", migrations: migrations)
        try Files.makeFolder(project.folder.scripts + "/jobs")
        for (name, text) in jobs { try project.write(text, to: "scripts/jobs/\(name).lua") }
        return project
    }

    /// Launches a job by the command line; its id.
    func run(job type: String, _ args: String = "{}") async throws -> Int {
        let launched = try await command("jobs", "run", type, args, "--json")
        try #require(launched.status == 0, "\(launched.messages)")
        return Int(try #require(try launched.json["id"]?.integerValue))
    }

    /// A column of the job's row; nil when it is NULL.
    func shown(_ column: String, ofJob id: Int) throws -> String? {
        try database.text("SELECT \(column) FROM jobs WHERE id = \(id)")
    }

    /// Waits until the job has that status.
    func job(_ id: Int, is status: JobStatus, within limit: Duration = .patience) async throws {
        try await wait(
            for: "job \(id) shown \(status.rawValue)", within: limit,
            detail: {
                "it is \((try? shown("status || ': ' || coalesce(reason, error, '')", ofJob: id)) ?? "unknown")"
            },
            until: { try shown("status", ofJob: id) == status.rawValue ? true : nil })
    }

    /// Waits until so many jobs of the type meet the condition.
    func jobs(
        _ count: Int, of type: String, where condition: String, within limit: Duration = .patience
    ) async throws {
        let filter = "FROM jobs WHERE type = '\(type)'"
        try await wait(
            for: "\(count) jobs of \(type) with \(condition)", within: limit,
            detail: {
                let counts = "SELECT status || ' ' || count(*) \(filter) GROUP BY status"
                return "there are \((try? database.column(counts)) ?? [])"
            },
            until: { try database.number("SELECT count(*) \(filter) AND (\(condition))") == count ? true : nil })
    }

    /// What the history says of the job, oldest first.
    func history(ofJob id: Int) throws -> [String] {
        try database.column("SELECT action FROM daemon_job_history WHERE job = \(id) ORDER BY id")
    }

    /// A field of the daemon's state, as SQLite shows it.
    func state(_ path: String, of daemon: String) throws -> String? {
        try database.text("SELECT json_extract(state, '$.\(path)') FROM daemon_state WHERE daemon = '\(daemon)'")
    }

    /// What programs of this project are marked with in their environment.
    var mark: String { beside("witness") }

    /// The processes that carry the mark: programs of jobs, and all that those have started.
    func markedProcesses() throws -> [String] {
        let mark = Array(mark.utf8)
        return try Files.list("/proc").filter { name in
            guard Int(name) != nil, let environment = try? Files.read("/proc/\(name)/environ", limit: 1 << 20) else {
                return false
            }
            return environment.contains(mark)
        }
    }

    /// The lines that programs have appended to the witness.
    func witnessed() throws -> [Substring] {
        guard try Files.facts(of: mark) != nil else { return [] }
        return try Self.read(mark).split(separator: "\n")
    }
}
