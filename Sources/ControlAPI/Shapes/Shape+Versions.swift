import Model

extension Shape {
    private static let versionFields: KeyValuePairs<String, Shape> = [
        "generation": .integer, "code_hash": .text, "at": .instant, "outcome": .word(of: CodeVersion.Outcome.self),
        "reason": .text, "size_bytes": .integer, "is_current": .boolean, "is_kept": .boolean,
    ]

    /// `CodeVersion`
    static let codeVersion = Shape.object("Version", versionFields)

    /// `CodeVersion` with its `CodeBundle`
    static let codeVersionWithText = Shape.record(
        name: "VersionWithText",
        fields: versionFields.map { Field(name: $0.key, shape: $0.value) } + [
            Field(name: "source", shape: .optional(.text)), Field(name: "modules", shape: .table(.text)),
        ])

    /// `SwapForecast`
    static let swapForecast = Shape.object(
        "SwapForecast",
        [
            "would": .word(of: SwapForecast.Verdict.self), "reason": .text, "from_hash": .text, "to_hash": .text,
            "state_version_from": .optional(.integer), "state_version_to": .optional(.integer),
            "config_problems": .list(.text),
        ])

    static let daemonState = Shape.object(
        "DaemonState", ["state_version": .optional(.integer), "state": .any])
}
