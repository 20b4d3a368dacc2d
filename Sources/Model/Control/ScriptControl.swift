/// The port through which the control plane adds scripts to the project and takes them away.
package protocol ScriptControl: AnyObject, Sendable {
    /// Makes a script of the text, with the daemon that it has by itself, and starts that unless it is to be disabled.
    ///
    /// The text is loaded as the host would, and the config checked against what it declares, before anything is written:
    /// `script` and `invalidArgument` say what is wrong. `conflict` when the name is taken by a daemon or a file.
    func create(_ script: ScriptAddition, patience: Duration) async throws(HostError) -> DaemonRecord

    /// Stops the daemon that a script has by itself, deletes the script, and forgets the daemon with its state and config.
    /// `conflict` for another instance, and while there are others.
    func deleteScript(of name: String, patience: Duration) async throws(HostError)
}

/// A script that is to be in the project.
package struct ScriptAddition: Sendable, Hashable {
    /// The script's and its daemon's: `scripts/NAME.lua`.
    package var name: String
    package var source: String
    package var config: ConfigChange
    /// Nil for what the script says.
    package var isEnabled: Bool?

    package init(name: String, source: String, config: ConfigChange = ConfigChange(), isEnabled: Bool? = nil) {
        self.name = name
        self.source = source
        self.config = config
        self.isEnabled = isEnabled
    }
}
