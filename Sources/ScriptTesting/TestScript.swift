import LuaRuntime
import Model
import Platform

/// The Lua state of one test file: runs its functions one at a time, and carries out what they ask of their hosts.
final class TestScript: HostDelegate {
    /// How a function of the file ended.
    enum End {
        case returned([Value])
        case failed(LuaFailure)
        /// It took too long: what it was at, and at which line of the file, when it computed itself.
        case overdue(String, place: String)
    }

    /// What the library of tests calls, beside what any script may use without a host.
    static let functions: [APIFunction] =
        LunadAPI.forTests.filter { !$0.name.hasPrefix("test.") } + [
            APIFunction(
                "test.call", "Has a host of the test do something.",
                [
                    .init("name", .string, "What."), .init("host", .integer, "Which host."),
                    .init("arguments", .table, "With what."),
                ], returns: "table: `value`, `error` or `program`", waits: true)
        ]

    /// What a test file may use of memory.
    private static let memory = 64 << 20

    private let lua: LuaState
    private let catalog: ScriptCatalog
    private let hosts: TestHosts
    private let clock = SystemClock()
    /// What the script asked for and waits for.
    private var asked: (name: String, host: Int64, arguments: Value)?
    private var deadline = MonotonicTime.distantFuture
    private var isOverdue: String?

    init(project: ProjectFolder, hosts: TestHosts) throws(HostError) {
        catalog = ScriptCatalog(folder: project)
        self.hosts = hosts
        lua = try LuaState(
            limits: LuaLimits(memoryHard: Self.memory), interface: LuaInterface(Self.functions), clock: clock)
        lua.delegate = self
        try open()
    }

    deinit { lua.close() }

    /// Loads the library of tests.
    private func open() throws(HostError) {
        let parts: [(String, [UInt8])] = [
            ("showing", PackageResources.showing_lua), ("assertions", PackageResources.assertions_lua),
            ("host", PackageResources.host_lua),
        ]
        let fields = parts.map { Value.Field($0.0, Value(content: $0.1)) }
        guard case .finished = lua.load(source: PackageResources.suite_lua, chunkName: "=lunad.test"),
            case .returned = call("open", [.object(fields)], within: .seconds(10))
        else { throw HostError(.internal, "the library of tests cannot be loaded") }
    }

    /// Calls a function of the library; real time within `limit`.
    func call(_ function: String, _ arguments: [Value] = [], within limit: Duration) -> End {
        deadline = clock.monotonic() + limit
        hosts.setDeadline(deadline)
        isOverdue = nil
        lua.setTimeout(limit)
        var outcome = lua.call(function, arguments)
        while true {
            switch outcome {
            case .finished(let values): return .returned(values)
            case .failed(let failure): return ended(failure)
            case .waiting: outcome = carryOut()
            case .preempted: outcome = goOn()
            }
        }
    }

    private func ended(_ failure: LuaFailure) -> End {
        let place = ScriptTestResult.Failure(failure).place
        if let isOverdue { return .overdue(isOverdue, place: place) }
        if case .interrupted(.stepTimeout) = failure.kind { return .overdue("it was still computing", place: place) }
        return .failed(failure)
    }

    private func goOn() -> LuaOutcome {
        if clock.monotonic() > deadline { lua.interrupt(.stepTimeout) }
        return lua.resume(nil)
    }

    /// Does what the script waits for, and answers.
    private func carryOut() -> LuaOutcome {
        guard let request = asked else { return lua.resume(.error("nothing was asked for")) }
        asked = nil
        do {
            let reply = try hosts.carryOut(request.name, host: request.host, request.arguments)
            return lua.resume(.values([reply]))
        } catch {
            guard error.code == .timeout, clock.monotonic() > deadline else {
                return lua.resume(.values([["error": .string(error.description)]]))
            }
            isOverdue = error.message
            lua.interrupt(.stepTimeout)
            return lua.resume(nil)
        }
    }

    // MARK: - Calls from the script

    func call(_ function: Int, _ arguments: [Value]) -> HostReply {
        let name = Self.functions[function].name
        switch name {
        case "test.call":
            asked = (arguments[0].stringValue ?? "", arguments[1].integerValue ?? 0, arguments[2])
            return .wait
        case "json.encode": return reply { () throws(HostError) in .string(try JSON.encode(arguments[0])) }
        case "json.decode": return reply { () throws(HostError) in try JSON.decode(arguments[0].content) }
        default:
            let level = LogLevel(rawValue: String(name.dropFirst("log.".count))) ?? .info
            let fields = arguments.count > 1 && arguments[1].isTable ? arguments[1] : nil
            hosts.note(level, String(decoding: arguments[0].content, as: UTF8.self), fields)
            return .values([])
        }
    }

    private func reply(_ work: () throws(HostError) -> Value) -> HostReply {
        do throws(HostError) { return .values([try work()]) } catch { return .error(error.description) }
    }

    func beginSession() -> HostReply { .error("a test has no session of its own: use host:query and host:exec") }

    func endSession(commit: Bool) -> HostReply { .error("a test has no session of its own") }

    func moduleSource(_ name: String) -> Result<[UInt8], HostError> {
        do throws(HostError) { return .success(try catalog.module(name)) } catch { return .failure(error) }
    }
}
