import Model
import Synchronization

/// Alerts that only a test raises.
final class FakeAlerts: AlertControl {
    private let known = Mutex<[Alert]>([])

    func raise(_ kind: Alert.Kind, _ subject: String, isOver: Bool = false) {
        known.withLock { known in
            var alert = Alert(
                id: Int64(known.count + 1), topic: .init(kind, subject), message: "\(subject) is in trouble",
                raisedAt: WallTime(milliseconds: 0))
            if isOver { alert.resolvedAt = WallTime(milliseconds: 1_000) }
            known.append(alert)
        }
    }

    func alerts(_ phase: Alert.Phase, limit: Int) async throws(HostError) -> [Alert] {
        let fitting = known.withLock { $0 }.reversed().filter { alert in
            switch phase {
            case .all: true
            case .active: alert.resolvedAt == nil
            case .resolved: alert.resolvedAt != nil
            }
        }
        return Array(fitting.prefix(limit))
    }

    func acknowledge(_ id: Int64) async throws(HostError) -> Alert {
        let found = known.withLock { known -> Alert? in
            guard let index = known.firstIndex(where: { $0.id == id }) else { return nil }
            if known[index].resolvedAt == nil { known[index].acknowledgedAt = WallTime(milliseconds: 2_000) }
            return known[index]
        }
        guard let found else { throw HostError(.notFound, "there is no alert \(id)") }
        guard found.resolvedAt == nil else { throw HostError(.conflict, "alert \(id) is over already") }
        return found
    }
}
