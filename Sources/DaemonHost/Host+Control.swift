import Model
import Platform

extension Host: HostControl {
    package func daemons() -> [DaemonRecord] { context.registry.records() }

    package func daemon(named name: String) throws(HostError) -> DaemonRecord { try find(name).snapshot() }

    package func snapshot(of name: String) -> DaemonRecord? {
        context.registry.daemon(named: name)?.snapshot()
    }

    package func unreadiness() -> [String] { context.registry.all().compactMap(\.unreadiness) }

    package func reload() async throws(HostError) {
        try await context.blocking.run { [self] () throws(HostError) in
            try reload(reason: "an operator asked to read the scripts again")
        }
    }

    // MARK: - Commands

    package func carryOut(
        _ command: DaemonCommand, on name: String, patience: Duration
    ) async throws(HostError) -> DaemonRecord {
        let daemon = try find(name)
        daemon.obey(command)
        await daemon.settle(within: patience)
        try await note(command, on: [daemon])
        return daemon.snapshot()
    }

    package func carryOutOnAll(_ command: DaemonCommand, patience: Duration) async throws(HostError) -> [DaemonRecord] {
        let daemons = context.registry.all().filter { Self.concerns(command, $0.snapshot()) }
        for (index, daemon) in daemons.enumerated() { daemon.obey(command, index: index, of: daemons.count) }
        let deadline = context.clock.monotonic() + patience
        for daemon in daemons { await daemon.settle(within: deadline - context.clock.monotonic()) }
        try await note(command, on: daemons)
        return daemons.map { $0.snapshot() }
    }

    private static func concerns(_ command: DaemonCommand, _ record: DaemonRecord) -> Bool {
        switch command {
        case .start: record.enabled && !record.status.isLive
        case .stop: record.status.isLive || record.status == .failed
        case .restart: record.status.isLive
        case .enable, .disable: true
        }
    }

    /// Writes down what was asked, behind the status changes that came of it: all of that is durable on return.
    private func note(_ command: DaemonCommand, on daemons: [Daemon]) async throws(HostError) {
        var writes: [HostWrite] = []
        for daemon in daemons {
            if command == .enable || command == .disable {
                writes.append(.setEnabled(name: daemon.name, enabled: command == .enable))
            }
            writes.append(.activity(activity(daemon.name, "operator", "asked to \(command.rawValue)")))
        }
        try await save(writes)
    }

    // MARK: - The books

    package func add(_ addition: DaemonAddition, patience: Duration) async throws(HostError) -> DaemonRecord {
        let name = addition.name
        try Self.checkName(name)
        let changes = try Self.checked(addition.config, against: try await schema(of: addition.type))
        var record = DaemonRecord(name: name, type: addition.type)
        record.enabled = addition.isEnabled
        record.enabledByOperator = true
        let daemon = Daemon(record: record, context: context)
        guard context.registry.addNew(daemon) else {
            throw HostError(.conflict, "there is a daemon '\(name)' already")
        }
        do throws(HostError) {
            try await save(
                [
                    .registerDaemon(name: name, type: addition.type, enabled: addition.isEnabled),
                    .setEnabled(name: name, enabled: addition.isEnabled),
                ] + writes(changes, of: name)
                    + [.activity(activity(name, "operator", "added, an instance of scripts/\(addition.type).lua"))])
        } catch {
            context.registry.remove(name)
            throw error
        }
        context.events.publish([.daemon(record)])
        guard addition.isEnabled else { return daemon.snapshot() }
        daemon.start(reason: "it was added")
        await daemon.settle(within: patience)
        return daemon.snapshot()
    }

    package func remove(named name: String, patience: Duration) async throws(HostError) {
        let daemon = try find(name)
        let type = daemon.snapshot().type
        let types = try await context.blocking.run { [context] () throws(HostError) in try context.catalog.types() }
        if type == name, types.contains(type) {
            throw HostError(
                .conflict,
                "\(name) is the instance that scripts/\(type).lua has by itself: delete the script, or disable it")
        }
        try await bringToRest(daemon, patience: patience)
        daemon.markRemoved()
        context.registry.remove(name)
        context.meters.forget(daemon: name)
        try await save([.removeDaemon(name: name), .activity(activity(name, "operator", "removed"))])
        context.events.publish([.removed(daemon: name)])
    }

    /// Stops it; `busy` when it has not stopped in time.
    func bringToRest(_ daemon: Daemon, patience: Duration) async throws(HostError) {
        daemon.obey(.stop)
        await daemon.settle(within: patience)
        guard !daemon.snapshot().status.isLive else {
            throw HostError(.busy, "\(daemon.name) has not stopped yet; try again when it has")
        }
    }

    static func checkName(_ name: String) throws(HostError) {
        guard ScriptCatalog.isValid(name: name) else {
            throw HostError(
                .invalidArgument,
                "'\(name)' cannot name a daemon: letters, digits, '_', '-' and '.', at most 100, no leading '.'")
        }
    }

    /// The config with which a new daemon begins, found good as a whole.
    static func checked(
        _ config: ConfigChange, against schema: ConfigSchema
    ) throws(HostError) -> [ConfigChange.Setting] {
        let changes = try config.resolved(schema: schema, stored: [])
        if case .failure(let problems) = schema.validate(set: ConfigChange.apply(changes, to: [])) {
            throw problems.hostError
        }
        return changes
    }

    // MARK: - Config

    package func config(of name: String) async throws(HostError) -> DaemonConfig {
        let daemon = try find(name)
        let schema = try await schema(of: daemon.snapshot().type)
        return DaemonConfig(daemon: name, schema: schema, stored: try await stored(name))
    }

    package func changeConfig(of name: String, _ change: ConfigChange) async throws(HostError) -> DaemonConfig {
        let daemon = try find(name)
        let schema = try await schema(of: daemon.snapshot().type)
        let before = try await stored(name)
        let changes = try change.resolved(schema: schema, stored: before)
        let keys = changes.map(\.key)
        guard !keys.isEmpty else { return DaemonConfig(daemon: name, schema: schema, stored: before) }
        try await save(
            writes(changes, of: name)
                + [.activity(activity(name, "config", "changed: \(keys.joined(separator: ", "))"))])
        daemon.configChanged(keys)
        return DaemonConfig(daemon: name, schema: schema, stored: ConfigChange.apply(changes, to: before))
    }

    private func schema(of type: String) async throws(HostError) -> ConfigSchema {
        try await context.declarations.declaration(of: type).config
    }

    private func stored(_ name: String) async throws(HostError) -> [Value.Field] {
        try await context.blocking.run { [context] () throws(HostError) in try context.store.config(of: name) }
    }

    func writes(_ changes: [ConfigChange.Setting], of name: String) -> [HostWrite] {
        changes.map { .setConfig(daemon: name, key: $0.key, value: $0.value) }
    }

    // MARK: - Finding and noting

    func find(_ name: String) throws(HostError) -> Daemon {
        if let daemon = context.registry.daemon(named: name) { return daemon }
        throw .noDaemon(name, among: context.registry.all().map(\.name))
    }

    func activity(_ name: String, _ kind: String, _ message: String) -> Activity {
        Activity(at: context.clock.now(), daemon: name, kind: kind, message: message)
    }
}
