/// The table that a script returns, as far as its text shows it.
struct DaemonTable {
    /// Where the local that holds it is declared; nil when the table is returned without a name.
    private(set) var variable: SourcePosition?
    /// The name of that local.
    private(set) var name: String?
    /// Where its constructor stands, and what it holds.
    private(set) var constructor: SourcePosition
    private(set) var fields: [TableField]
    /// The declared config keys and where each stands; nil when the text does not show them all.
    private(set) var configPlaces: [String: SourcePosition]?
    /// The declared names of a job type's arguments; nil when it takes any, or the text does not show them all.
    let argumentNames: Set<String>?

    /// The declared config keys; nil when the text does not show them all.
    var configKeys: Set<String>? { configPlaces.map { Set($0.keys) } }

    /// Looks for `return NAME` with `local NAME = { … }` above it, or `return { … }`.
    init?(in chunk: Block) {
        guard case .return(let values)? = chunk.statements.last?.kind, let value = values.first else { return nil }
        switch value.kind {
        case .table(let fields):
            constructor = value.position
            self.fields = fields
            configPlaces = Self.keys(of: "config", in: fields).places(whenAbsent: [:])
            argumentNames = Self.keys(of: "args", in: fields).places(whenAbsent: nil).map { Set($0.keys) }
        case .name(let name):
            guard let found = Self.declaration(of: name, in: chunk) else { return nil }
            variable = found.variable
            self.name = name
            constructor = found.constructor
            fields = found.fields
            let config = Self.isReplaced("config", of: name, in: chunk) ? .hidden : Self.keys(of: "config", in: fields)
            configPlaces = config.places(whenAbsent: [:])
            let arguments = Self.isReplaced("args", of: name, in: chunk) ? .hidden : Self.keys(of: "args", in: fields)
            argumentNames = arguments.places(whenAbsent: nil).map { Set($0.keys) }
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

    /// What the text shows of the keys of an inner table.
    private enum Keys {
        /// There is no such table.
        case absent
        /// There is one, but not all of its keys are to be seen.
        case hidden
        case shown([String: SourcePosition])

        func places(whenAbsent absent: [String: SourcePosition]?) -> [String: SourcePosition]? {
            switch self {
            case .absent: absent
            case .hidden: nil
            case .shown(let places): places
            }
        }
    }

    private static func keys(of field: String, in fields: [TableField]) -> Keys {
        guard let table = fields.last(where: { $0.literalKey == field }) else { return .absent }
        guard case .table(let entries) = table.value.kind else { return .hidden }
        var keys: [String: SourcePosition] = [:]
        for entry in entries {
            guard let key = entry.literalKey else { return .hidden }
            keys[key] = entry.position
        }
        return .shown(keys)
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

    /// Where its key stands, or its value when it has none.
    var position: SourcePosition {
        switch key {
        case .named(_, let position): position
        case .computed(let expression): expression.position
        case .positional: value.position
        }
    }
}
