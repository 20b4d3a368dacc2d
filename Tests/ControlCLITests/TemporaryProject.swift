import Glibc
import Model
import Platform
import SQLiteStore
import Synchronization
import Testing

@testable import ControlCLI

/// A project in a folder of its own that goes with the value; commands run on it with their output caught.
final class TemporaryProject {
    let folder: ProjectFolder
    let clock = ManualClock()

    init() throws {
        var template = Array("/tmp/lunad-cli-XXXXXX".utf8CString)
        _ = try #require(mkdtemp(&template))
        let path = template.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        folder = ProjectFolder(path: path)
        try Files.makeFolder(folder.scripts)
        try Files.makeFolder(folder.jobs)
        try Files.makeFolder(folder.libraries)
        try Files.makeFolder(folder.runtime)
    }

    deinit { Self.remove(folder.path) }

    private static func remove(_ path: String) {
        if (try? Files.facts(of: path))?.kind == .directory {
            for name in (try? Files.list(path)) ?? [] { remove("\(path)/\(name)") }
        }
        _ = path.withCString { Glibc.remove($0) }
    }

    func write(_ text: String, to path: String) throws {
        try Files.write(Array(text.utf8), to: "\(folder.path)/\(path)")
    }

    func read(_ path: String) throws -> String {
        String(decoding: try Files.read("\(folder.path)/\(path)"), as: UTF8.self)
    }

    /// Makes the database if needed and puts `writes` into it.
    func store(_ writes: [HostWrite]) async throws {
        let store = try SQLiteStore.open(path: folder.database, clock: clock)
        defer { store.close() }
        let result = await withCheckedContinuation { continuation in
            store.submit(writes) { continuation.resume(returning: $0) }
        }
        try result.get()
    }

    struct Outcome {
        var status: Int32
        var output: String
        var messages: String
    }

    /// Runs a command line on this project.
    func run(
        _ words: [String], runHost: @escaping @Sendable (RunOptions) async -> Int32 = { _ in 0 },
        runTests: ScriptTestRun? = nil
    ) async -> Outcome {
        let output = Caught()
        let messages = Caught()
        var context = CommandContext(
            output: Screen { output.add($0) }, messages: Screen { messages.add($0) }, clock: clock,
            runHost: runHost)
        context.runTests = runTests
        context.loadTimeout = .milliseconds(200)
        let status = await CommandLineTool.run(["--dir", folder.path] + words, in: context)
        return Outcome(status: status, output: output.text, messages: messages.text)
    }
}

/// Text that a command has written so far.
private final class Caught: Sendable {
    private let caught = Mutex("")

    func add(_ more: String) { caught.withLock { $0 += more } }

    var text: String { caught.withLock { $0 } }
}

extension DaemonRecord {
    static func make(_ name: String, _ status: DaemonStatus, change: (inout DaemonRecord) -> Void = { _ in }) -> Self {
        var record = DaemonRecord(name: name, type: name)
        record.status = status
        record.reason = "a reason"
        change(&record)
        return record
    }

    /// What makes the database know the daemon as it is here.
    var writes: [HostWrite] { [.registerDaemon(name: name, type: type, enabled: enabled), .daemonStatus(self)] }
}
