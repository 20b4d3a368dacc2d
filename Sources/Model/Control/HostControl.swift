/// The port through which the control plane asks the engine about daemons and for changes to them.
///
/// Reads answer from memory at once. What changes something is durable when it returns, and answers with what is so after
/// it. An unknown name answers `notFound` with a near one. Safe from any thread; calls about one daemon may overlap.
package protocol HostControl: AnyObject, Sendable {
    /// Every daemon as it is now, in order of the names.
    func daemons() -> [DaemonRecord]
    func daemon(named name: String) throws(HostError) -> DaemonRecord
    /// As `daemon(named:)`, nil when there is none: costs the same however many there are.
    func snapshot(of name: String) -> DaemonRecord?

    /// Carries out `command`, and waits up to `patience` for the daemon to settle: to be neither starting nor stopping.
    /// The record is the one after that; a daemon that is still on its way is shown as such.
    func carryOut(
        _ command: DaemonCommand, on name: String, patience: Duration
    ) async throws(HostError) -> DaemonRecord

    /// The same for every daemon side by side, `patience` being for all of them together. `start` leaves out those that
    /// are disabled, and `restart` those that are at rest.
    func carryOutOnAll(_ command: DaemonCommand, patience: Duration) async throws(HostError) -> [DaemonRecord]

    /// Makes another instance of a script and starts it unless it is to be disabled; `conflict` when the name is taken.
    func add(_ addition: DaemonAddition, patience: Duration) async throws(HostError) -> DaemonRecord

    /// Stops the daemon and forgets it with its state and config; its history stays. `conflict` for the instance that a
    /// script has by itself, which would be back at once.
    func remove(named name: String, patience: Duration) async throws(HostError)

    func config(of name: String) async throws(HostError) -> DaemonConfig

    /// Checks the change against what the script on disk declares, keeps it, and lets the daemon have it: a live one
    /// restarts with its state, a failed one is tried again. `invalidArgument` names every problem; then nothing changed.
    func changeConfig(of name: String, _ change: ConfigChange) async throws(HostError) -> DaemonConfig

    /// Reads the scripts and the table of daemons again.
    func reload() async throws(HostError)

    /// Why the host does not count as ready, a sentence each: an enabled daemon marked `critical` that does not run.
    func unreadiness() -> [String]
}

/// What can be asked of a daemon.
package enum DaemonCommand: String, Sendable, Hashable, CaseIterable {
    case start
    case stop
    /// Stop and start again with the state kept; starts one that is at rest.
    case restart
    /// It starts with the host from now on. Changes the setting alone.
    case enable
    /// It no longer starts with the host. Changes the setting alone.
    case disable
}

/// Another instance of a script.
package struct DaemonAddition: Sendable, Hashable {
    package var name: String
    /// The script: `scripts/TYPE.lua`.
    package var type: String
    package var config: ConfigChange
    package var isEnabled: Bool

    package init(name: String, type: String, config: ConfigChange = ConfigChange(), isEnabled: Bool = true) {
        self.name = name
        self.type = type
        self.config = config
        self.isEnabled = isEnabled
    }
}

extension HostError {
    /// No daemon has this name; a near one among `names` is suggested.
    package static func noDaemon(_ name: String, among names: some Sequence<String>) -> HostError {
        let hint = DidYouMean.closest(to: name, in: names).map { "; did you mean '\($0)'?" } ?? ""
        return HostError(.notFound, "there is no daemon '\(name)'\(hint)")
    }
}
