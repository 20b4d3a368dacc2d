import LuaRuntime
import Model
import Platform
import Testing

/// A Lua state with a host that notes what the script asks and answers as the test says.
final class LuaScene: HostDelegate {
    /// One call from the script; sessions are noted as `session.begin`, `session.commit` and `session.rollback`.
    struct Call: Equatable {
        var name: String
        var arguments: [Value]
    }

    let state: LuaState
    let clock: ManualClock
    private(set) var calls: [Call] = []
    /// The answers by name; a directive for what ends a hook, else no values at once.
    var answers: [String: HostReply] = ["stop": .directive, "fail": .directive, "retry_after": .directive]
    /// How a call that waits is answered in the end.
    var late = HostReply.values([])
    var modules: [String: String] = [:]
    /// Run inside each host call.
    var onCall: ((LuaScene) -> Void)?

    init(
        memory: Int = 32 << 20, soft: Int? = nil, value: Int = 16 << 20, functions: [APIFunction] = LunadAPI.functions
    ) throws {
        clock = ManualClock()
        let limits = LuaLimits(memoryHard: memory, memorySoft: soft, value: value)
        state = try LuaState(limits: limits, interface: LuaInterface(functions), clock: clock)
        self.functions = functions
        state.delegate = self
    }

    private let functions: [APIFunction]

    // MARK: - The host

    func call(_ function: Int, _ arguments: [Value]) -> HostReply {
        answer(functions[function].name, arguments)
    }

    func beginSession() -> HostReply { answer("session.begin", []) }

    func endSession(commit: Bool) -> HostReply { answer(commit ? "session.commit" : "session.rollback", []) }

    func moduleSource(_ name: String) -> Result<[UInt8], HostError> {
        calls.append(Call(name: "require", arguments: [.string(name)]))
        guard let source = modules[name] else { return .failure(HostError(.notFound, "there is no such file")) }
        return .success(Array(source.utf8))
    }

    private func answer(_ name: String, _ arguments: [Value]) -> HostReply {
        calls.append(Call(name: name, arguments: arguments))
        onCall?(self)
        return answers[name] ?? .values([])
    }

    var callNames: [String] { calls.map(\.name) }

    func forgetCalls() { calls = [] }

    // MARK: - Running

    /// Goes on through preemptions until the script waits or ends.
    func settle(_ outcome: LuaOutcome) -> LuaOutcome {
        var outcome = outcome
        while case .preempted = outcome { outcome = state.resume(nil) }
        return outcome
    }

    /// Goes on through preemptions and answers every wait, until the script ends.
    func finish(_ outcome: LuaOutcome) -> LuaOutcome {
        var outcome = settle(outcome)
        while case .waiting = outcome { outcome = settle(state.resume(late)) }
        return outcome
    }

    @discardableResult
    func load(_ source: String, as name: String = "@scripts/test.lua") -> LuaOutcome {
        finish(state.load(source: Array(source.utf8), chunkName: name))
    }

    /// Loads a script whose hook `run` has this body, on the file's first line on.
    func define(_ body: String, sourceLocation: SourceLocation = #_sourceLocation) {
        let outcome = load(
            "return { state = {}, run = function(self, ...) \(body)\nend, "
                + "again = function() return 'again' end, forget = function() kept = nil end }")
        guard case .finished = outcome else {
            Issue.record("the script does not load: \(outcome)", sourceLocation: sourceLocation)
            return
        }
    }

    /// What the body returns.
    func values(
        _ body: String, _ arguments: [Value] = [], sourceLocation: SourceLocation = #_sourceLocation
    ) -> [Value] {
        define(body, sourceLocation: sourceLocation)
        return returned(by: finish(state.call("run", arguments)), sourceLocation: sourceLocation)
    }

    /// How the body fails.
    func failure(
        _ body: String, _ arguments: [Value] = [], sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> LuaFailure {
        define(body, sourceLocation: sourceLocation)
        return try failure(of: finish(state.call("run", arguments)), sourceLocation: sourceLocation)
    }

    func returned(by outcome: LuaOutcome, sourceLocation: SourceLocation = #_sourceLocation) -> [Value] {
        if case .finished(let values) = outcome { return values }
        Issue.record("it did not finish: \(outcome)", sourceLocation: sourceLocation)
        return []
    }

    func failure(of outcome: LuaOutcome, sourceLocation: SourceLocation = #_sourceLocation) throws -> LuaFailure {
        if case .failed(let failure) = outcome { return failure }
        return try #require(nil, "it did not fail: \(outcome)", sourceLocation: sourceLocation)
    }

    /// The next hook finds a sound state.
    func expectNextHookWorks(sourceLocation: SourceLocation = #_sourceLocation) {
        let values = returned(by: finish(state.call("again")), sourceLocation: sourceLocation)
        #expect(values == ["again"], sourceLocation: sourceLocation)
    }

    /// Closes the state; nothing of its heap may be left.
    func expectCleanClose(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(state.close() == 0, "bytes leaked", sourceLocation: sourceLocation)
    }
}

extension Value {
    /// The same value with its fields in order: Lua keeps none.
    var sorted: Value {
        switch self {
        case .array(let elements): .array(elements.map(\.sorted))
        case .object(let fields):
            .object(fields.sorted { $0.key < $1.key }.map { Field($0.key, $0.value.sorted) })
        default: self
        }
    }
}
