extension JobCommand {
    /// The command for one run: every placeholder replaced by that argument's text, each part still one part.
    ///
    /// Numbers stand as Lua prints them. Throws `invalidArgument` for an argument that is missing, is a table or no UTF-8
    /// text, or would put a zero byte where the system takes none.
    package func filled(with args: Value) throws(HostError) -> JobCommand {
        var filled = self
        filled.argv = []
        for part in argv { filled.argv.append(try Self.fill(part, args)) }
        guard filled.argv.first?.isEmpty == false else {
            throw HostError(.invalidArgument, "the command names no program")
        }
        filled.environment = []
        for field in environment {
            filled.environment.append(
                .init(field.key, .string(try Self.fill(field.value.stringValue ?? "", args))))
        }
        if let folder { filled.folder = try Self.fill(folder, args) }
        if let stdin { filled.stdin = try ArgumentTemplate(stdin).filled(with: args) }
        return filled
    }

    private static func fill(_ part: String, _ args: Value) throws(HostError) -> String {
        let text = try ArgumentTemplate(part).filled(with: args)
        guard !text.utf8.contains(0) else {
            throw HostError(.invalidArgument, "the command's part \"\(part)\" would hold a zero byte")
        }
        return text
    }

    /// Every text in it that may hold placeholders, with the field it stands in.
    var templates: [(field: String, text: String)] {
        argv.map { ("argv", $0) } + environment.map { ("env", $0.value.stringValue ?? "") }
            + [("cwd", folder), ("stdin", stdin)].compactMap { field, text in text.map { (field, $0) } }
    }
}
