import Glibc
import Model
import Platform
import ScriptTesting
import Synchronization
import Testing

/// A project in a folder of its own, and what comes of its tests.
final class ScriptProject {
    let folder: ProjectFolder

    init(
        daemons: [String: String] = [:], jobs: [String: String] = [:], migrations: [String: String] = [:],
        modules: [String: String] = [:]
    ) throws {
        var template = Array("/tmp/lunad-scripts-XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&template), "mkdtemp failed")
        folder = ProjectFolder(path: String(cString: try #require(realpath(made, nil))))
        for path in [folder.scripts, folder.jobs, folder.libraries, folder.tests, folder.migrations] {
            try Files.makeFolder(path)
        }
        for (name, text) in daemons { try write(text, to: "scripts/\(name).lua") }
        for (name, text) in jobs { try write(text, to: "scripts/jobs/\(name).lua") }
        for (name, text) in modules { try write(text, to: "scripts/lib/\(name).lua") }
        for (name, text) in migrations { try write(text, to: "Migrations/\(name)") }
    }

    deinit { Self.removeAll(folder.path) }

    private static func removeAll(_ path: String) {
        if remove(path) == 0 { return }
        for name in (try? Files.list(path)) ?? [] { removeAll("\(path)/\(name)") }
        remove(path)
    }

    func write(_ text: String, to path: String) throws {
        try Files.write(Array(text.utf8), to: "\(folder.path)/\(path)")
    }

    /// Runs this as the only test file; the results in order.
    @discardableResult
    func test(_ text: String, filter: String? = nil, timeout: Duration = .seconds(20)) async throws
        -> [ScriptTestResult]
    {
        try write(text, to: "scripts/tests/it_test.lua")
        return try await run(ScriptTestOptions(filter: filter, timeout: timeout))
    }

    func run(_ options: ScriptTestOptions) async throws -> [ScriptTestResult] {
        let gathered = Gathered()
        try await ProjectTests.run(folder, settings: HostSettings(), options) { gathered.add($0) }
        return gathered.results
    }

    /// Runs the body of one test, which has to pass.
    func expect(_ body: String, at location: SourceLocation = #_sourceLocation) async throws {
        let results = try await test("it('passes', function()\nlocal host = lunad.test.host()\n\(body)\nend)")
        #expect(results.count == 1, sourceLocation: location)
        for result in results {
            #expect(
                result.outcome == .passed, "\(result.log.map(\.message).joined(separator: "\n"))",
                sourceLocation: location)
        }
    }

    private final class Gathered: Sendable {
        private let list = Mutex<[ScriptTestResult]>([])

        func add(_ event: ScriptTestEvent) {
            if case .ended(let result) = event { list.withLock { $0.append(result) } }
        }

        var results: [ScriptTestResult] { list.withLock { $0 } }
    }
}

extension ScriptTestResult {
    /// `passed`, `pending`, or the message of the failure.
    var said: String {
        switch outcome {
        case .passed: "passed"
        case .pending(let reason): "pending" + (reason.map { ": \($0)" } ?? "")
        case .failed(let failure): failure.message
        }
    }
}
