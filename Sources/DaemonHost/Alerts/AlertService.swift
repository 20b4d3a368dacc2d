import Model
import Platform
import Synchronization

/// Raises and resolves alerts from what the engine knows anyway: once a second, without asking the database.
package final class AlertService: AlertControl, Sendable {
    /// Rounds from one look at the disk to the next.
    private static let diskPeriod = 30

    private struct State {
        var machine: AlertMachine
        var disk: AlertFacts.DiskSpace?
        var round = 0
        var isLookingAtDisk = false
        /// What the database does not have yet.
        var unsaved: [Int64: Alert] = [:]
        var isSaving = false
    }

    private let context: HostContext
    private let messengers: [AlertMessenger]
    private let state: Mutex<State>

    init(context: HostContext) {
        self.context = context
        messengers = AlertMessenger.all(context)
        state = Mutex(State(machine: AlertMachine(settings: context.settings.alerts)))
    }

    /// Takes up what an earlier run of the host left. The schema is there by now.
    func begin() async throws(HostError) {
        guard let store = context.alerts else { return }
        let left = try await context.blocking.run { () throws(HostError) in
            (alerts: try store.alerts(.active, limit: AlertMachine.capacity), last: try store.lastAlertID())
        }
        state.withLock { state in
            state.machine = AlertMachine(
                settings: context.settings.alerts, active: left.alerts, lastID: left.last)
        }
    }

    /// How many are active.
    var activeCount: Int { state.withLock { $0.machine.count } }

    // MARK: - Rounds

    /// One round of housekeeping.
    func observe(_ daemons: [Daemon], now: MonotonicTime) {
        lookAtDisk()
        let troubles = daemons.compactMap { $0.trouble() }
        let (jobs, ended) = context.jobs.alertFacts(now: now)
        let wall = context.clock.now()
        carryOut { state in
            let facts = AlertFacts(daemons: troubles, jobs: jobs, ended: ended, disk: state.disk)
            return state.machine.observe(facts, now: now, wall: wall)
        }
        save()
    }

    private func lookAtDisk() {
        let isDue = state.withLock { state in
            defer { state.round += 1 }
            guard state.round % Self.diskPeriod == 0, !state.isLookingAtDisk else { return false }
            state.isLookingAtDisk = true
            return true
        }
        guard isDue else { return }
        let folder = context.folder.runtime
        do throws(HostError) {
            try context.blocking.run { [self] in
                let seen = try? DiskSpace.of(folder)
                state.withLock { state in
                    state.isLookingAtDisk = false
                    state.disk = seen ?? state.disk
                }
            }
        } catch {
            // The pool is full or closed: the next period looks again.
            state.withLock { $0.isLookingAtDisk = false }
        }
    }

    // MARK: - Effects

    private func carryOut(_ decide: (inout State) -> [AlertMachine.Effect]) {
        let effects = state.withLock { state in
            let effects = decide(&state)
            for effect in effects { state.unsaved[effect.alert.id] = effect.alert }
            return effects
        }
        for effect in effects { tell(effect) }
        if !effects.isEmpty { context.events.publish(effects.map { .alert($0.alert) }) }
    }

    private func tell(_ effect: AlertMachine.Effect) {
        let alert = effect.alert
        let fields: Value = [
            "alert": .integer(alert.id), "kind": .string(alert.topic.kind.rawValue),
            "subject": .string(alert.topic.subject),
        ]
        switch effect {
        case .raised:
            context.journal.host(.error, "alert: \(alert.message)", fields)
            for messenger in messengers { messenger.send(alert, "raised") }
        case .acknowledged: context.journal.host(.info, "alert acknowledged: \(alert.message)", fields)
        case .resolved:
            context.journal.host(.info, "alert resolved: \(alert.message)", fields)
            for messenger in messengers { messenger.send(alert, "resolved") }
        }
    }

    /// Writes what the database does not have; what it could not take is tried again in the next round.
    private func save() {
        let unsaved = state.withLock { state -> [Alert] in
            guard !state.isSaving, !state.unsaved.isEmpty else { return [] }
            state.isSaving = true
            return state.unsaved.values.sorted { $0.id < $1.id }
        }
        guard !unsaved.isEmpty else { return }
        context.store.submit(unsaved.map { .alert($0) }) { [self] result in
            state.withLock { state in
                state.isSaving = false
                guard case .success = result else { return }
                for alert in unsaved where state.unsaved[alert.id] == alert { state.unsaved[alert.id] = nil }
            }
        }
    }

    // MARK: - AlertControl

    package func alerts(_ phase: Alert.Phase, limit: Int) async throws(HostError) -> [Alert] {
        if phase == .active { return state.withLock { $0.machine.alerts }.reversed().prefix(limit).map { $0 } }
        guard let store = context.alerts else { return [] }
        return try await context.blocking.run { () throws(HostError) in try store.alerts(phase, limit: limit) }
    }

    package func acknowledge(_ id: Int64) async throws(HostError) -> Alert {
        var acknowledged: Alert?
        let wall = context.clock.now()
        carryOut { state in
            let found = state.machine.acknowledge(id, at: wall)
            acknowledged = found?.alert
            return found?.effects ?? []
        }
        guard let acknowledged else { throw try await refusal(id) }
        let result = await withCheckedContinuation { continuation in
            context.store.submit([.alert(acknowledged)]) { continuation.resume(returning: $0) }
        }
        try result.get()
        return acknowledged
    }

    private func refusal(_ id: Int64) async throws(HostError) -> HostError {
        if let store = context.alerts {
            let found = try await context.blocking.run { () throws(HostError) in try store.alert(id) }
            if found != nil { return HostError(.conflict, "alert \(id) is over already") }
        }
        return HostError(.notFound, "there is no alert \(id)")
    }
}
