import Model

/// A newer text for a daemon, and what it is to be told when that has come to something.
struct SwapProposal: Sendable {
    /// Why, in words: a file changed, an operator asked.
    var reason: String
    /// The text; nil for what is on disk when it is loaded.
    var code: CodeBundle?
    /// The state that it starts with in place of the daemon's own: the one that this version left.
    var state: (state: Value, version: Int)?
    /// What is on disk, when that is not to be loaded from now on.
    var passedOver: CodeIdentity?
    /// Or it is whatever is on disk when this is loaded.
    var passesOverDisk = false
    /// Goes on record with the take-over: who asked for it.
    var activity: Activity?
    /// What becomes of the version that runs now, when this one takes over.
    var fate = CodeVersion.Outcome.replaced
    /// Those who take over together or not at all.
    var plan: SwapPlan?
    /// Called once: when it has taken over, or with why it has not.
    var done: (@Sendable (Result<Void, HostError>) -> Void)?
}
