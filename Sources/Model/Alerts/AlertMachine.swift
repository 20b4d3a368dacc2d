/// Decides when an alert is raised and when it is resolved: facts in, effects out, no clock, no waiting.
///
/// Each has two thresholds, or has to be over for a while, so that what wavers around one of them is told once.
package struct AlertMachine: Sendable {
    package enum Effect: Sendable, Hashable {
        case raised(Alert)
        case acknowledged(Alert)
        case resolved(Alert)

        package var alert: Alert {
            switch self {
            case .raised(let alert), .acknowledged(let alert), .resolved(let alert): alert
            }
        }
    }

    /// The most alerts that are active at once; further ones are raised when there is room.
    package static let capacity = 1_000

    private struct Active {
        var alert: Alert
        /// Since when what it is about is over.
        var calmSince: MonotonicTime?
    }

    private var active: [Alert.Topic: Active] = [:]
    private var lastID: Int64
    private var detector: AlertDetector
    private let off: Set<Alert.Kind>

    /// Goes on from what an earlier run of the host left: `active` alerts, and the greatest number given out.
    package init(settings: AlertSettings, active: [Alert] = [], lastID: Int64 = 0) {
        detector = AlertDetector(settings: settings)
        off = settings.off
        self.lastID = lastID
        for alert in active { self.active[alert.topic] = Active(alert: alert) }
    }

    /// The active ones, oldest first.
    package var alerts: [Alert] { active.values.map(\.alert).sorted { $0.id < $1.id } }

    package var count: Int { active.count }

    /// Takes one round's facts. `wall` is the instant that is noted.
    package mutating func observe(_ facts: AlertFacts, now: MonotonicTime, wall: WallTime) -> [Effect] {
        let signals = detector.signals(of: facts, now: now).filter { !off.contains($0.key.kind) }
        guard !signals.isEmpty || !active.isEmpty else { return [] }
        return raise(signals, wall) + resolve(signals, now, wall)
    }

    /// Somebody knows of it. Nil when it is not active; nothing happens when that was known.
    package mutating func acknowledge(_ id: Int64, at wall: WallTime) -> (alert: Alert, effects: [Effect])? {
        guard var found = active.values.first(where: { $0.alert.id == id }) else { return nil }
        guard found.alert.acknowledgedAt == nil else { return (found.alert, []) }
        found.alert.acknowledgedAt = wall
        active[found.alert.topic] = found
        return (found.alert, [.acknowledged(found.alert)])
    }

    private mutating func raise(_ signals: [Alert.Topic: AlertDetector.Signal], _ wall: WallTime) -> [Effect] {
        var effects: [Effect] = []
        let new = signals.filter { active[$0.key] == nil }
        for (topic, signal) in new.sorted(by: { $0.key.precedes($1.key) }) {
            guard case .on(let message) = signal, active.count < Self.capacity else { continue }
            lastID += 1
            let alert = Alert(id: lastID, topic: topic, message: message, raisedAt: wall)
            active[topic] = Active(alert: alert)
            effects.append(.raised(alert))
        }
        return effects
    }

    private mutating func resolve(
        _ signals: [Alert.Topic: AlertDetector.Signal], _ now: MonotonicTime, _ wall: WallTime
    ) -> [Effect] {
        var effects: [Effect] = []
        for (topic, found) in active.sorted(by: { $0.value.alert.id < $1.value.alert.id }) {
            guard signals[topic] == nil else {
                active[topic]?.calmSince = nil
                continue
            }
            let since = found.calmSince ?? now
            active[topic]?.calmSince = since
            guard now - since >= AlertDetector.calm(of: topic.kind) else { continue }
            var alert = found.alert
            alert.resolvedAt = wall
            active[topic] = nil
            effects.append(.resolved(alert))
        }
        return effects
    }
}

extension Alert.Topic {
    fileprivate func precedes(_ other: Self) -> Bool { (kind.rawValue, subject) < (other.kind.rawValue, other.subject) }
}
