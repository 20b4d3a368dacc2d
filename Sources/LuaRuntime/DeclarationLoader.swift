import Model

/// Runs a script's chunk in a state of its own, only to read what it declares.
package final class DeclarationLoader: HostDelegate {
    private let memory: Int
    private let timeout: Duration
    private let clock: any HostClock
    private let modules: (String) -> Result<[UInt8], HostError>

    /// `modules` gives the source of what the chunk requires.
    package init(
        memory: Int, timeout: Duration, clock: any HostClock,
        modules: @escaping (String) -> Result<[UInt8], HostError>
    ) {
        self.memory = memory
        self.timeout = timeout
        self.clock = clock
        self.modules = modules
    }

    /// The plain fields of the table that the chunk returns, and the names of its functions. Blocks for as long as the
    /// chunk runs, at most the timeout; the chunk may compute, but not wait.
    package func load(
        _ source: [UInt8], chunkName: String
    ) throws(HostError) -> (table: Value, hooks: Set<String>) {
        let lua = try LuaState(limits: LuaLimits(memoryHard: memory), clock: clock)
        defer { lua.close() }
        lua.delegate = self
        lua.setTimeout(timeout)
        var outcome = lua.load(source: source, chunkName: chunkName)
        while case .preempted = outcome { outcome = lua.resume(nil) }
        switch outcome {
        case .failed(let failure): throw HostError(.script, failure.message)
        case .waiting:
            throw HostError(.script, "\(chunkName.dropFirst()) waits for the host while it loads; do that in a hook")
        case .finished, .preempted: break
        }
        do {
            return try lua.declaration().get()
        } catch {
            throw HostError(error.code, "\(chunkName.dropFirst()): \(error.message)")
        }
    }

    package func call(_ function: Int, _ arguments: [Value]) -> HostReply {
        .error("the host is not available while the script is read for what it declares; do this in a hook")
    }

    package func beginSession() -> HostReply {
        .error("there is no database while the script is read for what it declares; do this in a hook")
    }

    package func endSession(commit: Bool) -> HostReply { .values([]) }

    package func moduleSource(_ name: String) -> Result<[UInt8], HostError> { modules(name) }
}
