import Model

/// What lua-language-server must be told of a lunad project, in `.luarc.json`.
enum EditorSettings {
    /// Setting by setting, as the file has them.
    static let wanted: [Value.Field] = [
        .init("runtime.version", "Lua 5.4"),
        .init("runtime.path", .array(["scripts/lib/?.lua", "scripts/lib/?/init.lua"])),
        .init("runtime.builtin", ["io": "disable", "debug": "disable", "os": "disable", "package": "disable"]),
        .init("workspace.library", .array([.string(MetaCommand.annotations)])),
        .init("workspace.ignoreDir", .array(["var"])),
        .init("diagnostics.globals", .array(["lunad"])),
        // Every hook runs where it may wait.
        .init("diagnostics.disable", .array(["await-in-sync"])),
        // `self.config` holds values, but the table's text shows how they are declared: both are its type.
        .init("type.weakUnionCheck", true),
    ]

    /// What came of bringing the settings into a file.
    struct Merged: Equatable {
        /// The file's new content; nil when it stays as it is.
        var text: String?
        /// The names of the settings that were added, in whole or in part.
        var added: [String] = []
        /// Settings that the file has with other values, which it keeps.
        var kept: [String] = []
    }

    /// The file with what it lacks; what the user wrote stays. Nil when it is no plain JSON object (it may hold comments),
    /// so that nothing can be added without harm.
    static func merged(into old: String?) -> Merged? {
        guard let old else { return Merged(text: text(of: wanted), added: wanted.map(\.key)) }
        guard case .object(var fields)? = try? JSON.decode(old) else { return nil }
        var merged = Merged()
        for setting in wanted {
            guard let index = fields.firstIndex(where: { $0.key == setting.key }) else {
                fields.append(setting)
                merged.added.append(setting.key)
                continue
            }
            guard let union = union(fields[index].value, setting.value) else {
                merged.kept.append(setting.key)
                continue
            }
            if union != fields[index].value {
                fields[index].value = union
                merged.added.append(setting.key)
            }
        }
        if !merged.added.isEmpty { merged.text = text(of: fields) }
        return merged
    }

    /// The user's value with the entries that it lacks; nil when the two contradict one another.
    private static func union(_ old: Value, _ new: Value) -> Value? {
        switch (old, new) {
        case (.array(let old), .array(let new)): return .array(old + new.filter { !old.contains($0) })
        case (Value.emptyTable, .array): return new
        case (.object(let old), .object(let new)):
            guard new.allSatisfy({ field in old.allSatisfy { $0.key != field.key || $0.value == field.value } })
            else { return nil }
            return .object(old + new.filter { field in !old.contains { $0.key == field.key } })
        default: return old == new ? old : nil
        }
    }

    /// The settings that a person can put into a file by hand.
    static var shown: String { text(of: wanted) }

    private static func text(of fields: [Value.Field]) -> String {
        // Settings are plain values: there is nothing that JSON could refuse.
        (try? JSON.encode(.object(fields), pretty: true)).map { $0 + "\n" } ?? ""
    }
}
