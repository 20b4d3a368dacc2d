/// One generation of a daemon's logic: a text that was loaded for it, and what became of that.
package struct CodeVersion: Sendable, Hashable {
    package enum Outcome: String, Sendable, Hashable, CaseIterable {
        /// It is the daemon's logic now.
        case running
        /// A later one took over.
        case replaced
        /// It took over, failed its first steps, and the one before took over again.
        case failed
        /// It never took over: it did not load, its config did not fit, or the state could not be given to it.
        case refused
        /// An operator went back from it.
        case rolledBack = "rolled_back"
    }

    package var generation: Int
    package var codeHash: String
    package var at: WallTime
    package var outcome: Outcome
    /// Why it was loaded, or why it was not kept.
    package var reason: String
    /// Of its text, in bytes.
    package var size: Int

    package init(
        generation: Int, codeHash: String, at: WallTime, outcome: Outcome, reason: String, size: Int
    ) {
        self.generation = generation
        self.codeHash = codeHash
        self.at = at
        self.outcome = outcome
        self.reason = reason
        self.size = size
    }

    /// Versions are kept up to this many a daemon, newest first, and only so long as their texts together have no more
    /// than `keptBytes`; the one that runs and the one before it are kept whatever their size.
    package static let keptCount = 20
    package static let keptBytes = 8 << 20
}

/// The port to the versions that the database keeps.
package protocol VersionStore: AnyObject, Sendable {
    /// Newest first.
    func versions(of daemon: String) throws(HostError) -> [CodeVersion]
    /// The number of the newest one; nil when there is none.
    func newestGeneration(of daemon: String) throws(HostError) -> Int?
    /// The text of a version; nil when it is not kept any more.
    func code(of daemon: String, generation: Int) throws(HostError) -> CodeBundle?
    /// The state that a version left when another with another `state_version` took over; nil when none was kept.
    func state(of daemon: String, generation: Int) throws(HostError) -> (state: Value, version: Int)?
}

/// What the host writes down about versions.
package enum VersionWrite: Sendable {
    /// A text that was tried. When it runs, what ran before it is `replaced`.
    case tried(daemon: String, CodeVersion, CodeBundle)
    case ended(daemon: String, generation: Int, CodeVersion.Outcome, reason: String)
    /// The state as that version leaves it.
    case leftState(daemon: String, generation: Int, state: Value, version: Int)
    /// The daemon's logic from now on. While the script on disk has the hash `passedOver`, this version is loaded in its
    /// place, also after a restart; empty for none.
    case runs(daemon: String, generation: Int, codeHash: String, passedOver: String)
    /// The script on disk is not to be loaded while it has this hash.
    case passedOver(daemon: String, codeHash: String)
}
