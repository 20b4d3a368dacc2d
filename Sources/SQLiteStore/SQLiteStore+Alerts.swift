import Model

extension SQLiteStore: AlertStore {
    private static let alertColumns = "id, kind, subject, message, raised_at, acknowledged_at, resolved_at"

    package func alerts(_ phase: Alert.Phase, limit: Int) throws(HostError) -> [Alert] {
        let filter =
            switch phase {
            case .active: "WHERE resolved_at IS NULL"
            case .resolved: "WHERE resolved_at IS NOT NULL"
            case .all: ""
            }
        return try rows(
            "SELECT \(Self.alertColumns) FROM host_alerts \(filter) ORDER BY id DESC LIMIT \(max(0, limit))", [],
            Self.alert
        ).compactMap { $0 }
    }

    package func alert(_ id: Int64) throws(HostError) -> Alert? {
        try rows("SELECT \(Self.alertColumns) FROM host_alerts WHERE id = ?", [.integer(id)], Self.alert)
            .compactMap { $0 }.first
    }

    package func lastAlertID() throws(HostError) -> Int64 {
        try rows("SELECT max(id) FROM host_alerts", []) { $0.integer(0) }.first ?? 0
    }

    /// A row of `alertColumns`; nil for a kind that only another version knows.
    private static func alert(_ row: Statement) -> Alert? {
        guard let kind = Alert.Kind(rawValue: row.text(1) ?? "") else { return nil }
        var alert = Alert(
            id: row.integer(0), topic: .init(kind, row.text(2) ?? ""), message: row.text(3) ?? "",
            raisedAt: row.instant(4) ?? WallTime(milliseconds: 0))
        alert.acknowledgedAt = row.instant(5)
        alert.resolvedAt = row.instant(6)
        return alert
    }
}
