import LuaRuntime
import Model
import Platform

/// One test file: reads it, and runs its tests one after another in a Lua state of its own.
struct TestFileRun {
    /// A test as its file declares it.
    private struct Test {
        var id: Int64
        var names: [String]
        var line: Int
        var isPending: Bool
        var reason: String?

        var name: String { names.joined(separator: " ") }
    }

    let file: TestFiles.File
    let options: ScriptTestOptions
    let hosts: TestHosts
    let project: ProjectFolder
    let tell: @Sendable (ScriptTestEvent) -> Void
    private let clock = SystemClock()

    init(
        file: TestFiles.File, options: ScriptTestOptions, hosts: TestHosts, project: ProjectFolder,
        tell: @escaping @Sendable (ScriptTestEvent) -> Void
    ) {
        self.file = file
        self.options = options
        self.hosts = hosts
        self.project = project
        self.tell = tell
    }

    /// How many tests it told of.
    func run() throws(HostError) -> Int {
        let source = try Files.read(file.path, limit: ScriptCatalog.sourceLimit)
        let script = try TestScript(project: project, hosts: hosts)
        defer { hosts.close() }
        switch script.call("read", [Value(content: source), .string(file.name)], within: options.timeout) {
        case .returned(let values): return run(chosen(values.first ?? .emptyTable), in: script)
        case let end:
            let failure = failure(end) ?? ScriptTestResult.Failure("it cannot be read")
            tell(.file(file.name, tests: 1))
            tell(.ended(ScriptTestResult(file: file.name, line: 1, names: [], outcome: .failed(failure))))
            return 1
        }
    }

    private func chosen(_ declared: Value) -> [Test] {
        guard case .array(let list) = declared else { return [] }
        let wanted = options.filter?.lowercased()
        return list.enumerated().map { index, value in
            Test(
                id: Int64(index + 1), names: (value["names"] ?? .null).texts,
                line: Int(value.text("place").split(separator: ":").last { Int($0) != nil } ?? "") ?? 1,
                isPending: value["is_pending"]?.boolValue ?? false, reason: value["reason"]?.stringValue)
        }.filter { test in wanted.map { test.name.lowercased().contains($0) } ?? true }
    }

    private func run(_ tests: [Test], in script: TestScript) -> Int {
        tell(.file(file.name, tests: tests.count))
        let ids = tests.filter { !$0.isPending }.map { Value.integer($0.id) }
        if !ids.isEmpty { _ = script.call("select", [.array(ids)], within: options.timeout) }
        for test in tests { run(test, in: script) }
        return tests.count
    }

    private func run(_ test: Test, in script: TestScript) {
        var result = ScriptTestResult(
            file: file.name, line: test.line, names: test.names, outcome: .pending(test.reason))
        if !test.isPending {
            let began = clock.monotonic()
            let end = script.call("run", [.integer(test.id)], within: options.timeout)
            let after = script.call("finish", [.integer(test.id)], within: options.timeout)
            result.outcome = outcome(end, after)
            result.log = hosts.log
            hosts.close()
            result.seconds = (clock.monotonic() - began).inSeconds
        }
        tell(.ended(result))
    }

    /// The test's own end counts first, then that of what follows it.
    private func outcome(_ end: TestScript.End, _ after: TestScript.End) -> ScriptTestResult.Outcome {
        if case .failed(let failure) = end, failure.value?.text("lunad_test") == "pending" {
            return .pending(failure.value?["message"]?.stringValue)
        }
        if let failure = failure(end) { return .failed(failure) }
        guard var failure = failure(after) else { return .passed }
        failure.message = "after the test: \(failure.message)"
        return .failed(failure)
    }

    private func failure(_ end: TestScript.End) -> ScriptTestResult.Failure? {
        switch end {
        case .returned: nil
        case .overdue(let what, let place):
            ScriptTestResult.Failure("it took more than \(options.timeout.inSeconds.shown) s: \(what)", place: place)
        case .failed(let failure): ScriptTestResult.Failure(failure)
        }
    }
}

extension ScriptTestResult.Failure {
    /// What Lua reports, without what belongs to the library of tests.
    init(_ failure: LuaFailure) {
        let levels = failure.traceback.split(separator: "\n").filter { level in
            !level.contains("lunad.test:") && !level.hasPrefix("\t[C]:")
        }
        let message = failure.value?["message"]?.stringValue ?? failure.message
        let places = levels.compactMap { Self.place($0.drop { $0 == "\t" }) }
        let given = Self.place(message[...])
        let place = given ?? places.first ?? ""
        self.init(
            given == nil ? message : String(message.dropFirst(place.count + 2)), place: place,
            traceback: places.count <= 1 ? "" : levels.joined(separator: "\n"))
    }

    /// The `file:line` at the beginning.
    private static func place(_ text: Substring) -> String? {
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, Int(parts[1]) != nil, !parts[0].isEmpty, !parts[0].contains(where: \.isNewline) else {
            return nil
        }
        return parts[0].contains(".lua") ? "\(parts[0]):\(parts[1])" : nil
    }
}

extension Value {
    /// The strings in a list.
    var texts: [String] { if case .array(let elements) = self { elements.compactMap(\.stringValue) } else { [] } }
}
