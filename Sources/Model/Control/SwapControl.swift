/// The port through which the control plane asks for other logic in a daemon, and for what it was before.
///
/// What changes something is durable when it returns. An unknown daemon or generation answers `notFound`.
package protocol SwapControl: AnyObject, Sendable {
    /// Lets this text, or what is on disk, take over, and waits up to `patience` for that; a step in progress may take
    /// longer, then the record is the one before it. `script` says why the text was refused; then nothing changed.
    /// `conflict` when nothing runs.
    func swap(_ name: String, code: [UInt8]?, patience: Duration) async throws(HostError) -> DaemonRecord

    /// What `swap` would come to, without letting anything take over.
    func forecastSwap(_ name: String, code: [UInt8]?) async throws(HostError) -> SwapForecast

    /// Lets an earlier version take over: that generation, or the one that ran before this one. It gets the state as it
    /// is now; one that declares another `state_version` gets the state that it left.
    func rollBack(_ name: String, to generation: Int?, patience: Duration) async throws(HostError) -> DaemonRecord

    /// Newest first.
    func versions(of name: String) async throws(HostError) -> [CodeVersion]

    /// One version and its text, which may not be kept any more.
    func version(of name: String, generation: Int) async throws(HostError) -> (CodeVersion, CodeBundle?)

    /// The state as it was committed last; nil when none ever was.
    func state(of name: String) async throws(HostError) -> (state: Value, version: Int)?
}

/// What a swap would come to.
package struct SwapForecast: Sendable, Hashable {
    package enum Verdict: String, Sendable, Hashable, CaseIterable {
        case swap
        /// It runs already.
        case nothing
        case refuse
    }

    package var verdict: Verdict
    /// In words: why it would be refused, or what would be done.
    package var reason: String
    package var currentHash: String
    package var newHash: String
    /// The `state_version` of the saved state, and the new text's.
    package var currentStateVersion: Int?
    package var newStateVersion: Int?
    /// A sentence each.
    package var configProblems: [String] = []

    package init(
        verdict: Verdict, reason: String, currentHash: String, newHash: String, currentStateVersion: Int? = nil,
        newStateVersion: Int? = nil, configProblems: [String] = []
    ) {
        self.verdict = verdict
        self.reason = reason
        self.currentHash = currentHash
        self.newHash = newHash
        self.currentStateVersion = currentStateVersion
        self.newStateVersion = newStateVersion
        self.configProblems = configProblems
    }
}
