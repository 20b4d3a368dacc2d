import Model

/// The reference of the Lua API as a Markdown page.
enum ReferenceMarkdown {
    static func text() -> String {
        let intro = """
            # The Lua API

            What a script returns, what it can call, and what it is given. `lunad help api` shows the same in a terminal,
            `lunad help api NAME` one entry, and `lunad meta` makes it known to an editor. This page is made by
            `lunad help api --markdown`.

            A `?` behind a type means that the value may be left out, or be nil. A function that *waits* gives the thread
            to others meanwhile, and is refused inside a session. A wrong argument raises an error that names it.

            """
        return intro + LunadAPI.sections.map(text(of:)).joined()
    }

    private static func text(of section: LunadAPI.Section) -> String {
        "\n## \(section.title)\n" + section.classes.map(text(of:)).joined() + section.functions.map(text(of:)).joined()
    }

    private static func text(of type: APIClass) -> String {
        let head = "\n### \(type.name)\n\n\(type.doc)\n"
        guard !type.fields.isEmpty else { return head }
        let hasDefaults = type.fields.contains { $0.fallback != nil }
        let titles =
            hasDefaults
            ? "| field | type | default | meaning |\n|---|---|---|---|\n"
            : "| field | type | meaning |\n|---|---|---|\n"
        return head + "\n" + titles
            + type.fields.map { field in
                let kind = cell("`\(field.type)\(field.isOptional ? "?" : "")`")
                let fallback = hasDefaults ? " \(field.fallback.map { cell("`\($0)`") } ?? "") |" : ""
                return "| `\(field.name)` | \(kind) |\(fallback) \(cell(field.doc)) |\n"
            }.joined()
    }

    private static func text(of function: APIFunction) -> String {
        var text = "\n### `\(function.signature)`\n\n\(function.doc)"
        text += function.waits && !function.isHook ? " *Waits.*\n" : "\n"
        if !function.parameters.isEmpty {
            text +=
                "\n"
                + function.parameters.map { parameter in
                    let kind = parameter.typeName + (parameter.isOptional ? "?" : "")
                    return "- `\(parameter.name)` (`\(kind)`): \(parameter.doc)\n"
                }.joined()
        }
        if !function.returns.isEmpty {
            let results = function.results.map { "`\($0.type)`: \($0.doc)" }.joined(separator: "; ")
            text += "\nReturns \(results).\n"
        }
        if !function.raises.isEmpty { text += "\nRaises: \(function.raises)\n" }
        if !function.example.isEmpty { text += "\n```lua\n\(function.example)\n```\n" }
        return text
    }

    /// Text that does not end a table's cell.
    private static func cell(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}
