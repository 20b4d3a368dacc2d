/// The table that a script returns, as far as its text shows it.
struct DaemonTable {
    /// Where the local that holds it is declared; nil when the table is returned without a name.
    private(set) var variable: SourcePosition?
    /// The name of that local.
    private(set) var name: String?
    /// Where its constructor stands, and what it holds.
    private(set) var constructor: SourcePosition
    private(set) var fields: [TableField]
    /// The declared config keys; nil when the text does not show them all.
    private(set) var configKeys: Set<String>?
    /// The declared arguments of a job type; nil when it declares none, or the text does not show them all.
    private(set) var argumentKeys: Set<String>?

    /// Looks for `return NAME` with `local NAME = { … }` above it, or `return { … }`.
    init?(in chunk: Block) {
        guard case .return(let values)? = chunk.statements.last?.kind, let value = values.first else { return nil }
        switch value.kind {
        case .table(let fields):
            constructor = value.position
            self.fields = fields
            configKeys = Self.keys(of: fields, below: "config")
            argumentKeys = Self.argumentKeys(of: fields)
        case .name(let name):
            guard let found = Self.declaration(of: name, in: chunk) else { return nil }
            variable = found.variable
            self.name = name
            constructor = found.constructor
            fields = found.fields
            configKeys =
                Self.isReplaced("config", of: name, in: chunk) ? nil : Self.keys(of: found.fields, below: "config")
            argumentKeys =
                Self.isReplaced("args", of: name, in: chunk) ? nil : Self.argumentKeys(of: found.fields)
        default:
            return nil
        }
    }

    private static func declaration(
        of name: String, in chunk: Block
    ) -> (variable: SourcePosition, constructor: SourcePosition, fields: [TableField])? {
        for statement in chunk.statements.reversed() {
            guard case .local(let names, let values) = statement.kind,
                let index = names.firstIndex(where: { $0.name == name })
            else { continue }
            guard index < values.count, case .table(let fields) = values[index].kind else { return nil }
            return (names[index].position, values[index].position, fields)
        }
        return nil
    }

    private static func isReplaced(_ field: String, of name: String, in chunk: Block) -> Bool {
        chunk.statements.contains { statement in
            guard case .assignment(let targets, _) = statement.kind else { return false }
            return targets.contains { target in
                guard case .suffixed(let base, let suffixes) = target.kind, case .name(name) = base.kind,
                    case .field(field)? = suffixes.first?.kind
                else { return false }
                return true
            }
        }
    }

    private static func argumentKeys(of fields: [TableField]) -> Set<String>? {
        fields.contains { $0.literalKey == "args" } ? keys(of: fields, below: "args") : nil
    }

    private static func keys(of fields: [TableField], below name: String) -> Set<String>? {
        var keys: Set<String> = []
        for field in fields {
            guard case .named(name, _) = field.key else { continue }
            guard case .table(let entries) = field.value.kind else { return nil }
            for entry in entries {
                guard let key = entry.literalKey else { return nil }
                keys.insert(key)
            }
        }
        return keys
    }
}

extension TableField {
    /// Its key when that is a name or a literal string.
    var literalKey: String? {
        switch key {
        case .named(let name, _): return name
        case .computed(let expression):
            guard case .string(let bytes) = expression.kind else { return nil }
            return String(decoding: bytes, as: UTF8.self)
        case .positional: return nil
        }
    }
}
