import Glibc
import Model
import Platform

/// A swap without a host: one text of a script with a state, another that takes over, and some steps of that; all in a
/// folder of its own, in virtual time.
package enum SwapRehearsal {
    private static let name = "daemon"
    private static let stackSize = 16 << 20

    /// Runs it on a thread of its own. What the old text needs of the project (modules, job types, migrations) is
    /// `project`'s, if there is one. Throws what is wrong with the old text; of the new one it is in the report.
    package static func run(
        _ options: SwapRehearsalOptions, project: ProjectFolder?
    ) async throws(HostError) -> SwapRehearsalReport {
        let pool = try BlockingPool(name: "lunad-test", maxThreads: 1, stackSize: stackSize)
        defer { pool.close() }
        return try await pool.run { () throws(HostError) in
            let folder = try scratch(options, project)
            defer { TestFolder.remove(folder.path) }
            return try rehearse(options, in: folder)
        }
    }

    /// A project with the old text as its only daemon.
    private static func scratch(
        _ options: SwapRehearsalOptions, _ project: ProjectFolder?
    ) throws(HostError) -> ProjectFolder {
        var template = Array("\(TestFolder.parent)/\(TestFolder.prefix)\(getpid())-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil, let real = realpath(template, nil) else {
            throw .system(errno, "no folder for the rehearsal can be made")
        }
        defer { free(real) }
        let path = String(cString: real)
        let folder = ProjectFolder(path: path)
        try Files.makeFolder(folder.scripts)
        try Files.write(options.old, to: "\(folder.scripts)/\(name).lua")
        guard let project else { return folder }
        for (from, to) in [
            (project.libraries, folder.libraries), (project.jobs, folder.jobs), (project.migrations, folder.migrations),
        ] where (try? Files.facts(of: from)) != nil {
            guard symlink(from, to) == 0 else { throw .system(errno, "no folder for the rehearsal can be made") }
        }
        return folder
    }

    private static func rehearse(
        _ options: SwapRehearsalOptions, in folder: ProjectFolder
    ) throws(HostError) -> SwapRehearsalReport {
        let host = try TestHost(
            id: 1, project: folder, settings: HostSettings(), options: TestHost.Options(mayRunPrograms: true),
            loop: DrivenLoop())
        defer { host.close() }
        host.deadline = SystemClock().monotonic() + options.timeout
        _ = try host.result(of: try host.boot(isFirst: true), what: "the start of the host")
        _ = try finish(try host.call("start", ["name": .string(name)]), of: host)
        let began = try status(of: host)
        guard began["status"] == "running" else {
            throw HostError(.script, "the old text does not run: \(began["reason"]?.stringValue ?? "")")
        }
        if let state = options.state { try save(state, in: host) }
        var report = SwapRehearsalReport(before: try state(of: host))
        do throws(HostError) {
            let text = Value.string(String(decoding: options.new, as: UTF8.self))
            _ = try finish(try host.call("swap", ["name": .string(name), "text": text]), of: host)
        } catch {
            report.refusal = error.message
            report.log = host.log
            return report
        }
        report.afterSwap = try state(of: host)
        let generation = try status(of: host)["generation"]
        for _ in 0..<options.steps {
            _ = try finish(try host.call("step", ["name": .string(name)]), of: host)
            let now = try status(of: host)
            guard now["generation"] == generation, now["status"] == "running" else {
                report.failure = now["reason"]?.stringValue
                break
            }
            report.steps += 1
        }
        if report.failure == nil { report.afterSteps = try state(of: host) }
        report.log = host.log
        return report
    }

    /// As the old text would have left it, whatever its first step did.
    private static func save(_ state: (state: Value, version: Int), in host: TestHost) throws(HostError) {
        let store = host.store
        let saved = LoopResult(on: host.loop) { () async throws(HostError) in
            let result = await withCheckedContinuation { continuation in
                store.submit([.saveState(daemon: name, state: state.state, version: state.version)]) {
                    continuation.resume(returning: $0)
                }
            }
            try result.get()
        }
        _ = try host.result(of: saved, what: "the state to be saved")
    }

    private static func status(of host: TestHost) throws(HostError) -> Value {
        try finish(try host.call("status", ["name": .string(name)]), of: host)
    }

    private static func state(of host: TestHost) throws(HostError) -> Value {
        try finish(try host.call("state", ["name": .string(name)]), of: host)
    }

    private static func finish(_ call: TestHostCall, of host: TestHost) throws(HostError) -> Value {
        if let value = try call() { return value }
        throw HostError(.internal, "a program waits for an answer that nobody gives")
    }
}
