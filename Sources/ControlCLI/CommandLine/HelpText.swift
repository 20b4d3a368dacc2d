/// Help pages, made from the declarations.
enum HelpText {
    static func overview(_ commands: [any Command.Type]) -> String {
        let rows = commands.map { ($0.declaration.name, $0.declaration.summary) }
        return """
            lunad hosts daemons that are written as Lua scripts.

            Usage: lunad COMMAND [ARGUMENTS] [OPTIONS]

            Commands:
            \(columns(rows))
            Options of every command:
            \(columns(CommandDeclaration.Option.common.map { ($0.spelling, $0.doc) }))
            'lunad help COMMAND' says more, 'lunad help api' what scripts can call.
            Exit status: 0 done, 1 it failed, 2 wrong usage, 3 no host is running here, 4 no such daemon or job.

            """
    }

    static func command(_ declaration: CommandDeclaration) -> String {
        var text = "\(declaration.summary.capitalizedFirst).\n\nUsage: \(declaration.usage)\n"
        if !declaration.discussion.isEmpty { text += "\n\(declaration.discussion)\n" }
        if !declaration.positionals.isEmpty {
            text += "\nArguments:\n" + columns(declaration.positionals.map { ($0.name, $0.doc) })
        }
        if !declaration.options.isEmpty {
            text += "\nOptions:\n" + columns(declaration.options.map { ($0.spelling, $0.doc) })
        }
        return text + "\nOptions of every command:\n"
            + columns(CommandDeclaration.Option.common.map { ($0.spelling, $0.doc) })
    }

    private static func columns(_ rows: [(String, String)]) -> String {
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { "  \($0.0.padded(to: width))  \($0.1)\n" }.joined()
    }
}

extension CommandDeclaration.Option {
    fileprivate var spelling: String {
        let name = (short.map { "-\($0), " } ?? "    ") + "--\(long)"
        return value.map { "\(name) \($0)" } ?? name
    }
}

extension String {
    /// With its first letter as a sentence begins.
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
