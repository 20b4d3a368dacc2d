/// Where in a script's text the fields and functions of the table that it returns are written.
///
/// What is wrong with a declaration is found by running the script; this tells on which line to mend it.
package struct DeclarationMap: Sendable {
    private var places: [String: SourcePosition] = [:]
    private var table: SourcePosition?

    /// Reads `source`; a text with faults, or one that builds its table in other ways, gives an emptier map.
    package init(source: [UInt8]) {
        guard source.count <= ScriptChecker.maximumSourceBytes, let chunk = try? Parser.parse(source),
            let daemon = DaemonTable(in: chunk)
        else { return }
        table = daemon.constructor
        note(daemon.fields, below: "")
        for statement in chunk.statements { note(statement, of: daemon) }
    }

    /// The place of `path`, such as `config.folder.type`, or of the nearest field around it; at last the table itself.
    package func position(of path: String) -> SourcePosition? {
        var parts = path.split(separator: ".")
        while !parts.isEmpty {
            if let place = places[parts.joined(separator: ".")] { return place }
            parts.removeLast()
        }
        return table
    }

    /// The place that a problem's sentence is about: it begins with a field's path, or with `function` and a name.
    package func position(ofProblem problem: String) -> SourcePosition? {
        let words = problem.split(separator: " ", maxSplits: 2).map(String.init)
        guard let first = words.first else { return table }
        return position(of: first == "function" && words.count > 1 ? words[1] : first)
    }

    private mutating func note(_ fields: [TableField], below prefix: String) {
        for field in fields {
            guard let key = field.literalKey else { continue }
            let path = prefix + key
            if case .named(_, let position) = field.key { places[path] = position }
            if case .table(let inner) = field.value.kind { note(inner, below: path + ".") }
        }
    }

    /// `function d:name()`, `d.name = …` at the top level of the chunk.
    private mutating func note(_ statement: Statement, of daemon: DaemonTable) {
        guard let name = daemon.name else { return }
        switch statement.kind {
        case .function(let function, _) where function.base == name && function.fields.count == 1:
            places[function.fields[0]] = statement.position
        case .assignment(let targets, _):
            for target in targets {
                guard case .suffixed(let base, let suffixes) = target.kind, case .name(name) = base.kind,
                    suffixes.count == 1, case .field(let field) = suffixes[0].kind
                else { continue }
                places[field] = target.position
            }
        default: break
        }
    }
}
