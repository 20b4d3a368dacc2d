import Model

/// Says which lunad this is.
struct VersionCommand: Command {
    static let declaration = CommandDeclaration(name: "version", summary: "show the version")

    init(_ arguments: ParsedArguments) {}

    func run(in context: CommandContext) throws(HostError) -> ExitCode {
        if context.isJSON {
            context.output.line(try JSON.encode(["version": .string(LunadVersion.current)]))
        } else {
            context.output.line("lunad \(LunadVersion.current)")
        }
        return .done
    }
}
