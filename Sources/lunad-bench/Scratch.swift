import BenchFloors
import Glibc
import Model
import Platform

/// A project in a temporary folder, which goes with it.
final class Scratch {
    let project: ProjectFolder
    private let program: String

    /// Lays out scripts and job types by name, and so many more instances of a script. The database is made, so that
    /// hosts and floors find it.
    init(
        _ bench: Bench, scripts: [String: String], jobs: [String: String] = [:],
        instances: (type: String, count: Int) = ("", 0), settings: String = "return {}\n"
    ) throws(BenchError) {
        program = bench.program
        do throws(HostError) {
            project = ProjectFolder(path: try Files.makeTemporaryFolder("lunad-bench"))
            try Files.makeFolder(project.scripts)
            try Files.makeFolder(project.jobs)
            try Files.makeFolder(project.migrations)
            for (name, text) in scripts { try Files.write(Array(text.utf8), to: "\(project.scripts)/\(name).lua") }
            for (name, text) in jobs { try Files.write(Array(text.utf8), to: "\(project.jobs)/\(name).lua") }
            try Files.write(Array(settings.utf8), to: project.settings)
            try Files.write(Array(Self.tables(instances).utf8), to: "\(project.migrations)/0100_bench.sql")
        } catch {
            throw BenchError("the project cannot be laid out: \(error)")
        }
        let child = try Child(program, ["migrate", project.path, "--quiet"])
        guard child.wait() == 0 else { throw BenchError("'lunad migrate' failed in \(project.path)") }
    }

    deinit { try? Files.remove(project.path) }

    private static func tables(_ instances: (type: String, count: Int)) -> String {
        let crowd = """
            INSERT INTO daemons (name, type)
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(instances.count))
            SELECT printf('\(instances.type)_%06d', i), '\(instances.type)' FROM n;
            """
        return """
            CREATE TABLE bench_rows (id INTEGER PRIMARY KEY, daemon TEXT NOT NULL, n REAL NOT NULL) STRICT;
            \(instances.count > 0 ? crowd : "")
            """
    }

    /// Starts a host here and waits until it answers. What it says goes to a file of the project.
    func run() throws(BenchError) -> RunningHost {
        let log = open(project.path + "/host.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard log >= 0 else { throw BenchError("the host's log cannot be made in \(project.path)") }
        defer { close(log) }
        let host = RunningHost(
            child: try Child(program, ["run", project.path, "--quiet"], errors: log), socket: project.socket,
            database: project.database)
        try wait(for: "the host to answer", within: 120) { host.answers }
        return host
    }

    /// A child that has its standard error here; for what is timed from the first moment on.
    func start(errors: Int32) throws(BenchError) -> Child {
        try Child(program, ["run", project.path], errors: errors)
    }

    func number(_ sql: String) -> Double? {
        let value = bench_sqlite_number(project.database, sql)
        return value.isNaN ? nil : value
    }

    func write(_ sql: String) throws(BenchError) {
        guard bench_sqlite_run(project.database, sql) else { throw BenchError("the database refuses: \(sql)") }
    }
}

/// Looks every few milliseconds whether it is so; throws when it is not within so many seconds.
func wait(for what: String, within seconds: Double, _ isSo: () -> Bool) throws(BenchError) {
    let start = monotonicSeconds()
    while !isSo() {
        try Interruption.check()
        guard monotonicSeconds() - start < seconds else {
            throw BenchError("\(what): waited \(Int(seconds)) s in vain")
        }
        usleep(3_000)
    }
}

/// The monotonic clock.
func monotonicSeconds() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
}
