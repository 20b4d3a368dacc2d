/// The text that a daemon's logic is made of: its script and the modules that it required.
package struct CodeBundle: Sendable, Hashable {
    package var script: [UInt8]
    /// By the name given to `require`.
    package var modules: [String: [UInt8]]

    package init(script: [UInt8], modules: [String: [UInt8]] = [:]) {
        self.script = script
        self.modules = modules
    }

    /// In bytes.
    package var size: Int { modules.values.reduce(script.count) { $0 + $1.count } }

    package var identity: CodeIdentity {
        CodeIdentity(script: SHA256.hex(script), modules: modules.mapValues(SHA256.hex))
    }
}

/// Tells one text from another: what `code_hash` is made of.
package struct CodeIdentity: Sendable, Hashable {
    /// SHA-256 of the script, in hexadecimal.
    package var script: String
    /// SHA-256 of each module by its name.
    package var modules: [String: String]

    package init(script: String, modules: [String: String] = [:]) {
        self.script = script
        self.modules = modules
    }

    /// The script's own SHA-256 while it requires nothing; else one over its and its modules'.
    package var hash: String {
        guard !modules.isEmpty else { return script }
        let lines = modules.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }
        return SHA256.hex(Array("\(script)\n\(lines.joined())".utf8))
    }
}
