import Model
import Platform

/// Runs the tests of a project's scripts against the engine itself, in virtual time and with a database in memory.
package enum ProjectTests {
    /// What Lua may need when a script nests calls deeply, in bytes.
    private static let stackSize = 16 << 20

    /// Runs them on a thread of their own, file by file, and tells what comes of each.
    ///
    /// `settings` are the project's. Throws when there are no tests, or when one of the files cannot be read.
    package static func run(
        _ project: ProjectFolder, settings: HostSettings, _ options: ScriptTestOptions,
        tell: @escaping @Sendable (ScriptTestEvent) -> Void
    ) async throws(HostError) {
        let pool = try BlockingPool(name: "lunad-test", maxThreads: 1, stackSize: stackSize)
        defer { pool.close() }
        try await pool.run { () throws(HostError) in
            TestFolder.removeLeftovers()
            let files = try TestFiles(project: project).find(at: options.paths)
            var count = 0
            for file in files {
                let hosts = TestHosts(project: project, settings: settings)
                count += try TestFileRun(
                    file: file, options: options, hosts: hosts, project: project, tell: tell
                ).run()
            }
            guard count == 0 else { return }
            let what = options.filter.map { "no test has '\($0)' in its name" } ?? "the files hold no test"
            throw HostError(.io, "\(what) (\(files.count) file\(files.count == 1 ? "" : "s") read)")
        }
    }
}
