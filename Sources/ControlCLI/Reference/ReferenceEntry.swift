import Model

/// One thing that the reference explains, found by the name under which people look for it.
enum ReferenceEntry {
    case function(APIFunction)
    case section(LunadAPI.Section)
    case type(APIClass)
    case field(APIClass.Field, in: APIClass)

    /// What `name` means: `jobs.launch` or `lunad.jobs.launch`, `db:query`, `on_job`, `jobs`, `Policy`, `policy.memory`,
    /// `every`. An unknown one is a usage error that suggests a near one.
    static func find(_ name: String) throws(UsageError) -> ReferenceEntry {
        let bare = name.hasPrefix("lunad.") ? String(name.dropFirst(6)) : name
        if let found = entries[bare] ?? entries[bare.lowercased()] { return found }
        let meant = DidYouMean.closest(to: bare, in: entries.keys.sorted()) ?? lastPart(bare)
        throw UsageError(
            "the API has no '\(name)'"
                + (meant.map { "; did you mean '\($0)'?" } ?? "; 'lunad help api' shows all of it"),
            command: "help")
    }

    /// A full name that ends as this one does.
    private static func lastPart(_ name: String) -> String? {
        let end = name.split { $0 == "." || $0 == ":" }.last.map(String.init) ?? name
        return entries.keys.sorted().first { $0.hasSuffix(".\(end)") || $0.hasSuffix(":\(end)") }
    }

    /// By name; where two things have the same, the earlier one in this order keeps it.
    private static let entries: [String: ReferenceEntry] = {
        var entries: [String: ReferenceEntry] = [:]
        let add = { (name: String, entry: ReferenceEntry) in
            if entries[name] == nil { entries[name] = entry }
        }
        for function in LunadAPI.functions + LunadAPI.daemonHooks + LunadAPI.jobHooks {
            add(function.name, .function(function))
        }
        for section in LunadAPI.sections {
            add(
                section.title.hasPrefix("lunad.") ? String(section.title.dropFirst(6)) : section.title,
                .section(section))
        }
        for type in LunadAPI.classes {
            add(type.name, .type(type))
            add(type.name.lowercased(), .type(type))
            for field in type.fields {
                add("\(type.name).\(field.name)", .field(field, in: type))
                add("\(type.name.lowercased()).\(field.name)", .field(field, in: type))
            }
        }
        for type in LunadAPI.classes.filter({ ["Daemon", "JobType"].contains($0.name) }) {
            for field in type.fields {
                add(field.name, .field(field, in: type))
                add("self.\(field.name)", .field(field, in: type))
            }
        }
        return entries
    }()
}

extension ReferencePage {
    func text(of entry: ReferenceEntry) -> String {
        switch entry {
        case .function(let function): text(of: function)
        case .section(let section): text(of: section)
        case .type(let type): text(of: type)
        case .field(let field, let type): text(of: field, in: type)
        }
    }
}
