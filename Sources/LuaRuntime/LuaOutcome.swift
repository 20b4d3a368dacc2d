import Model

/// What came of running a script until it stopped by itself or its slice was used up.
package enum LuaOutcome: Sendable {
    /// The chunk or hook returned.
    case finished([Value])
    /// A host call waits for its reply.
    case waiting
    /// Its time slice is over; `resume(nil)` goes on.
    case preempted
    case failed(LuaFailure)
}

/// Why a script was unwound by the host.
package enum InterruptReason: Sendable, Hashable {
    case stop
    case stepTimeout
    case sessionTimeout
    case memory
    /// The script asked for it: `lunad.stop`, `lunad.fail`, `lunad.retry_after`.
    case directive
}

/// How a chunk or hook failed.
package struct LuaFailure: Error, Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case syntax
        case runtime
        case interrupted(InterruptReason)
    }

    package var kind: Kind
    /// As Lua gives it, with `file:line:` in front where it is known.
    package var message: String
    /// The script's file and line, when the message or the traceback names them.
    package var file: String?
    package var line: Int?
    /// Lua's form, innermost level first; at most 8 KB.
    package var traceback: String
    /// The local variables of the innermost functions, a line each; at most about 4 KB.
    package var locals = ""
    /// The error value, when it was a table of plain data.
    package var value: Value?
}

/// The host's answer to a call from a script.
package enum HostReply: Sendable {
    case values([Value])
    /// Raised in the script with its position in front.
    case error(String)
    /// The answer comes with `LuaState.resume`.
    case wait
    /// Unwinds to the hook's own frame; the script cannot catch it.
    case directive
}

/// The host as a running script reaches it. Called on the thread that runs the script.
package protocol HostDelegate: AnyObject {
    /// A declared function, by its index, with arguments that fit its declaration.
    func call(_ function: Int, _ arguments: [Value]) -> HostReply
    func beginSession() -> HostReply
    func endSession(commit: Bool) -> HostReply
    /// The source of a module of `scripts/lib`, by the name given to `require`.
    func moduleSource(_ name: String) -> Result<[UInt8], HostError>
}
