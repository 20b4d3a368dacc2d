import Model
import Platform

/// Shows the token that the host's TCP port asks for.
struct TokenCommand: Command {
    static let declaration = CommandDeclaration(
        name: "token", summary: "show the token for the API on TCP",
        discussion: """
            Needed with 'lunad run --http ADDRESS', as the header 'Authorization: Bearer TOKEN'. It is made at first use and
            kept in var/token, for the owner alone; delete that file and restart the host to have another one.
            """)

    init(_ arguments: ParsedArguments) {}

    func run(in context: CommandContext) throws(HostError) -> ExitCode {
        try context.project.requireScripts()
        try Files.makeFolder(context.project.runtime)
        let token = try AccessToken.readOrMake(at: context.project.token)
        context.output.line(context.isJSON ? try JSON.encode(["token": .string(token)]) : token)
        return .done
    }
}
