import Model

/// The manual page lunad(1) in the man macros, made from the declarations of the commands.
enum ManualPage {
    static func text(_ commands: [any Command.Type]) -> String {
        let sections = commands.map { section($0.declaration) }.joined()
        return #"""
            .TH LUNAD 1 "" "lunad \#(LunadVersion.current)"
            .nh
            .ad l
            .SH NAME
            lunad \- host of daemons that are written as Lua scripts
            .SH SYNOPSIS
            .B lunad
            .I COMMAND
            [\fIARGUMENTS\fR] [\fIOPTIONS\fR]
            .SH COMMANDS
            \#(sections).SH OPTIONS OF EVERY COMMAND
            \#(list(options(CommandDeclaration.Option.common))).SH EXIT STATUS
            \#(list(statuses)).SH FILES
            \#(list(files))
            """#
    }

    private static let statuses = [
        ("0", "It is done."), ("1", "It failed."), ("2", "Wrong usage."), ("3", "No host is running here."),
        ("4", "There is no such daemon or job."),
    ]

    private static let files = [
        ("lunad.lua", "The host's settings for the project."),
        (
            "scripts/",
            "One file a daemon; in scripts/jobs/ one file a job type; in scripts/lib/ modules; in scripts/tests/ tests."
        ),
        ("Migrations/", "The project's own tables, NNNN_what.sql, applied once each, in order."),
        ("var/lunad.db", "The database."), ("var/lunad.sock", "Where the host is spoken to."),
    ]

    private static func section(_ declaration: CommandDeclaration) -> String {
        var text = ".SS \(escaped(declaration.usage))\n\(paragraph(declaration.summary.capitalizedFirst + "."))"
        if !declaration.discussion.isEmpty {
            // What is laid out in columns stays as it is.
            let isLaidOut = declaration.discussion.contains("  ")
            text +=
                isLaidOut
                ? ".PP\n.nf\n\(paragraph(declaration.discussion)).fi\n" : ".PP\n\(paragraph(declaration.discussion))"
        }
        return text + list(declaration.positionals.map { ($0.name, $0.doc) }) + list(options(declaration.options))
    }

    private static func options(_ options: [CommandDeclaration.Option]) -> [(String, String)] {
        options.map { option in
            let name = (option.short.map { "-\($0), " } ?? "") + "--\(option.long)"
            return (option.value.map { "\(name) \($0)" } ?? name, option.doc)
        }
    }

    private static func list(_ rows: [(String, String)]) -> String {
        rows.map { ".TP\n\\fB\(escaped($0.0))\\fR\n\(paragraph($0.1))" }.joined()
    }

    private static func paragraph(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { escaped(String($0)) + "\n" }.joined()
    }

    /// One line of text that no character of is taken for a request.
    private static func escaped(_ line: String) -> String {
        var text = line.hasPrefix(".") || line.hasPrefix("'") ? #"\&"# : ""
        for scalar in line.unicodeScalars {
            switch scalar {
            case "\\": text += #"\e"#
            case "-": text += #"\-"#
            case "'": text += #"\(aq"#
            case _ where scalar.isASCII: text.unicodeScalars.append(scalar)
            default: text += #"\[u\#(fourDigits(scalar.value))]"#
            }
        }
        return text
    }

    private static func fourDigits(_ number: UInt32) -> String {
        let digits = String(number, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
