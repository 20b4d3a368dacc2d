import Model
import Platform

extension Host: ScriptControl {
    package func create(_ script: ScriptAddition, patience: Duration) async throws(HostError) -> DaemonRecord {
        let name = script.name
        try Self.checkName(name)
        let source = Array(script.source.utf8)
        let declaration = try await context.declarations.declaration(of: name, source: source)
        let changes = try Self.checked(script.config, against: declaration.config)
        var record = DaemonRecord(name: name, type: name)
        record.enabled = script.isEnabled ?? declaration.enabled
        record.enabledByOperator = script.isEnabled != nil
        let daemon = Daemon(record: record, context: context)
        // From here on, whoever reads the folder again finds the daemon known and leaves it alone.
        guard context.registry.addNew(daemon) else {
            throw HostError(.conflict, "there is a daemon '\(name)' already")
        }
        do throws(HostError) {
            try await save(
                [.registerDaemon(name: name, type: name, enabled: record.enabled)]
                    + (script.isEnabled.map { [.setEnabled(name: name, enabled: $0)] } ?? [])
                    + writes(changes, of: name)
                    + [.activity(activity(name, "operator", "created, with scripts/\(name).lua"))])
            try await context.blocking.run { [context] () throws(HostError) in
                try context.catalog.add(source, as: name)
            }
        } catch {
            daemon.markRemoved()
            context.registry.remove(name)
            try? await save([.removeDaemon(name: name)])
            throw error
        }
        context.events.publish([.daemon(record)])
        guard record.enabled else { return daemon.snapshot() }
        daemon.start(reason: "it was created")
        await daemon.settle(within: patience)
        return daemon.snapshot()
    }

    package func deleteScript(of name: String, patience: Duration) async throws(HostError) {
        let daemon = try find(name)
        let type = daemon.snapshot().type
        guard type == name else {
            throw HostError(.conflict, "\(name) is an instance of scripts/\(type).lua, which is \(type)'s own")
        }
        let others = context.registry.records().filter { $0.type == name && $0.name != name }.map(\.name)
        guard others.isEmpty else {
            throw HostError(
                .conflict, "scripts/\(name).lua has other instances: remove \(others.joined(separator: ", ")) first")
        }
        try await bringToRest(daemon, patience: patience)
        try await context.blocking.run { [context] () throws(HostError) in try context.catalog.delete(name) }
        // Until it is forgotten it stays known, so that nobody who reads the folder or the table again makes it anew.
        daemon.markRemoved()
        try await save([
            .removeDaemon(name: name), .activity(activity(name, "operator", "removed, with scripts/\(name).lua")),
        ])
        context.registry.remove(name)
        context.events.publish([.removed(daemon: name)])
    }
}
