/// What a script is for, which says what its functions are given.
package enum ScriptRole: Sendable {
    case daemon
    case job
    /// A test of scripts, which has names of its own.
    case test
    /// A module, or settings.
    case other
}
