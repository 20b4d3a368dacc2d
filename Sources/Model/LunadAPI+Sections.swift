extension LunadAPI {
    /// A part of the reference: tables with their fields, and functions.
    package struct Section: Sendable {
        package var title: String
        package var classes: [APIClass]
        package var functions: [APIFunction]
    }

    /// The whole API in the order in which a reader needs it: what scripts return, what they call, what they are given.
    package static let sections: [Section] = {
        let scripts = [
            Section(
                title: "A daemon", classes: named("Daemon", "ConfigKey", "Allow", "Policy", "Backoff"),
                functions: daemonHooks),
            Section(
                title: "A job type", classes: named("JobType", "Command", "JobRun"),
                functions: jobHooks + functions.filter { $0.name.hasPrefix("job:") }),
        ]
        let shown = Set(scripts.flatMap { $0.classes.map(\.name) })
        let rest = classes.filter { !shown.contains($0.name) && !$0.fields.isEmpty }
        return scripts + groups + [Section(title: "Tables", classes: rest, functions: [])]
    }()

    private static func named(_ names: String...) -> [APIClass] { names.compactMap(type(named:)) }

    /// The functions by the table that holds them, in the order of their first ones.
    private static let groups: [Section] = {
        var groups: [Section] = []
        for function in functions where !function.name.hasPrefix("job:") {
            let title = function.owner.isEmpty ? "lunad" : function.owner == "db" ? "db" : "lunad.\(function.owner)"
            if let index = groups.firstIndex(where: { $0.title == title }) {
                groups[index].functions.append(function)
            } else {
                groups.append(Section(title: title, classes: [], functions: [function]))
            }
        }
        return groups
    }()
}

extension APIFunction {
    /// What holds it: `log` of `log.info`, `db` of `db:query`; empty for a function of `lunad` itself and for a hook.
    package var owner: String {
        name.lastIndex(where: { $0 == "." || $0 == ":" }).map { String(name[..<$0]) } ?? ""
    }

    /// How a script spells it: `lunad.log.info`, `db:query`, `on_job`.
    package var spelling: String {
        let isHook = (LunadAPI.daemonHooks + LunadAPI.jobHooks).contains { $0.name == name }
        return name.contains(":") || isHook ? name : "lunad.\(name)"
    }
}
