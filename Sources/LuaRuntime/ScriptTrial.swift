import Model
import Platform

/// Loads a script as the host would, in a Lua state of its own, to hear what it declares; nothing is started.
///
/// Bounded by the default memory limit and `timeout`. Runs on the calling thread.
package final class ScriptTrial: HostDelegate {
    /// What came of it.
    package enum Outcome {
        case declared(table: Value, functions: Set<String>)
        /// It does not load: a sentence, and the line in the script where one is known.
        case failed(String, file: String?, line: Int?)
        /// It called this function while it loaded, which a trial does not carry out.
        case undecided(function: String)
    }

    private let catalog: ScriptCatalog
    private let clock: any HostClock
    private let functions: [APIFunction]?
    private let timeout: Duration
    private var refused: String?
    /// What the script has required so far, by name.
    package private(set) var modules: [String: [UInt8]] = [:]

    /// `functions` is what the script finds as `lunad`; nil for all that the host has.
    package init(
        project: ProjectFolder, functions: [APIFunction]? = nil, clock: any HostClock, timeout: Duration
    ) {
        catalog = ScriptCatalog(folder: project)
        self.functions = functions
        self.clock = clock
        self.timeout = timeout
    }

    /// Loads this text under this name. Blocks for up to the timeout; needs a stack of some megabytes.
    package func load(_ source: [UInt8], name: String) throws(HostError) -> Outcome {
        let lua = try makeState()
        defer { lua.close() }
        lua.delegate = self
        lua.setTimeout(timeout)
        switch finish(lua, lua.load(source: source, chunkName: "@\(name)")) {
        case .failed(let failure): return judge(failure)
        case .finished, .waiting, .preempted: return declaration(of: lua, name: name)
        }
    }

    /// Loads the text and lets its `on_swap` take this state; `declared` when that goes well.
    package func rehearse(_ source: [UInt8], name: String, state: Value, version: Int) throws(HostError) -> Outcome {
        let lua = try makeState()
        defer { lua.close() }
        lua.delegate = self
        lua.setTimeout(timeout)
        if case .failed(let failure) = finish(lua, lua.load(source: source, chunkName: "@\(name)")) {
            return judge(failure)
        }
        try lua.setField("state", state)
        let arguments: [Value] = [state, .integer(Int64(version))]
        if case .failed(let failure) = finish(lua, lua.call("on_swap", arguments)) { return judge(failure) }
        return declaration(of: lua, name: name)
    }

    private func makeState() throws(HostError) -> LuaState {
        let interface = if let functions { try LuaInterface(functions) } else { try LuaInterface.standard.get() }
        return try LuaState(limits: LuaLimits(memoryHard: Policy().memory), interface: interface, clock: clock)
    }

    /// As `load`, with anything but a declaration as an error (`script`).
    package func declared(
        _ source: [UInt8], name: String
    ) throws(HostError) -> (table: Value, functions: Set<String>) {
        switch try load(source, name: name) {
        case .declared(let table, let functions): return (table, functions)
        case .failed(let message, _, _): throw HostError(.script, "\(name) does not load: \(message)")
        case .undecided(let function):
            throw HostError(
                .script,
                "\(name) calls lunad.\(function) while it loads, so what it declares is not known; do it in a hook")
        }
    }

    /// Goes on after each slice until the script has ended or its time is over.
    private func finish(_ lua: LuaState, _ first: LuaOutcome) -> LuaOutcome {
        let deadline = clock.monotonic() + timeout
        var outcome = first
        while case .preempted = outcome {
            if clock.monotonic() > deadline { lua.interrupt(.stepTimeout) }
            outcome = lua.resume(nil)
        }
        return outcome
    }

    private func judge(_ failure: LuaFailure) -> Outcome {
        if let refused { return .undecided(function: refused) }
        if case .interrupted(.stepTimeout) = failure.kind {
            return .failed(
                "it was still loading after \(timeout.inSeconds.shown) seconds", file: failure.file, line: failure.line)
        }
        return .failed(failure.message, file: failure.file, line: failure.line)
    }

    private func declaration(of lua: LuaState, name: String) -> Outcome {
        switch lua.declaration() {
        case .success(let (table, functions)): .declared(table: table, functions: functions)
        case .failure(let error): .failed(error.message, file: nil, line: nil)
        }
    }

    // MARK: Calls from the script

    package func call(_ function: Int, _ arguments: [Value]) -> HostReply {
        let name = (functions ?? LunadAPI.functions)[function].name
        if name.hasPrefix("log.") || name == "status" || name == "heartbeat" { return .values([]) }
        return refuse(name)
    }

    package func beginSession() -> HostReply { refuse("session") }

    package func endSession(commit: Bool) -> HostReply { refuse("session") }

    package func moduleSource(_ name: String) -> Result<[UInt8], HostError> {
        do throws(HostError) {
            let text = try catalog.module(name)
            modules[name] = text
            return .success(text)
        } catch {
            return .failure(error)
        }
    }

    private func refuse(_ name: String) -> HostReply {
        refused = refused ?? name
        return .error("lunad.\(name) is not carried out while the script is only checked")
    }
}
